import { createServer, type Server as NetServer, type Socket } from 'node:net';
import type { World } from './world.ts';

/** One node's TCP port: accepts, refuses or swallows connections as the state of the node says. */
export interface NodeListener {
  readonly address: string;
  readonly port: number;
  /** Brings the port in line with the node's state. Called after every change of the node. */
  readonly follow: () => void;
  readonly close: () => void;
}

/** Connections one simulated node holds at once; sshd refuses more, too. */
const MAX_SOCKETS = 64;
/** Connections a black-holed node leaves waiting. */
const MAX_SWALLOWED = 16;

/**
 * Listens for one node. Rejects when the address cannot be bound. A lost node drops its connections and refuses new ones, as one that
 * is powered off; a black-holed one keeps them and says nothing more, as one behind a dead switch.
 */
export async function listenFor(
  world: World,
  name: string,
  place: { readonly address: string; readonly port: number },
  onSocket: (socket: Socket) => void,
): Promise<NodeListener> {
  const served = new Set<Socket>();
  const swallowed = new Set<Socket>();
  const identity = () => {
    const { hasOtherHostKey, refusesKeys } = world.node(name)?.ailments ?? {};
    return `${hasOtherHostKey} ${refusesKeys}`;
  };
  let lastIdentity = identity();
  const link = () => world.node(name)?.ailments.link ?? 'refusing';
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
    const group = link() === 'black-holed' ? swallowed : served;
    socket.on('error', () => socket.destroy());
    socket.once('close', () => group.delete(socket));
    if (served.size + swallowed.size >= MAX_SOCKETS || link() === 'refusing') return void socket.destroy();
    group.add(socket);
    if (group === swallowed) {
      // A socket nobody reads does not tell that its client has given up: the oldest ones make room.
      for (const oldest of swallowed) if (swallowed.size > MAX_SWALLOWED) oldest.destroy() && swallowed.delete(oldest);
      return;
    }
    // A console asks several questions in one write: their answers leave in one, too. A third of the fleet's time was system calls.
    socket.on('data', () => {
      socket.cork();
      process.nextTick(() => socket.uncork());
    });
    onSocket(socket);
    socket.resume();
  });
  await listening(server, place);
  const bound = server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : place.port;

  return {
    address: place.address,
    port,
    follow: () => {
      const isRefusing = link() === 'refusing';
      // Keys are only looked at when a connection is made: so those that stand are broken.
      const isChanged = identity() !== lastIdentity;
      lastIdentity = identity();
      if (isRefusing || isChanged) for (const socket of served) socket.destroy();
      for (const socket of served) link() === 'black-holed' ? socket.pause() : socket.resume();
      // Whoever waited through the silence never got a greeting: a fresh connection is the only way on.
      if (link() !== 'black-holed') for (const socket of swallowed) socket.destroy();
      if (isRefusing && server.listening) server.close();
      if (!isRefusing && !server.listening) server.listen(port, place.address);
    },
    close: () => {
      for (const socket of [...served, ...swallowed]) socket.destroy();
      if (server.listening) server.close();
    },
  };
}

function listening(server: NetServer, place: { readonly address: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(place.port, place.address, () => {
      server.off('error', reject);
      // Without a listener a failed second listen() would end the process; the node then just stays unreachable.
      server.on('error', () => {});
      resolve();
    });
  });
}

/** A port that is free on 127.0.0.1 just now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await listening(probe, { address: '127.0.0.1', port: 0 });
  const bound = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return bound !== null && typeof bound === 'object' ? bound.port : 0;
}
