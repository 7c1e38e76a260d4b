import type { Endpoint } from '../model/endpoint.ts';
import { neutralise } from '../model/neutralise.ts';
import { unreachable } from '../model/unreachable.ts';
import { decodeStderr } from './decode-stderr.ts';
import type { StepEnd, StepName } from './hand.ts';
import { createFollower, type Follower } from './hand-follower.ts';
import { type Answered, parseRising, type Rights, type Rising, rightsIn } from './hand-protocol.ts';
import { BANNER_BYTES, HAND_BYTES_PER_SEC, HAND_HELLO_MS, HAND_LOST_MS, HAND_PING_MS } from './limits.ts';
import type { Clock, Session, Transport } from './ports.ts';
import { type Frame, NEWLINE, UNUSABLE_WORDS } from './protocol.ts';

/** One life of a hand's program on its node: from opening to the end of the link. Nothing here rejects. */
export interface HandSession {
  /** Sends a line, as soon as the program is ready; a question that is late is ended on the node, anything else ends the session. */
  readonly ask: (
    line: (id: number) => string,
    deadlineMs: number,
    whenLate: 'end-question' | 'end-session',
  ) => Promise<Answered>;
  readonly follow: (
    name: StepName,
    fromByte: number,
    onOutput: (chunk: Buffer) => void | Promise<void>,
  ) => Promise<StepEnd>;
  /** Whose rights the program has there, once it is ready; undefined where the link is gone before. */
  readonly rights: () => Promise<Rights | undefined>;
  readonly isOver: () => boolean;
  readonly close: () => void;
}

/** What a session is made of. */
export interface HandSessionOptions {
  readonly transport: Transport;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly program: string;
  /** Whether root is wanted; without it the login user's own environment stays. */
  readonly isRising?: boolean;
  /** Asked when sudo wants a password; undefined leaves the hand without root. */
  readonly password: (words: string) => Promise<string | undefined>;
  /** sudo did not take what was given. */
  readonly declined: () => void;
}

interface State {
  readonly options: HandSessionOptions;
  readonly open: Map<number, (answered: Answered) => void>;
  readonly ready: PromiseWithResolvers<void>;
  readonly follower: Follower;
  session: Session | undefined;
  isReady: boolean;
  rights: Rights | undefined;
  /** Why it is over. */
  over: string | undefined;
  lastId: number;
  lastHeardMs: number;
  /** Until when what was written may still be on its way over a poor link. */
  sendingUntilMs: number;
  stopHello: () => void;
  stopPing: (() => void) | undefined;
  isPasswordGiven: boolean;
  pending: Buffer;
  bannerBytes: number;
  noise: string;
}

/** Opens the way to a node; what is asked before it stands waits for it. */
export function openHandSession(options: HandSessionOptions): HandSession {
  const { transport, endpoint, program, clock } = options;
  const state: State = {
    options,
    open: new Map(),
    ready: Promise.withResolvers(),
    follower: createFollower((isHeld) => state.session?.hold?.(isHeld)),
    session: undefined,
    isReady: false,
    rights: undefined,
    over: undefined,
    lastId: 0,
    lastHeardMs: clock.nowMs(),
    sendingUntilMs: clock.nowMs(),
    stopHello: () => {},
    stopPing: undefined,
    isPasswordGiven: false,
    pending: Buffer.alloc(0),
    bannerBytes: 0,
    noise: '',
  };
  const stderr = decodeStderr({ isOpen: (id) => state.open.has(id), frame: (frame) => hear(state, frame) });
  const session = transport.open(endpoint, program, {
    onOpen: () => watchHello(state),
    onStdout: (chunk) => heed(state, () => (state.isReady ? output(state, chunk) : rise(state, chunk))),
    onStderr: (chunk) => heed(state, () => stderr(chunk)),
    onClose: (why) => lose(state, why.kind === 'closed' ? 'the node closed the connection' : why.because),
  });
  if (state.over === undefined) state.session = session;
  return {
    ask: (line, deadlineMs, whenLate) => ask(state, line, deadlineMs, whenLate),
    follow: (name, fromByte, onOutput) =>
      state.follower.follow(fromByte, onOutput, () =>
        ask(state, (id) => `F ${id} ${name} ${fromByte}\n`, Number.POSITIVE_INFINITY, 'end-session'),
      ),
    rights: () => state.ready.promise.then(() => state.rights),
    isOver: () => state.over !== undefined,
    close: () => lose(state, 'closed'),
  };
}

function heed(state: State, take: () => void): void {
  if (state.over !== undefined) return;
  state.lastHeardMs = state.options.clock.nowMs();
  take();
}

function watchHello(state: State): void {
  const { clock } = state.options;
  const seconds = HAND_HELLO_MS / 1_000;
  state.stopHello();
  state.stopHello = clock.after(HAND_HELLO_MS, () =>
    lose(state, `connected, but no program answered within ${seconds} s`),
  );
}

/** Lines of stdout until the program is ready; what follows in the same chunk is output already. */
function rise(state: State, chunk: Buffer): void {
  let rest = Buffer.concat([state.pending, chunk]);
  state.bannerBytes += chunk.length;
  while (!state.isReady && state.over === undefined) {
    const end = rest.indexOf(NEWLINE);
    if (end < 0) break;
    const line = rest.toString('utf8', 0, end);
    rest = rest.subarray(end + 1);
    const said = parseRising(line);
    if (said !== undefined) take(state, said);
    else if (line.trim() !== '') state.noise = line;
  }
  if (!state.isReady && state.bannerBytes > BANNER_BYTES) lose(state, 'the login shell prints without end');
  state.pending = state.isReady ? Buffer.alloc(0) : Buffer.from(rest);
  if (state.isReady && rest.length > 0) output(state, rest);
}

