import { setTimeout as sleep } from 'node:timers/promises';
import type {
  CloseReason,
  Random,
  Session,
  SessionEvents,
  Shell,
  ShellEvents,
  TerminalSize,
  Transport,
} from '../engine/ports.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { NodeName } from '../model/ids.ts';
import { linesFor, namesOf, rememberHostKey } from './host-keys.ts';
import { onlyCertAuthority } from './known-hosts.ts';
import { openLocally, shellLocally } from './local.ts';
import { createMasters, type Masters, openOverOpenSsh, removeMasters, shellOverOpenSsh } from './openssh.ts';
import type { Pool } from './pool.ts';
import type { AskSecret } from './secrets.ts';
import { openOverSsh, shellOverSsh } from './ssh.ts';
import { openEither, type StandIns } from './stand-in.ts';
import { createWorld } from './world.ts';

/** Concurrent handshakes: with the transport in its own worker, 64 bring 256 nodes back in 0.3-0.6 s; in the screen's thread take 16. */
const DEFAULT_HANDSHAKES = 64;

/** `Transport.close` gives up waiting for goodbyes after this long. */
const CLOSE_MS = 2_000;

/** What a transport needs from outside. */
export interface TransportOptions {
  readonly askSecret: AskSecret;
  /** Concurrent handshakes over the whole fleet. */
  readonly maxConnecting?: number;
  readonly random?: Random;
}

/** The door to real nodes, with the answer to a host key review. */
export interface FleetTransport extends Transport {
  /** Files exactly the key that was shown with this fingerprint; returns why not, in one sentence, or undefined when it is done. */
  readonly acceptHostKey: (node: NodeName, fingerprint: string) => string | undefined;
  /** A person wants nodes tried again: passphrases that were declined may be asked for once more. */
  readonly askAgain: () => void;
}

/** Opens the door: ssh2 in this process, the system ssh where a node needs it, and this machine itself. */
export function createTransport({
  askSecret,
  maxConnecting = DEFAULT_HANDSHAKES,
  random = Math.random,
}: TransportOptions): FleetTransport {
  const pool: Pool = { world: createWorld(askSecret, maxConnecting, random), entries: new Map(), ending: new Set() };
  const masters = createMasters(pool.world, pool.ending);
  const door: Door = { pool, masters, standIns: new Map(), open: new Map() };
  return {
    open: (endpoint, program, events) =>
      track(door, (ended) => {
        const onClose = (why: CloseReason): void => {
          ended();
          events.onClose(why);
        };
        return openSession(door, endpoint, program, { ...events, onClose });
      }),
    shell: (endpoint, size, events) =>
      track(door, (ended) => {
        const onClose = (message: string): void => {
          ended();
          events.onClose(message);
        };
        return openShell(door, endpoint, size, { ...events, onClose });
      }),
    acceptHostKey: (node, fingerprint) => acceptHostKey(pool, node, fingerprint),
    askAgain: () => pool.world.keyRing.declinedAtMs.clear(),
    close: () => closeAll(door),
  };
}

interface Door {
  readonly pool: Pool;
  readonly masters: Masters;
  readonly standIns: StandIns;
  /** What is open, each with the promise of its end. */
  readonly open: Map<{ readonly close: () => void }, Promise<void>>;
}

function track<Opened extends { readonly close: () => void }>(
  door: Door,
  start: (ended: () => void) => Opened,
): Opened {
  const { promise, resolve } = Promise.withResolvers<void>();
  const opened = start(resolve);
  door.open.set(opened, promise);
  void promise.then(() => door.open.delete(opened));
  return opened;
}

function openSession(door: Door, endpoint: Endpoint, program: string, events: SessionEvents): Session {
  const { pool, masters } = door;
  switch (wayTo(pool, endpoint)) {
    case 'ssh':
      return openByEither(door, endpoint, program, events);
    case 'openssh':
      return openOverOpenSsh(masters, endpoint, program, events);
    case 'local':
      return openLocally(pool.ending, program, events);
    case 'none': {
      const because = endpoint.because ?? `${endpoint.node} is not reached over ssh`;
      queueMicrotask(() => events.onClose({ kind: 'refused', because, reason: 'configuration' }));
      return { write: () => {}, close: () => {} };
    }
  }
}

