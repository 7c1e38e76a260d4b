import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn } from '@lydell/node-pty';

/** The checkout whose build is measured; `MUSTER_ROOT` names another one. */
export const projectRoot = process.env['MUSTER_ROOT'] ?? dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The program as shipped. */
export const musterProgram = join(projectRoot, 'bin', 'muster');

/** What came from the terminal at one time, in ms of `performance.now()`. */
export interface Piece {
  readonly atMs: number;
  readonly text: string;
}

/** A program on a pseudo-terminal whose output is kept with its times. */
export interface OnTerminal {
  readonly pid: number;
  readonly startedAtMs: number;
  readonly pieces: readonly Piece[];
  readonly write: (keys: string) => void;
  /** Resolves with the time of the first piece after `sinceIndex` that satisfies `wanted`; undefined after `withinMs`. */
  readonly until: (
    wanted: (piece: Piece) => boolean,
    withinMs: number,
    sinceIndex?: number,
  ) => Promise<number | undefined>;
  readonly bytes: () => number;
  readonly exited: Promise<number>;
  /** Ends the program by its key, else by signal, and removes its home. */
  readonly close: () => Promise<void>;
}

export interface TerminalOptions {
  readonly argv: readonly string[];
  readonly columns: number;
  readonly rows: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
  /** Keys that make the program leave. */
  readonly leave?: string;
}

/** Starts Node with these arguments on a terminal, with an empty home of its own. */
export function startOnTerminal({
  argv,
  columns,
  rows,
  env = {},
  nodeOptions = [],
  leave,
}: TerminalOptions): OnTerminal {
  const home = mkdtempSync(join(tmpdir(), 'muster-bench-'));
  const startedAtMs = performance.now();
  const pty = spawn(process.execPath, [...nodeOptions, ...argv], {
    name: 'xterm-256color',
    cols: columns,
    rows,
    cwd: home,
    env: environment(home, env),
  });
  const pieces: Piece[] = [];
  const watchers = new Set<(piece: Piece) => void>();
  let bytes = 0;
  pty.onData((text) => {
    const piece = { atMs: performance.now(), text };
    pieces.push(piece);
    bytes += Buffer.byteLength(text);
    for (const watcher of [...watchers]) watcher(piece);
  });
  let isOver = false;
  const exited = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => {
      isOver = true;
      resolve(exitCode);
    });
  });
  const until: OnTerminal['until'] = (wanted, withinMs, sinceIndex = 0) =>
    new Promise((resolve) => {
      const seen = pieces.slice(sinceIndex).find(wanted);
      if (seen !== undefined) return void resolve(seen.atMs);
      const finish = (atMs: number | undefined) => {
        clearTimeout(timer);
        watchers.delete(look);
        resolve(atMs);
      };
      const look = (piece: Piece) => {
        if (wanted(piece)) finish(piece.atMs);
      };
      const timer = setTimeout(() => finish(undefined), withinMs);
      watchers.add(look);
    });
  const close = async () => {
    if (!isOver && leave !== undefined) pty.write(leave);
    const timer = setTimeout(() => pty.kill('SIGKILL'), leave === undefined ? 0 : 5_000);
    await exited;
    clearTimeout(timer);
    rmSync(home, { recursive: true, force: true });
  };
  return {
    pid: pty.pid,
    startedAtMs,
    pieces,
    write: (keys) => pty.write(keys),
    until,
    bytes: () => bytes,
    exited,
    close,
  };
}

/** Settings, known hosts and Node options of whoever runs the benchmark take no part. */
export function environment(home: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    // The compile cache of muster itself stays where it is kept: a second start is what people see every day.
    XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? join(process.env['HOME'] ?? home, '.cache'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CONFIG_HOME: join(home, 'config'),
    ...more,
  };
}
