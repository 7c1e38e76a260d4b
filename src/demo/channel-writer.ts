import type { Writable } from 'node:stream';
import type { ServerChannel } from 'ssh2';

/** Writes to the two streams of one channel, in the order it was asked to. */
export interface ChannelWriter {
  /** `written` is called once the client's window had room for all of it. */
  readonly write: (stream: Writable, data: string | Buffer, written?: () => void) => void;
  /** Calls when all that was given before is written. */
  readonly after: (call: () => void) => void;
  /** Bytes that wait for the client to read. */
  readonly waitingBytes: () => number;
}

/**
 * A writer to the streams of a channel of ssh2's server, one write at a time. ssh2 1.17 keeps what waits for the client's window
 * once per stream and wakes that of stdout only, which it never forgets: were both to wait, output would go out twice and the
 * answers on stderr never.
 */
export function channelWriter(channel: ServerChannel): ChannelWriter {
  const tasks: (() => void)[] = [];
  let waitingBytes = 0;
  const done = (): void => {
    tasks.shift();
    tasks[0]?.();
  };
  const add = (task: () => void): void => {
    if (tasks.push(task) === 1) task();
  };
  return {
    write: (stream, data, written) => {
      const bytes = Buffer.byteLength(data);
      waitingBytes += bytes;
      add(() =>
        stream.write(data, () => {
          Reflect.set(channel, '_chunk', undefined);
          Reflect.set(channel, '_chunkcb', undefined);
          waitingBytes -= bytes;
          done();
          written?.();
        }),
      );
    },
    after: (call) =>
      add(() => {
        call();
        done();
      }),
    waitingBytes: () => waitingBytes,
  };
}
