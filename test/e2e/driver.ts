// Drives the built program as a person does: a real pseudo-terminal, a terminal emulator behind it, keys in, screens out.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn } from '@lydell/node-pty';
import xterm, { type IBuffer } from '@xterm/headless';

/** The checkout. */
export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A program on a terminal of its own. */
export interface Console {
  /** The rows of the screen now, right-trimmed. */
  readonly screen: () => readonly string[];
  /** Resolves with the screen once it satisfies `wanted` (a text, a pattern, or a question); rejects with the last screen after `withinMs`. */
  readonly see: (wanted: string | RegExp | ((screen: string) => boolean), withinMs?: number) => Promise<string>;
  readonly press: (...keys: readonly string[]) => void;
  readonly resize: (columns: number, rows: number) => void;
  readonly bytesWritten: () => number;
  /** Everything written so far, escape codes and all. */
  readonly raw: () => string;
  readonly isAlternate: () => boolean;
  /** What the program has asked of the terminal: how pastes and the mouse are told, and whether lines wrap. */
  readonly modes: () => { readonly paste: boolean; readonly mouse: string; readonly wrap: boolean };
  /** Writes on the screen as a stranger would, past the program. */
  readonly scribble: (text: string) => Promise<void>;
  /** What the emulator shows now, cell by cell with its colours. */
  readonly buffer: () => IBuffer;
  readonly signal: (name: 'SIGTERM' | 'SIGHUP' | 'SIGKILL' | 'SIGCONT' | 'SIGUSR2') => void;
  readonly exited: Promise<number>;
  /** Ends the program if it still runs and removes its home folder. */
  readonly close: () => Promise<void>;
}

/** How to start it. */
export interface StartOptions {
  readonly args?: readonly string[];
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly program?: string;
  /** Another program than muster, e.g. a shell to start it from. */
  readonly command?: readonly [string, ...string[]];
}

/** Starts `bin/muster` with an empty home of its own, so that nobody's settings or known hosts take part. */
export function start({
  args = [],
  columns = 80,
  rows = 24,
  env = {},
  cwd = projectRoot,
  program,
  command,
}: StartOptions = {}): Console {
  const home = mkdtempSync(join(tmpdir(), 'muster-e2e-'));
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const [file, ...words] = command ?? [process.execPath, program ?? join(projectRoot, 'bin', 'muster')];
  const pty = spawn(file, [...words, ...args], {
    name: 'xterm-256color',
    cols: columns,
    rows,
    cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      XDG_STATE_HOME: join(home, 'state'),
      XDG_CONFIG_HOME: join(home, 'config'),
      // Locks of its own for this machine as a node: no test waits for another one, nor for an operator.
      MUSTER_SPOOL: join(env['HOME'] ?? home, 'spool'),
      ...env,
    },
  });

  let written = '';
  const watchers = new Set<() => void>();
  pty.onData((data) => {
    written += data;
    terminal.write(data, () => {
      for (const watcher of [...watchers]) watcher();
    });
  });
  let isOver = false;
  const exited = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => {
      isOver = true;
      // After the last bytes have been drawn.
      terminal.write('', () => resolve(exitCode));
    });
  });

  const screen = () => {
    const buffer = terminal.buffer.active;
    return Array.from(
      { length: terminal.rows },
      (_, row) => buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? '',
    );
  };
  const holds = (wanted: string | RegExp | ((screen: string) => boolean), text: string) =>
    typeof wanted === 'string' ? text.includes(wanted) : wanted instanceof RegExp ? wanted.test(text) : wanted(text);

  return {
    screen,
    see: (wanted, withinMs = 40_000) =>
      new Promise((resolve, reject) => {
        const finish = (end: () => void) => {
          clearTimeout(timer);
          watchers.delete(look);
          end();
        };
        const look = () => {
          // Half of a frame is not what anybody sees.
          if (terminal.modes.synchronizedOutputMode) return;
          const text = screen().join('\n');
          if (holds(wanted, text)) finish(() => resolve(text));
        };
        const timer = setTimeout(
          () =>
            finish(() =>
              reject(
                new Error(`not seen within ${withinMs} ms: ${String(wanted)}\n--- screen ---\n${screen().join('\n')}`),
              ),
            ),
          withinMs,
        );
        watchers.add(look);
        look();
      }),
    press: (...keys) => {
      for (const key of keys) pty.write(key);
    },
    resize: (toColumns, toRows) => {
      terminal.resize(toColumns, toRows);
      pty.resize(toColumns, toRows);
    },
    bytesWritten: () => Buffer.byteLength(written),
    raw: () => written,
    modes: () => {
      const { bracketedPasteMode: paste, mouseTrackingMode: mouse, wraparoundMode: wrap } = terminal.modes;
      return { paste, mouse, wrap };
    },
    scribble: (text) => new Promise((resolve) => terminal.write(text, resolve)),
    isAlternate: () => terminal.buffer.active.type === 'alternate',
    buffer: () => terminal.buffer.active,
    signal: (name) => pty.kill(name),
    exited,
    close: async () => {
      if (!isOver) pty.kill('SIGKILL');
      await exited;
      rmSync(home, { recursive: true, force: true });
    },
  };
}
