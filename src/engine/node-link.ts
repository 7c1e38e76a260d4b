import type { Endpoint } from '../model/endpoint.ts';
import type { HostKeyReview, Link } from '../model/link.ts';
import { neutralise } from '../model/neutralise.ts';
import { unreachable } from '../model/unreachable.ts';
import { createDecoder, type Decoder } from './decoder.ts';
import { FIRST_ROUND_MS, HELLO_MS, SETTLED_MS, TICK_MS } from './limits.ts';
import type { Poller } from './poller.ts';
import type { Clock, CloseReason, Random, Session, Transport } from './ports.ts';
import type { Frame } from './protocol.ts';
import { backoffMs } from './schedule.ts';

/** The connection to one node over the life of the process: connecting, up, late, lost, refused, and round again. */
export interface NodeLink {
  readonly endpoint: Endpoint;
  readonly poller: Poller;
  readonly now: () => Link;
  /** It may be opened now: never tried, or lost and its wait is over. */
  readonly isReady: (nowMs: number) => boolean;
  readonly connect: () => void;
  /** Deadlines, silence, and what is due to be asked; when there is anything to do again, unless it wakes before: 0 for the next turn. */
  readonly tick: (nowMs: number) => number;
  /** A person wants it tried at once; also the only way out of a refusal. */
  readonly retry: (nowMs: number) => void;
  /** Puts the next attempt of a lost node off, or forward, to this time. */
  readonly hold: (untilMs: number) => void;
  /** Why a person's answer did not help. */
  readonly refuseAgain: (because: string) => void;
  readonly forgive: (ms: number) => void;
  readonly close: () => void;
}

/** What a link is made of. */
export interface NodeLinkOptions {
  readonly endpoint: Endpoint;
  readonly program: string;
  readonly poller: Poller;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly lateAfterMs: number;
  readonly lostAfterMs: number;
  readonly report: (link: Link) => void;
  readonly review: (review: HostKeyReview) => void;
  /** A node that was up is lost. */
  readonly dropped: () => void;
  /** Something happened: it wants the next turn whatever it said last. */
  readonly wake: () => void;
}

interface State {
  readonly options: NodeLinkOptions;
  link: Link;
  session: Session | undefined;
  decoder: Decoder | undefined;
  /** Counts connections, so that a word from an earlier one is not heard. */
  epoch: number;
  helloByMs: number | undefined;
  how: { readonly transport: 'ssh' | 'openssh' | 'local'; readonly because?: string };
  upSinceMs: number | undefined;
  lostSinceMs: number | undefined;
  lastHeardMs: number | undefined;
  roundTripMs: number | undefined;
  roundTripToldMs: number;
  attempt: number;
  noise: string;
}

/** A link that has not been tried; `none` where the endpoint says that there is no way. */
export function createNodeLink(options: NodeLinkOptions): NodeLink {
  const { endpoint, poller } = options;
  const isNone = endpoint.via === 'none';
  const state: State = {
    options,
    link: isNone ? noWay(options) : { kind: 'idle' },
    session: undefined,
    decoder: undefined,
    epoch: 0,
    helloByMs: undefined,
    how: { transport: 'ssh' },
    upSinceMs: undefined,
    lostSinceMs: undefined,
    lastHeardMs: undefined,
    roundTripMs: undefined,
    roundTripToldMs: 0,
    attempt: 0,
    noise: '',
  };
  if (isNone) options.report(state.link);
  return {
    endpoint,
    poller,
    now: () => state.link,
    isReady: (nowMs) => state.link.kind === 'idle' || (state.link.kind === 'lost' && nowMs >= state.link.retryAtMs),
    connect: () => connect(state),
    tick: (nowMs) => tick(state, nowMs),
    retry: (nowMs) => retry(state, nowMs),
    hold: (untilMs) => {
      if (state.link.kind === 'lost') become(state, { ...state.link, retryAtMs: untilMs });
    },
    refuseAgain: (because) => {
      if (state.link.kind === 'refused') become(state, { ...state.link, because });
    },
    forgive: (ms) => {
      options.wake();
      if (state.lastHeardMs !== undefined) state.lastHeardMs += ms;
      if (state.helloByMs !== undefined) state.helloByMs += ms;
      poller.forgive(ms);
    },
    close: () => hangUp(state),
  };
}

