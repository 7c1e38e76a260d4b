import { spawn } from 'node:child_process';
import type { Session, SessionEvents, Shell, ShellEvents, TerminalSize } from '../engine/ports.ts';
import { openThroughChild } from './child-session.ts';
import { lost } from './failure.ts';
import { shellOnTerminal } from './own-terminal.ts';

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

/** A login shell on this machine, on a terminal of its own. */
export function shellLocally(ending: Set<Promise<unknown>>, size: TerminalSize, events: ShellEvents): Shell {
  const shell = process.env['SHELL'] ?? '/bin/sh';
  const argv = ['env', `SHELL=${shell}`, shell, '-l'];
  return shellOnTerminal({ argv, size, env: process.env, echo: true, ending }, events);
}
