import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Shell, ShellEvents, TerminalSize } from '../engine/ports.ts';
import { quote } from '../model/quote.ts';
import { shellThroughChild } from './child-shell.ts';

/** What runs on a terminal of its own, and what the shell around it needs. */
export interface OnTerminal {
  readonly argv: readonly string[];
  readonly size: TerminalSize;
  readonly env: NodeJS.ProcessEnv;
  /** Keys typed before the program takes the terminal are shown by it. */
  readonly echo: boolean;
  /** Where children on their way out are kept. */
  readonly ending: Set<Promise<unknown>>;
}

/** Whether script(1) can be asked for a terminal here; its options are those of Linux. */
export function canMakeTerminals({ PATH = '' }: NodeJS.ProcessEnv = process.env): boolean {
  if (process.platform !== 'linux') return false;
  return PATH.split(delimiter).some((folder) => statSync(join(folder, 'script'), { throwIfNoEntry: false })?.isFile());
}

/**
 * A shell on a pseudo-terminal of this machine. Node makes none, so script(1) does; stty(1) gives it its size, and a new one from outside,
 * which the kernel tells whatever runs there, ssh(1) included. The terminal names itself on a fourth stream, where nobody else writes.
 */
export function shellOnTerminal({ argv, size, env, echo, ending }: OnTerminal, events: ShellEvents): Shell {
  const first = `stty ${echo ? '' : '-echo '}cols ${size.columns} rows ${size.rows}`;
  const child: ChildProcessWithoutNullStreams = spawn(
    'script',
    ['-qfc', `tty >&3; exec 3>&-; ${first}; exec ${quote(argv)}`, '/dev/null'],
    // script(1) runs the command by $SHELL, which may be no POSIX shell.
    { detached: true, stdio: ['pipe', 'pipe', 'pipe', 'pipe'], env: { ...env, SHELL: '/bin/sh' } },
  );
  return shellThroughChild(child, true, ending, events, resizer(child, size));
}

/** Sizes the terminal by its name, one stty at a time; of sizes that come faster only the last one counts. */
function resizer(child: ChildProcessWithoutNullStreams, first: TerminalSize): (size: TerminalSize) => void {
  let name = '';
  let isNamed = false;
  let isBusy = false;
  let wanted = first;
  let given = first;
  const give = (): void => {
    if (!isNamed || isBusy || wanted === given || child.exitCode !== null) return;
    isBusy = true;
    given = wanted;
    const stty = spawn('stty', ['-F', name, 'cols', String(wanted.columns), 'rows', String(wanted.rows)], {
      stdio: 'ignore',
    });
    const done = (): void => {
      isBusy = false;
      give();
    };
    stty.once('error', done).once('exit', done);
  };
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    name += chunk.toString('utf8');
    if (!name.endsWith('\n')) return;
    name = name.trim();
    isNamed = /^\/dev\/[\w/]+$/.test(name);
    give();
  });
  return (size) => {
    wanted = size;
    give();
  };
}
