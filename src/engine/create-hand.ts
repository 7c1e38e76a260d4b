import type { Command } from '../model/command.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { NodeName } from '../model/ids.ts';
import type { Hand, LockClaim, Locked, StepRun } from './hand.ts';
import { look } from './hand-look.ts';
import { askNewest } from './hand-newest.ts';
import { composeHandProgram, type HandProgram } from './hand-program.ts';
import { type Answered, parseLocked, parseStarted, parseStopped, startLine } from './hand-protocol.ts';
import { type HandSession, openHandSession } from './hand-session.ts';
import { HAND_ANSWER_MS, STEP_INPUT_BYTES } from './limits.ts';
import type { Clock, Transport } from './ports.ts';
import { encodeTarget } from './target.ts';

/** What a hand works with besides the node. */
export interface HandParts extends HandProgram {
  readonly clock: Clock;
  readonly isRising?: boolean;
  /** Asked with sudo's own words where sudo wants a password; it is kept in memory for as long as the hand is. Without it, `-n` is final. */
  readonly askPassword?: (node: string, words: string) => Promise<string | undefined>;
}

/** A hand on a node. It connects when it is first needed, and again when it is needed after a link was lost. */
export function createHand(transport: Transport, endpoint: Endpoint, parts: HandParts): Hand {
  const { clock, probes, checks } = parts;
  const { reach, whyNotSame, isRoot, close } = keepSession(transport, endpoint, parts);
  const order = async (line: (id: number) => string): Promise<string | { readonly lost: string }> =>
    wordsOf((await reach()?.ask(line, HAND_ANSWER_MS, 'end-session')) ?? CLOSED);

  return {
    look: async (needs) => {
      const reached = reach();
      if (reached === undefined) return { kind: 'unreachable', because: CLOSED.because };
      return look({ session: reached, clock, probes, checks }, needs);
    },
    start: async (run) => {
      const because = whyNotRun(run);
      if (because !== undefined) return { kind: 'refused', because };
      const line = startLine(run);
      return told(await order((id) => `S ${id} ${line}`), parseStarted);
    },
    follow: async (name, fromByte, onOutput, wasRoot) =>
      (await whyNotSame(wasRoot)) ?? (await reach()?.follow(name, fromByte, onOutput)) ?? CLOSED,
    newest: (name) => askNewest(reach(), name),
    stop: async (name, wasRoot) =>
      (await whyNotSame(wasRoot)) ?? told(await order((id) => `T ${id} ${name}\n`), parseStopped),
    isRoot,
    lock: async (claim) => {
      const line = lockLine(claim, endpoint.node, clock.nowMs());
      return told<Locked>(await order((id) => `L ${id} ${line}\n`), (said) => parseLocked(said, timeOf));
    },
    unlock: async (rollout) => forget(await order((id) => `U ${id} ${rollout}\n`)),
    sweep: async (rollout) => typeof (await order((id) => `W ${id} ${rollout}\n`)) === 'string',
    close,
  };
}

/** The session of a hand: opened when it is needed, and anew after a link was lost. */
interface KeptSession {
  /** Undefined once the hand is closed. */
  readonly reach: () => HandSession | undefined;
  /** Why what was started with other rights cannot be asked about now. The next try asks sudo anew. */
  readonly whyNotSame: (
    wasRoot: boolean | undefined,
  ) => Promise<{ readonly kind: 'lost'; readonly because: string } | undefined>;
  readonly isRoot: () => boolean | undefined;
  readonly close: () => void;
}

function keepSession(transport: Transport, endpoint: Endpoint, parts: HandParts): KeptSession {
  const program = composeHandProgram(parts);
  let session: HandSession | undefined;
  let password: string | undefined;
  let isClosed = false;
  let isRoot: boolean | undefined;
  const reach = (): HandSession | undefined => {
    if (isClosed) return undefined;
    if (session !== undefined && !session.isOver()) return session;
    const opened = openHandSession({
      transport,
      endpoint,
      clock: parts.clock,
      program,
      ...(parts.isRising === undefined ? {} : { isRising: parts.isRising }),
      password: async (words) => {
        password ??= await parts.askPassword?.(endpoint.node, words).catch(() => undefined);
        return password;
      },
      declined: () => {
        password = undefined;
      },
    });
    session = opened;
    void opened.rights().then((rights) => {
      isRoot = rights?.isRoot ?? isRoot;
    });
    return opened;
  };
  return {
    reach,
    whyNotSame: async (wasRoot) => {
      const reached = reach();
      if (reached === undefined) return CLOSED;
      const rights = wasRoot === undefined ? undefined : await reached.rights();
      if (rights === undefined || rights.isRoot === wasRoot) return undefined;
      reached.close();
      const because = rights.isRoot
        ? 'it was started by the login user, and this hand is root now'
        : `it was started as root, and root is refused now: ${rights.because || 'no reason was given'}`;
      return { kind: 'lost', because };
    },
    isRoot: () => isRoot,
    close: () => {
      isClosed = true;
      password = undefined;
      session?.close();
    },
  };
}

const CLOSED = { kind: 'lost', because: 'the hand is closed' } as const;

function told<T>(
  said: string | { readonly lost: string },
  parse: (said: string) => T,
): T | { readonly kind: 'lost'; readonly because: string } {
  return typeof said === 'string' ? parse(said) : { kind: 'lost', because: said.lost };
}

const forget = (_said: unknown): void => {};

function wordsOf(answered: Answered): string | { readonly lost: string } {
  if (answered.kind === 'answer') return answered.frame.stdout;
  return { lost: answered.kind === 'late' ? 'no answer' : answered.because };
}

const lockLine = ({ rollout, author, reason, stage }: LockClaim, node: NodeName, nowMs: number): string => {
  const from = author.from === undefined ? '' : ` (${author.from})`;
  const who = encodeTarget(`${author.user}@${author.host}${from}`);
  return `${rollout} ${Math.round(nowMs)} ${who} ${encodeTarget(reason.slice(0, 200))} ${stage === undefined ? 'driven -' : `${stage} ${encodeTarget(node)}`}`;
};

/** `14:03`, in the operator's own time. */
const timeOf = (atMs: number): string => new Date(atMs).toTimeString().slice(0, 5);

/** What no node could do, or nobody should ask of one. */
function whyNotRun({ name, command }: StepRun): string | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,80}$/.test(name)) return `${JSON.stringify(name)} cannot name a step`;
  if ([...command.argv, ...(command.onDisk ?? [])].some((word) => word.includes('\0')))
    return 'an argument holds a NUL byte';
  if (Buffer.byteLength(command.stdin ?? '') > STEP_INPUT_BYTES)
    return `its input is longer than ${STEP_INPUT_BYTES / 1024 / 1024} MiB`;
  return isSecretShown(command)
    ? 'a secret stands in its arguments, where everybody on the node could read it'
    : undefined;
}

const isSecretShown = ({ argv, secrets = [] }: Command): boolean =>
  secrets.some((secret) => secret !== '' && argv.some((word) => word.includes(secret)));
