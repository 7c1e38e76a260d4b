import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Hop } from '../model/endpoint.ts';
import type { Connection } from './connection.ts';

/** A far side that has not greeted by then is slow; its handshake then starts without waiting further. */
const GREETING_PATIENCE_MS = 2_000;

/** Enough of a first word to tell what speaks there. */
const GREETING_KEPT = 300;

/** An address of several gets this long before the next is tried; Node's own 250 ms is too short for a far continent. */
const ADDRESS_PATIENCE_MS = 2_500;

/**
 * A byte stream to a hop: TCP, or a forwarded channel of the connection before it. `made` is called before anything can go wrong on it.
 * Rejects when a forwarding is refused; errors of a TCP socket arrive on the socket only.
 */
export function openSocket(hop: Hop, via: Connection | undefined, made: (socket: Duplex) => void): Promise<Duplex> {
  if (via !== undefined) return forward(hop, via, made);
  return new Promise((resolve) => {
    const socket = connectTcp({
      host: hop.address,
      port: hop.port,
      noDelay: true,
      autoSelectFamilyAttemptTimeout: ADDRESS_PATIENCE_MS,
    });
    made(socket);
    socket.once('connect', () => resolve(socket));
  });
}

function forward(hop: Hop, via: Connection, made: (socket: Duplex) => void): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    if (via.lost !== undefined) return reject(new Error('the connection to the jump host is gone'));
    via.client.forwardOut('127.0.0.1', 0, hop.address, hop.port, (error, channel) => {
      if (error !== undefined) {
        reject(new Error(`jump host ${via.hop.sshName} could not reach it (${error.message})`));
        return;
      }
      made(channel);
      resolve(channel);
    });
  });
}

/** Resolves with the first words of the far side, which stay unread, or with nothing after some patience. */
export function untilGreeting(socket: Duplex): Promise<string | undefined> {
  return new Promise((resolve) => {
    const done = (chunk?: Buffer): void => {
      clearTimeout(timer);
      socket.off('data', done);
      socket.pause();
      if (chunk !== undefined) socket.unshift(chunk);
      resolve(chunk?.toString('utf8', 0, GREETING_KEPT));
    };
    const timer = setTimeout(done, GREETING_PATIENCE_MS);
    socket.once('close', () => clearTimeout(timer));
    socket.on('data', done);
  });
}