/** The program goes on as the login user. */
const STAY = 'N -\n';

function take(state: State, said: Rising): void {
  const { program, isRising = true } = state.options;
  const bytes = Buffer.byteLength(program);
  switch (said.kind) {
    case 'sudo':
      state.session?.write(isRising ? `U ${bytes}\n${program}` : STAY);
      return;
    case 'send':
      state.session?.write(program);
      return;
    case 'password':
      if (!isRising) {
        state.session?.write(STAY);
        return;
      }
      state.stopHello();
      void state.options.password(said.words).then((password) => {
        if (state.over !== undefined) return;
        watchHello(state);
        state.isPasswordGiven = password !== undefined;
        state.session?.write(password === undefined ? STAY : `P ${bytes}\n${password}\n`);
      });
      return;
    case 'ready':
      state.stopHello();
      state.isReady = true;
      state.rights = rightsIn(said.words);
      state.ready.resolve();
      return;
    case 'other-version':
      lose(state, `the program there speaks version ${said.version} of the protocol, not 1`);
      return;
    default:
      unreachable(said);
  }
}

function output(state: State, chunk: Buffer): void {
  const broken = state.follower.take(chunk);
  if (broken !== undefined) lose(state, broken);
}

function hear(state: State, frame: Frame): void {
  if (state.over !== undefined) return;
  switch (frame.kind) {
    case 'answer':
      settle(state, frame.id, { kind: 'answer', frame });
      return;
    case 'same':
      lose(state, 'the node answers "as before", but nothing was asked before');
      return;
    case 'unusable':
      settle(state, frame.id, {
        kind: 'unusable',
        because: UNUSABLE_WORDS[frame.because] ?? neutralise(frame.because),
      });
      return;
    case 'malformed':
      lose(state, `the node's answers make no sense: ${neutralise(frame.because)}`);
      return;
    case 'noise':
      if (frame.text.trim() !== '') state.noise = frame.text;
      // sudo asks again where nobody can answer, for as long as it is let.
      if (state.isPasswordGiven && !state.isReady && /try again|incorrect password/i.test(frame.text)) {
        state.options.declined();
        lose(state, 'sudo did not accept the password');
      }
      return;
    case 'hello':
      return;
    default:
      unreachable(frame);
  }
}

function settle(state: State, id: number, answered: Answered): void {
  const resolve = state.open.get(id);
  state.open.delete(id);
  resolve?.(answered);
}

async function ask(
  state: State,
  line: (id: number) => string,
  deadlineMs: number,
  whenLate: 'end-question' | 'end-session',
): Promise<Answered> {
  await state.ready.promise;
  const { clock } = state.options;
  if (state.over !== undefined) return { kind: 'lost', because: state.over };
  state.lastId += 1;
  const id = state.lastId;
  const { promise, resolve } = Promise.withResolvers<Answered>();
  let cancel = () => {};
  const wait = (): void => {
    cancel = clock.after(deadlineMs, () => {
      // Answers stand behind the output in one window of the link, and questions behind what is sent: until then none can be expected.
      if (state.follower.isHeld() || clock.nowMs() < state.sendingUntilMs) return wait();
      if (whenLate === 'end-session') return lose(state, `no answer within ${Math.round(deadlineMs / 1_000)} s`);
      state.session?.write(`K ${id}\n`);
      resolve({ kind: 'late' });
    });
  };
  if (Number.isFinite(deadlineMs)) wait();
  state.open.set(id, (answered) => {
    cancel();
    resolve(answered);
  });
  if (state.stopPing === undefined) {
    state.lastHeardMs = clock.nowMs();
    state.stopPing = clock.after(HAND_PING_MS, () => ping(state));
  }
  send(state, line(id));
  return promise;
}

function send(state: State, text: string): void {
  const seconds = Math.floor(Buffer.byteLength(text) / HAND_BYTES_PER_SEC);
  if (seconds > 0) state.sendingUntilMs = Math.max(state.sendingUntilMs, state.options.clock.nowMs()) + seconds * 1_000;
  state.session?.write(text);
}

/** While anything is awaited the node must give a sign of life: a cable that was pulled says nothing at all. */
function ping(state: State): void {
  const { clock } = state.options;
  state.stopPing = undefined;
  if (state.over !== undefined || state.open.size === 0) return;
  if (state.follower.isHeld()) state.lastHeardMs = clock.nowMs();
  const silentMs = clock.nowMs() - Math.max(state.lastHeardMs, state.sendingUntilMs);
  if (silentMs >= HAND_LOST_MS) {
    lose(state, `no answer for ${Math.round(silentMs / 1_000)} s`);
    return;
  }
  state.stopPing = clock.after(HAND_PING_MS, () => ping(state));
  state.lastId += 1;
  const id = state.lastId;
  state.open.set(id, () => {});
  state.session?.write(`P ${id}\n`);
}

/** The end, whatever brings it: all that is waited for is told. */
function lose(state: State, because: string): void {
  if (state.over !== undefined) return;
  const noise = neutralise(state.noise.trim());
  const isTold = state.isReady || noise === '' || because.includes(noise);
  state.over = isTold ? because : `${because}; it said: ${noise}`;
  state.stopHello();
  state.stopPing?.();
  for (const id of [...state.open.keys()]) settle(state, id, { kind: 'lost', because: state.over });
  state.follower.end(state.over);
  state.ready.resolve();
  state.session?.close();
}