function noWay({ clock, endpoint }: NodeLinkOptions): Link {
  const because = endpoint.because ?? 'not reached by muster';
  if (endpoint.isMistake !== true) return { kind: 'none', because };
  return { kind: 'refused', sinceMs: clock.nowMs(), because, reason: 'configuration' };
}

function become(state: State, link: Link): void {
  state.link = link;
  state.options.wake();
  state.options.report(link);
}

function connect(state: State): void {
  const { options } = state;
  const { clock, endpoint, program, transport } = options;
  hangUp(state);
  const epoch = state.epoch;
  const isMine = () => state.epoch === epoch;
  state.attempt += 1;
  state.noise = '';
  state.decoder = createDecoder({ isOpen: options.poller.isOpen, frame: (frame) => isMine() && hear(state, frame) });
  become(state, { kind: 'connecting', sinceMs: clock.nowMs(), attempt: state.attempt });
  const session = transport.open(endpoint, program, {
    onOpen: (how) => {
      if (!isMine()) return;
      const because = how.because ?? (how.transport === endpoint.via ? endpoint.because : undefined);
      state.how = { transport: how.transport, ...(because === undefined ? {} : { because }) };
      state.helloByMs = clock.nowMs() + HELLO_MS;
      options.wake();
    },
    onStdout: (chunk) => isMine() && heed(state, chunk, 'stdout'),
    onStderr: (chunk) => isMine() && heed(state, chunk, 'stderr'),
    onClose: (why) => isMine() && closed(state, why),
  });
  // It may have ended before it was handed over.
  if (isMine()) state.session = session;
}

function heed(state: State, chunk: Buffer, stream: 'stdout' | 'stderr'): void {
  const nowMs = state.options.clock.nowMs();
  state.options.wake();
  // Before the program speaks, standard error may be the words of the system ssh on this machine.
  if (stream === 'stdout' || state.upSinceMs !== undefined) state.lastHeardMs = nowMs;
  if (state.link.kind === 'late') become(state, upLink(state, nowMs));
  state.decoder?.[stream](chunk);
  // In the first round one answer opens the next questions; nobody should wait a tick for each.
  if (state.upSinceMs !== undefined && nowMs - state.upSinceMs < FIRST_ROUND_MS) flush(state, nowMs);
}

function hear(state: State, frame: Frame): void {
  const nowMs = state.options.clock.nowMs();
  switch (frame.kind) {
    case 'hello':
      state.helloByMs = undefined;
      state.lostSinceMs = undefined;
      state.upSinceMs = nowMs;
      become(state, upLink(state, nowMs));
      state.options.poller.begin(nowMs);
      return;
    case 'noise':
      if (frame.text.trim() !== '') state.noise = frame.text;
      return;
    case 'malformed':
      lose(state, `the node's answers make no sense: ${neutralise(frame.because)}`);
      return;
    case 'answer':
    case 'same':
    case 'unusable':
      measure(state, state.options.poller.take(frame, nowMs), nowMs);
      return;
    default:
      unreachable(frame);
  }
}

function upLink(state: State, nowMs: number): Link {
  const { how, roundTripMs } = state;
  const roundTrip = roundTripMs === undefined ? {} : { roundTripMs };
  return { kind: 'up', sinceMs: state.upSinceMs ?? nowMs, ...roundTrip, ...how };
}

/** Told when it is first known and then twice a minute if it moved: a figure that flickers would repaint for nothing. */
function measure(state: State, roundTripMs: number | undefined, nowMs: number): void {
  if (roundTripMs === undefined || state.link.kind !== 'up') return;
  const told = state.link.roundTripMs;
  state.roundTripMs =
    state.roundTripMs === undefined ? roundTripMs : Math.round((3 * state.roundTripMs + roundTripMs) / 4);
  const hasMoved = told === undefined || Math.abs(state.roundTripMs - told) > Math.max(5, told / 4);
  if (told !== undefined && (!hasMoved || nowMs - state.roundTripToldMs < 30_000)) return;
  state.roundTripToldMs = nowMs;
  become(state, upLink(state, nowMs));
}

