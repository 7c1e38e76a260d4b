import type { Random } from '../engine/ports.ts';
import type { Hop } from '../model/endpoint.ts';
import { createHostKeyFiles, type HostKeyFiles } from './host-keys.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import type { HostKey } from './known-hosts.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { type AskSecret, oneAtATime } from './secrets.ts';

/** Connecting costs no CPU until the far side speaks, so black-holed nodes must not keep the others waiting. */
const OPENING_SOCKETS = 256;

/** sshd drops new connections at random from 10 unauthenticated ones on (MaxStartups 10:30:100). */
const HANDSHAKES_PER_ADDRESS = 8;

/** What all connections of one transport share. */
export interface World {
  readonly hostKeys: HostKeyFiles;
  readonly keyRing: KeyRing;
  readonly passwords: Map<string, string>;
  readonly random: Random;
  readonly sockets: Limiter;
  readonly handshakes: Limiter;
  readonly perAddress: Map<string, Limiter>;
  /** Keys shown and not yet accepted, by node and fingerprint. */
  readonly reviews: Map<string, ShownKey>;
}

/** A host key as it was shown, and the hop that showed it. */
export interface ShownKey {
  readonly hop: Hop;
  readonly key: HostKey;
}

/** A world without connections. */
export function createWorld(askSecret: AskSecret, maxHandshakes: number, random: Random): World {
  return {
    hostKeys: createHostKeyFiles(),
    keyRing: createKeyRing(oneAtATime(askSecret)),
    passwords: new Map(),
    random,
    sockets: createLimiter(OPENING_SOCKETS),
    handshakes: createLimiter(maxHandshakes),
    perAddress: new Map(),
    reviews: new Map(),
  };
}

/** The limiter of one sshd: several nodes may stand behind one address, a bastion always does. */
export function limiterOf(world: World, hop: Hop): Limiter {
  const address = `${hop.address}:${hop.port}`;
  const known = world.perAddress.get(address);
  if (known !== undefined) return known;
  const limiter = createLimiter(HANDSHAKES_PER_ADDRESS);
  world.perAddress.set(address, limiter);
  return limiter;
}
