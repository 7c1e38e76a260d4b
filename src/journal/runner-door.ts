import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { RolloutRequest, RunnerMessage } from '../model/rollout-request.ts';
import { jsonLine, onLines } from './lines.ts';

/** The runner's end of the socket: consoles and commands come and go. */
export interface RunnerDoor {
  /** To everyone who is there. */
  readonly tell: (message: RunnerMessage) => void;
  readonly attached: () => number;
  readonly close: () => void;
}

/** What a runner does with a request: undefined when it is done, else why not. */
export type TakeRequest = (request: RolloutRequest) => Promise<string | undefined>;

/** Listens at the path; a socket that a killed runner left there is replaced. */
export async function openDoor(
  path: string,
  take: TakeRequest,
  onAttached: (attached: number, isNew: boolean) => void,
): Promise<RunnerDoor> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      onAttached(sockets.size, false);
    });
    serve(socket, take);
    onAttached(sockets.size, true);
  });
  await listening(server, path);
  return {
    tell: (message) => {
      for (const socket of sockets) socket.write(jsonLine(message));
    },
    attached: () => sockets.size,
    close: () => {
      server.close();
      for (const socket of sockets) socket.end();
    },
  };
}

function serve(socket: Socket, take: TakeRequest): void {
  let count = 0;
  onLines(socket, (line) => {
    count += 1;
    const request = count;
    const answer = (because: string | undefined): RunnerMessage =>
      because === undefined ? { kind: 'done', request } : { kind: 'refused', request, because };
    const read = readRequest(line);
    const taken = read === undefined ? Promise.resolve('this is no request muster knows') : take(read);
    void taken.then((because) => socket.write(jsonLine(answer(because))));
  });
}

const KINDS = new Set(['start', 'discard', 'pause', 'resume', 'abort', 'skip', 'limit', 'secret']);

/** Only this user can reach the socket, so a look at the kind is enough to tell a newer console's request from ours. */
function readRequest(line: string): RolloutRequest | undefined {
  try {
    const request: RolloutRequest = JSON.parse(line);
    return KINDS.has(request.kind) ? request : undefined;
  } catch {
    return undefined;
  }
}

function listening(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
