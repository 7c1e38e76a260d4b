import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import type { CloseReason } from '../engine/ports.ts';
import type { Hop } from '../model/endpoint.ts';
import { explainError, lost, placeOf } from './failure.ts';
import { createLimiter, type Limiter } from './limiter.ts';

/**
 * sshd allows 10 sessions per connection by default (MaxSessions); room is left for what else may run over it. A node that kubectl runs on has the
 * poller's, five watches, the log of a pod and a shell at once.
 */
const CHANNELS_PER_CONNECTION = 8;

/** A far side that does not answer the goodbye is cut off after this long. */
const GOODBYE_MS = 1_000;

/** An authenticated SSH connection, shared by all who need it. */
export interface Connection {
  readonly hop: Hop;
  readonly client: Client;
  readonly socket: Duplex;
  readonly channels: Limiter;
  /** Called once when it is gone. */
  readonly onLost: Set<(why: CloseReason) => void>;
  lost: CloseReason | undefined;
}

/** Wraps a client that has just become ready and watches it to its end. The client's `error` listener of the attempt stays as well. */
export function createConnection(hop: Hop, client: Client, socket: Duplex): Connection {
  const connection: Connection = {
    hop,
    client,
    socket,
    channels: createLimiter(CHANNELS_PER_CONNECTION),
    onLost: new Set(),
    lost: undefined,
  };
  let because: CloseReason | undefined;
  client.on('error', (error) => {
    because ??= explainError(error, hop, 'connected');
    socket.destroy();
  });
  client.on('close', () => markLost(connection, because ?? lost(`${placeOf(hop)} closed the connection`)));
  return connection;
}

/** Says goodbye and cuts the line shortly after, whether or not the far side is still there. Resolves when the line is closed. */
export function endConnection(connection: Connection, why: CloseReason = { kind: 'closed' }): Promise<void> {
  const { client, socket } = connection;
  markLost(connection, why);
  client.end();
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), GOODBYE_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function markLost(connection: Connection, why: CloseReason): void {
  if (connection.lost !== undefined) return;
  connection.lost = why;
  const listeners = [...connection.onLost];
  connection.onLost.clear();
  for (const listener of listeners) listener(why);
}
