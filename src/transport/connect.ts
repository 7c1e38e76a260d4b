import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import type { CloseReason } from '../engine/ports.ts';
import type { Hop } from '../model/endpoint.ts';
import { algorithms } from './algorithms.ts';
import { type AuthProgress, authHandler, gatherIdentities, type Identities, passwordKey } from './authenticate.ts';
import { type Connection, createConnection } from './connection.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { explainError, explainTimeout, notSsh, type Phase, placeOf } from './failure.ts';
import { linesFor, namesOf } from './host-keys.ts';
import { knownTypes } from './known-hosts.ts';
import { enter, narrow } from './limiter.ts';
import { openSocket, untilGreeting } from './socket.ts';
import { verifyHost } from './verify-host.ts';
import { limiterOf, type ShownKey, type World } from './world.ts';

/** How an attempt to connect ended; `shown` is the host key that was refused. */
export type ConnectResult =
  | { readonly kind: 'up'; readonly connection: Connection }
  | { readonly kind: 'failed'; readonly why: CloseReason; readonly shown?: ShownKey };

/** What is to be connected: a hop, through another connection or directly, for a node (whose name goes into messages). */
export interface ConnectRequest {
  readonly hop: Hop;
  readonly node: string;
  readonly via: Connection | undefined;
  readonly signal: AbortSignal;
}

type Outcome = ConnectResult | { readonly kind: 'ask-again'; readonly types: readonly string[] };

/** One attempt on its way. */
interface Attempt extends ConnectRequest {
  readonly world: World;
  readonly askedTypes: readonly string[];
  readonly identities: Identities;
  readonly end: (outcome: Outcome) => void;
  readonly deadline: Deadline;
  readonly progress: AuthProgress;
  /** Places held at limiters; the first is the one at the address. */
  readonly places: (() => void)[];
  /** What a person typed for this hop, kept for the transport only when it opened it. */
  readonly passwords: Map<string, string>;
  phase: Phase;
  isOver: boolean;
  socket?: Duplex;
  client?: Client;
  /** The first words of the far side. */
  greeting?: string | undefined;
}

/** Connects and authenticates; never throws. A host known under other key types than the one it shows is asked once more, for those. */
export async function connect(world: World, request: ConnectRequest): Promise<ConnectResult> {
  const { hop } = request;
  const types = knownTypes(linesFor(world.hostKeys, hop), namesOf(hop));
  const first = await attempt(world, request, types);
  if (first.kind !== 'ask-again') return first;
  const second = await attempt(world, request, first.types);
  return second.kind === 'ask-again'
    ? { kind: 'failed', why: explainError(new Error('the host keys on file changed'), hop, 'agreeing on keys') }
    : second;
}

async function attempt(world: World, request: ConnectRequest, askedTypes: readonly string[]): Promise<Outcome> {
  const { hop, signal } = request;
  const atAddress = limiterOf(world, hop);
  const places = [await enter(atAddress, signal), await enter(world.sockets, signal)];
  try {
    const identities = await gatherIdentities(world.keyRing, hop);
    const outcome = await attemptWith(world, request, askedTypes, identities, places);
    const isTooMuch =
      outcome.kind === 'failed' && outcome.why.kind === 'lost' && /MaxStartups/.test(outcome.why.because);
    if (isTooMuch) narrow(atAddress);
    return outcome;
  } finally {
    for (const giveBack of places) giveBack();
  }
}

async function attemptWith(
  world: World,
  request: ConnectRequest,
  askedTypes: readonly string[],
  identities: Identities,
  places: (() => void)[],
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const running = createAttempt(world, request, askedTypes, identities, places, resolve);
  const onAbort = (): void => running.end({ kind: 'failed', why: { kind: 'closed' } });
  request.signal.addEventListener('abort', onAbort, { once: true });
  if (request.signal.aborted) onAbort();
  else void goThrough(running);

  const outcome = await promise;
  running.deadline.stop();
  request.signal.removeEventListener('abort', onAbort);
  settlePassword(running, outcome);
  if (outcome.kind !== 'up') tearDown(running);
  return outcome;
}

function createAttempt(
  world: World,
  request: ConnectRequest,
  askedTypes: readonly string[],
  identities: Identities,
  places: (() => void)[],
  resolve: (outcome: Outcome) => void,
): Attempt {
  const { hop } = request;
  const deadline = startDeadline(hop.connectTimeoutMs, () => fail(running, explainTimeout(hop, running.phase)));
  const onAsk = (asking: boolean): void => {
    if (!asking) {
      deadline.resume();
      return;
    }
    deadline.pause();
    // A person may take minutes: nodes that need none go first. The place at the address stays taken, as it is on the far side.
    for (const giveBack of places.splice(1)) giveBack();
  };
  const progress: AuthProgress = {
    tried: [],
    locked: [],
    methodsLeft: [],
    onAsk,
    onExhausted: () => fail(running, notAuthenticated(running)),
  };
  const end = (outcome: Outcome): void => {
    running.isOver = true;
    resolve(outcome);
  };
  const password = world.passwords.get(passwordKey(hop));
  const passwords = new Map(password === undefined ? [] : [[passwordKey(hop), password]]);
  const phase: Phase = 'connecting';
  const running: Attempt = {
    ...request,
    world,
    askedTypes,
    identities,
    places,
    end,
    deadline,
    progress,
    passwords,
    phase,
    isOver: false,
  };
  return running;
}

