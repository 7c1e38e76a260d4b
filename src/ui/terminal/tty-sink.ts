import { write as writeFile } from 'node:fs';
import type { WriteStream } from 'node:tty';
import type { ScreenClock, Sink } from './compositor.ts';

/** A terminal that is full is tried again after this. */
const RETRY_MS = 5;

/**
 * Where frames go. Node writes to a terminal synchronously, so a slow link would stop the whole program; written through the thread pool, it
 * only makes the next frame wait. A stdout that is no terminal takes the ordinary way.
 */
export function ttySink(stdout: WriteStream, clock: ScreenClock): Sink {
  if (!stdout.isTTY || !('fd' in stdout) || typeof stdout.fd !== 'number')
    return { write: (bytes, done) => void stdout.write(bytes, done) };
  const { fd } = stdout;
  const writeAll = (rest: Buffer, done: (error?: Error | null) => void): void => {
    writeFile(fd, rest, (error, written) => {
      if (error?.code === 'EAGAIN') clock.after(RETRY_MS, () => writeAll(rest, done));
      else if (error !== null) done(error);
      else if (written < rest.length) writeAll(rest.subarray(written), done);
      else done();
    });
  };
  return { write: (bytes, done) => writeAll(Buffer.from(bytes, 'utf8'), done) };
}