function openShell(door: Door, endpoint: Endpoint, size: TerminalSize, events: ShellEvents): Shell {
  const { pool, masters } = door;
  switch (wayTo(pool, endpoint)) {
    case 'ssh':
      return shellByEither(door, endpoint, size, events);
    case 'openssh':
      return shellOverOpenSsh(masters, endpoint, size, events);
    case 'local':
      return shellLocally(pool.ending, size, events);
    case 'none':
      queueMicrotask(() => events.onClose(endpoint.because ?? `${endpoint.node} is not reached over ssh`));
      return { write: () => {}, resize: () => {}, close: () => {} };
  }
}

function openByEither(
  { pool, masters, standIns }: Door,
  endpoint: Endpoint,
  program: string,
  events: SessionEvents,
): Session {
  // What was written to ssh2 before it was let in is written again to the system ssh.
  let early: string[] | undefined = [];
  const opening = openEither<Session>({
    endpoint,
    keyRing: pool.world.keyRing,
    standIns,
    ended: events.onClose,
    bySsh2: (onClose) => {
      const onOpen: SessionEvents['onOpen'] = (how) => {
        early = undefined;
        events.onOpen(how);
      };
      return openOverSsh(pool, endpoint, program, { ...events, onOpen, onClose });
    },
    bySystemSsh: (because, onClose) => {
      const onOpen: SessionEvents['onOpen'] = ({ transport }) => events.onOpen({ transport, because });
      const session = openOverOpenSsh(masters, endpoint, program, { ...events, onOpen, onClose });
      for (const text of early ?? []) session.write(text);
      early = undefined;
      return session;
    },
  });
  return {
    write: (text) => {
      early?.push(text);
      opening.now().write(text);
    },
    hold: (isHeld) => opening.now().hold?.(isHeld),
    close: opening.close,
  };
}

function shellByEither(
  { pool, masters, standIns }: Door,
  endpoint: Endpoint,
  size: TerminalSize,
  events: ShellEvents,
): Shell {
  let wanted = size;
  let early: (Buffer | string)[] | undefined = [];
  const opening = openEither<Shell>({
    endpoint,
    keyRing: pool.world.keyRing,
    standIns,
    ended: (why) => events.onClose(why.kind === 'closed' ? 'closed' : why.because),
    bySsh2: (onClose) => {
      const onData: ShellEvents['onData'] = (chunk) => {
        early = undefined;
        events.onData(chunk);
      };
      return shellOverSsh(pool, endpoint, size, { onData, onClose });
    },
    bySystemSsh: () => {
      const shell = shellOverOpenSsh(masters, endpoint, wanted, events);
      for (const data of early ?? []) shell.write(data);
      early = undefined;
      return shell;
    },
  });
  return {
    write: (data) => {
      early?.push(data);
      opening.now().write(data);
    },
    resize: (next) => {
      wanted = next;
      opening.now().resize(next);
    },
    close: opening.close,
  };
}

/** A host that only a certificate authority vouches for goes through the system ssh: ssh2 knows no host certificates. */
function wayTo({ world }: Pool, endpoint: Endpoint): Endpoint['via'] {
  if (endpoint.via !== 'ssh' || endpoint.pinnedHostKeys.length > 0) return endpoint.via;
  const vouched = [...endpoint.jumps, endpoint].some((hop) =>
    onlyCertAuthority(linesFor(world.hostKeys, hop), namesOf(hop)),
  );
  return vouched ? 'openssh' : 'ssh';
}

function acceptHostKey({ world }: Pool, node: NodeName, fingerprint: string): string | undefined {
  const shown = world.reviews.get(`${node} ${fingerprint}`);
  if (shown === undefined) return `no host key ${fingerprint} of ${node} waits for an answer; connect again`;
  try {
    rememberHostKey(world.hostKeys, shown.hop, shown.key);
    world.reviews.delete(`${node} ${fingerprint}`);
    return undefined;
  } catch (error) {
    return `the host key of ${node} cannot be filed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function closeAll({ pool, masters, open }: Door): Promise<void> {
  const ended = [...open.values()];
  for (const one of open.keys()) one.close();
  await Promise.race([
    Promise.all(ended).then(() => Promise.all(pool.ending)),
    sleep(CLOSE_MS, undefined, { ref: false }),
  ]);
  removeMasters(masters);
}