async function goThrough(running: Attempt): Promise<void> {
  const { world, hop, signal, deadline, places } = running;
  try {
    await scatter(world, signal);
    if (running.isOver) return;
    const socket = await openSocket(hop, running.via, (made) => {
      running.socket = made;
      made.on('error', (error) => fail(running, explainError(error, hop, running.phase)));
      made.on('close', () => fail(running, explainError(new Error(closedWords(running.phase)), hop, running.phase)));
      if (running.isOver) made.destroy();
    });
    if (running.isOver) return;
    running.phase = 'waiting for the SSH greeting';
    running.greeting = await untilGreeting(socket);
    deadline.pause();
    const giveBack = await enter(world.handshakes, signal);
    if (running.isOver) return giveBack();
    places.push(giveBack);
    deadline.resume();
    if (running.greeting !== undefined) running.phase = 'agreeing on keys';
    handshake(running, socket);
  } catch (error) {
    fail(running, explainError(error, hop, running.phase));
  }
}

/** A password is kept once it has opened the hop. Any other end forgets it: trying a wrong one again and again locks accounts. */
function settlePassword({ world, hop, passwords, phase }: Attempt, outcome: Outcome): void {
  const key = passwordKey(hop);
  const typed = passwords.get(key);
  if (outcome.kind === 'up' && typed !== undefined) world.passwords.set(key, typed);
  else if (outcome.kind === 'failed' && phase === 'authenticating') world.passwords.delete(key);
}

/** The more are connecting, the wider they are spread: 5 ms for each, 200 ms at most; the first of all goes at once. */
async function scatter(world: World, signal: AbortSignal): Promise<void> {
  const spreadMs = Math.min(200, (world.sockets.held - 1) * 5);
  if (spreadMs > 0) await sleep(world.random() * spreadMs, undefined, { signal }).catch(() => {});
}

function closedWords(phase: Phase): string {
  return phase === 'connecting' || phase === 'waiting for the SSH greeting'
    ? 'Connection lost before handshake'
    : 'the connection was closed';
}

function handshake(running: Attempt, socket: Duplex): void {
  const { hop } = running;
  const client = new ssh2.Client();
  running.client = client;
  // For life: ssh2 may report errors after `ready` and after `end`, and an `error` nobody listens to ends the process.
  client.on('error', (error: Error & { readonly level?: string }) => {
    const isOneKeyOnly = error.level === 'agent' || error.level === 'client-authentication';
    if (!isOneKeyOnly) fail(running, brokenOff(running, error));
  });
  client.on('handshake', () => {
    running.phase = 'authenticating';
  });
  client.on('ready', () => running.end({ kind: 'up', connection: createConnection(hop, client, socket) }));
  client.connect(configOf(running, socket));
}

function configOf(running: Attempt, socket: Duplex): ConnectConfig {
  const { world, hop, node, askedTypes, identities, progress } = running;
  return {
    sock: socket,
    username: hop.user,
    readyTimeout: 0,
    keepaliveInterval: hop.keepaliveMs,
    // ssh2 gives up one interval after the last unanswered one.
    keepaliveCountMax: Math.max(1, hop.keepaliveCount - 1),
    algorithms: algorithms(askedTypes),
    authHandler: authHandler(world.keyRing, hop, identities, progress, running.passwords),
    hostVerifier: (blob: Buffer): boolean => {
      const verdict = verifyHost(world.hostKeys, hop, node, blob, askedTypes);
      if (verdict.kind === 'trusted') return true;
      running.end(
        verdict.kind === 'ask-again' ? verdict : { kind: 'failed', why: verdict.why, shown: { hop, key: verdict.key } },
      );
      return false;
    },
  };
}

function brokenOff(running: Attempt, error: Error): CloseReason {
  const why = explainError(error, running.hop, running.phase);
  if (why.kind !== 'refused' || why.reason !== 'authentication') return why;
  return { ...why, because: `${why.because} (${whatWasTried(running)})` };
}

function notAuthenticated(running: Attempt): CloseReason {
  const { hop, progress } = running;
  const takes = progress.methodsLeft.length > 0 ? `; it takes ${progress.methodsLeft.join(', ')}` : '';
  const because = `${placeOf(hop)} does not let ${hop.user} in: ${whatWasTried(running)}${takes}`;
  return { kind: 'refused', because, reason: 'authentication' };
}

function whatWasTried({ progress, identities }: Attempt): string {
  const locked = progress.locked.map(
    (title) => `${title} stays locked: nobody gave its passphrase (ssh-add loads it into an agent)`,
  );
  if (progress.tried.length > 0)
    return [`tried ${progress.tried.join(', ')}`, ...locked, ...identities.notes].join('; ');
  return [...(locked.length > 0 ? locked : ['no key to try']), ...identities.notes].join('; ');
}

function fail(running: Attempt, why: CloseReason): void {
  const stranger = why.kind === 'lost' ? notSsh(running.hop, running.greeting) : undefined;
  running.end({ kind: 'failed', why: stranger ?? why });
}

function tearDown(running: Attempt): void {
  running.client?.end();
  running.socket?.destroy();
}
