import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Shell, ShellEvents } from '../engine/ports.ts';
import { endChild } from './child-session.ts';

/** A shell behind a child's pipes; the pseudo-terminal is made further on, and sized by `resize` where that can be done from here. */
export function shellThroughChild(
  child: ChildProcessWithoutNullStreams,
  isGroup: boolean,
  ending: Set<Promise<unknown>>,
  events: ShellEvents,
  resize: Shell['resize'] = () => {},
): Shell {
  let isClosed = false;
  const finish = (message: string): void => {
    if (isClosed) return;
    isClosed = true;
    endChild(child, isGroup, ending);
    queueMicrotask(() => events.onClose(message));
  };
  const onData = (chunk: Buffer): void => {
    if (!isClosed) events.onData(chunk);
  };
  child.on('error', (error) => finish(`cannot start ${child.spawnfile}: ${error.message}`));
  child.stdin.on('error', () => {}); // The child is gone; its `close` says so.
  child.stdout.on('data', onData);
  child.stderr.on('data', onData);
  child.on('close', () => finish('closed'));
  return {
    write: (data) => {
      if (!isClosed && child.stdin.writable) child.stdin.write(data);
    },
    resize: (size) => {
      if (!isClosed) resize(size);
    },
    close: () => finish('closed'),
  };
}
