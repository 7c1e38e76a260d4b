import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { labRoot } from './places.ts';
import { pause } from './run.ts';

/** Several of these may be tried by several programs at once; a short wait is enough for a file to be written. */
const TRY_EVERY_MS = 25;

/**
 * Does some work while no other program of this machine does work of that name. The lock is a socket of the abstract namespace
 * (unix(7)): the kernel opens it again when its holder ends, however that ends. `waiting` is called once if another holds it.
 */
export async function alone<T>(name: string, work: () => Promise<T>, waiting: () => void = () => {}): Promise<T> {
  let hasSaid = false;
  for (;;) {
    const release = await take(name);
    if (release !== undefined) {
      try {
        return await work();
      } finally {
        await release();
      }
    }
    if (!hasSaid) waiting();
    hasSaid = true;
    await pause(TRY_EVERY_MS);
  }
}

/** Labs in different folders do not wait for each other. */
const socketOf = (name: string): string =>
  `\0muster-lab-${createHash('sha256').update(`${labRoot}\0${name}`).digest('hex').slice(0, 24)}`;

function take(name: string): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(socketOf(name), () => {
      resolve(() => new Promise((done) => server.close(() => done())));
    });
  });
}