function tick(state: State, nowMs: number): number {
  const { lateAfterMs, lostAfterMs } = state.options;
  const silentMs = nowMs - (state.lastHeardMs ?? nowMs);
  if (state.helloByMs !== undefined && nowMs >= state.helloByMs) {
    lose(state, `connected, but no program answered within ${HELLO_MS / 1_000} s`);
  } else if (state.link.kind === 'up' && silentMs >= lateAfterMs) {
    become(state, { kind: 'late', sinceMs: nowMs, lastHeardMs: state.lastHeardMs ?? nowMs });
  } else if (state.link.kind === 'late' && silentMs >= lostAfterMs) {
    lose(state, `no answer for ${Math.round(lostAfterMs / 1_000)} s`);
  }
  if (state.upSinceMs !== undefined) flush(state, nowMs);
  return nextTickMs(state);
}

function nextTickMs({ link, helloByMs, lastHeardMs, options }: State): number {
  if ((link.kind !== 'up' && link.kind !== 'late') || helloByMs !== undefined || lastHeardMs === undefined) return 0;
  const silentMs = link.kind === 'up' ? options.lateAfterMs : options.lostAfterMs;
  return Math.min(lastHeardMs + silentMs, options.poller.nextMs());
}

function flush(state: State, nowMs: number): void {
  const lines = state.options.poller.due(nowMs);
  if (lines !== '') state.session?.write(lines);
}

function closed(state: State, why: CloseReason): void {
  switch (why.kind) {
    case 'closed':
      lose(state, 'the node closed the connection');
      return;
    case 'lost':
      lose(state, why.because);
      return;
    case 'refused':
      hangUp(state);
      become(state, {
        kind: 'refused',
        sinceMs: state.options.clock.nowMs(),
        because: why.because,
        reason: why.reason,
      });
      if (why.review !== undefined) state.options.review(why.review);
      return;
    default:
      unreachable(why);
  }
}

function lose(state: State, because: string): void {
  const { clock, random, dropped } = state.options;
  const nowMs = clock.nowMs();
  const wasUp = state.upSinceMs !== undefined;
  // A node that comes and goes within seconds is not a fresh start.
  if (wasUp && nowMs - (state.upSinceMs ?? nowMs) >= SETTLED_MS) state.attempt = 0;
  const noise = state.noise.trim();
  const words =
    wasUp || noise === '' || because.includes(noise) ? because : `${because}; it said: ${neutralise(noise)}`;
  hangUp(state);
  state.lostSinceMs ??= nowMs;
  const heard = state.lastHeardMs === undefined ? {} : { lastHeardMs: state.lastHeardMs };
  const retryAtMs = nowMs + Math.max(TICK_MS, backoffMs(Math.max(1, state.attempt), random));
  become(state, {
    kind: 'lost',
    sinceMs: state.lostSinceMs,
    because: words,
    retryAtMs,
    attempt: state.attempt,
    ...heard,
  });
  if (wasUp) dropped();
}

/** Ends whatever connection there is; nothing of it is heard any more. */
function hangUp(state: State): void {
  const { session } = state;
  state.epoch += 1;
  state.session = undefined;
  state.decoder = undefined;
  state.helloByMs = undefined;
  state.upSinceMs = undefined;
  state.roundTripMs = undefined;
  state.options.poller.stop();
  session?.close();
}

function retry(state: State, nowMs: number): void {
  const { link } = state;
  if (link.kind === 'none' || link.kind === 'idle' || link.kind === 'connecting') return;
  state.attempt = 0;
  if (link.kind === 'lost') become(state, { ...link, retryAtMs: nowMs });
  else connect(state);
}
