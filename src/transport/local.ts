import { spawn } from 'node:child_process';
import type { Session, SessionEvents, Shell, ShellEvents, TerminalSize } from '../engine/ports.ts';
import { openThroughChild } from './child-session.ts';
import { shellThroughChild } from './child-shell.ts';
import { lost } from './failure.ts';

/** Runs a program on the machine muster runs on, in its own process group, which ends with the session. */
export function openLocally(ending: Set<Promise<unknown>>, program: string, events: SessionEvents): Session {
  return openThroughChild(
    {
      transport: 'local',
      isGroup: true,
      ending,
      start: (command) => spawn('sh', ['-c', command], { cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'pipe'] }),
      explain: (exitCode) =>
        lost(`the program on this machine ended ${exitCode === null ? 'by a signal' : `with exit code ${exitCode}`}`),
    },
    program,
    events,
  );
}

/** A login shell on this machine. Node has no pseudo-terminal of its own, so script(1) makes one. */
export function shellLocally(ending: Set<Promise<unknown>>, size: TerminalSize, events: ShellEvents): Shell {
  const command = `stty cols ${size.columns} rows ${size.rows}; exec "$SHELL" -l`;
  const env = { ...process.env, SHELL: process.env['SHELL'] ?? '/bin/sh' };
  const child = spawn('script', ['-qfc', command, '/dev/null'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env,
  });
  return shellThroughChild(child, true, ending, events);
}
