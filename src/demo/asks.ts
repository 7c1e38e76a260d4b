import type { Answerer, Asked, Columns, Reply } from './answers/reply.ts';
import { childFrames, garble, inlineFrame, sumOf } from './frames.ts';
import type { ProgramOutput } from './program.ts';
import type { World } from './world.ts';

/** The questions of one channel that are being answered. */
export interface Asks {
  readonly ask: (question: Question) => void;
  readonly kill: (id: string) => void;
  readonly setPrivilege: (privilege: Asked['privilege']) => void;
  /** Sends a frame, as garbage where the node sends such; later where it is slow. */
  readonly send: (write: (data: string | Buffer) => void, frame: string) => void;
  readonly whenDue: (due: () => void) => void;
  readonly end: () => void;
}

/** One question as it was asked: of which node's part, and what the console holds already. */
export interface Question {
  readonly id: string;
  readonly name: string;
  readonly sum: string;
  readonly target: string;
  readonly answerer: Answerer;
  /** Answered between two requests, on stdout. */
  readonly isInline: boolean;
}

/** Answers beyond this are refused, as the real program does. */
const ANSWER_BYTES = 1024 * 1024;
/** Children a program runs at once; a console has one for each question and mount. */
const MAX_CHILDREN = 512;
/** Exit code of a child that SIGKILL ended. */
const KILLED = 137;

/** A text to send with its checksum, which is costly for long ones, or nothing yet. */
type Ready = (Extract<Reply, { kind: 'text' }> & { readonly sum: string }) | Extract<Reply, { kind: 'blocked' }>;

/** A question that is being answered: waiting for a slow node, or blocked in the driver or the kernel. */
interface Child {
  readonly id: string;
  readonly sum: string;
  readonly attempt: () => Ready;
  isBlocked: boolean;
  isKilled: boolean;
}

interface Desk {
  readonly world: World;
  readonly name: string;
  readonly columns: Columns;
  readonly output: ProgramOutput;
  readonly children: Map<string, Child>;
  /** Answers that stay the same as long as the world's version does. */
  readonly still: Map<string, { readonly version: number; readonly ready: Ready }>;
  privilege: Asked['privilege'];
  framesSent: number;
  isOver: boolean;
}

/** Answers the questions of one channel from the node's state. */
export function createAsks(world: World, name: string, columns: Columns, output: ProgramOutput): Asks {
  const desk: Desk = {
    world,
    name,
    columns,
    output,
    children: new Map(),
    still: new Map(),
    privilege: 'none',
    framesSent: 0,
    isOver: false,
  };
  const unwatch = world.watch(name, () => {
    for (const child of [...desk.children.values()]) if (child.isBlocked) settle(desk, child);
  });
  return {
    ask: (question) => ask(desk, question),
    kill: (id) => kill(desk, id),
    setPrivilege: (privilege) => {
      desk.privilege = privilege;
    },
    send: (write, frame) => send(desk, write, frame),
    whenDue: (due) => whenDue(desk, due),
    end: () => {
      desk.isOver = true;
      desk.children.clear();
      unwatch();
    },
  };
}

function whenDue(desk: Desk, due: () => void): void {
  const { world, name } = desk;
  const delayMs = world.node(name)?.ailments.answerDelayMs ?? 0;
  if (delayMs === 0) due();
  else world.clock.after(delayMs, () => desk.isOver || due());
}

function ask(desk: Desk, { id, name, sum, target, answerer, isInline }: Question): void {
  const { children, output } = desk;
  const attempt = () => answerNow(desk, answerer, name, target);
  if (isInline) {
    whenDue(desk, () => send(desk, output.stdout, inlineFrames(id, sum, attempt())));
    return;
  }
  if (children.size >= MAX_CHILDREN) {
    send(desk, output.stderr, `! ${id} too-many\n`);
    return;
  }
  const child: Child = { id, sum, attempt, isBlocked: false, isKilled: false };
  children.set(id, child);
  whenDue(desk, () => settle(desk, child));
}

function kill(desk: Desk, id: string): void {
  const child = desk.children.get(id);
  if (child === undefined) return;
  child.isKilled = true;
  // On a slow node the end of a killed child is as late as its answer would have been.
  if (child.isBlocked) settle(desk, child);
}

/** Ends a child that can end: with its answer, or with the signal that killed it. */
function settle(desk: Desk, child: Child): void {
  const ready = child.attempt();
  child.isBlocked = ready.kind === 'blocked';
  if (ready.kind === 'blocked' && !(child.isKilled && ready.isKillable)) return;
  desk.children.delete(child.id);
  send(desk, desk.output.stderr, endFrames(child, ready));
}

function endFrames({ id, sum, isKilled }: Child, ready: Ready): string {
  if (isKilled || ready.kind === 'blocked') return `E ${id} ${KILLED} -\n`;
  if (ready.text.length > ANSWER_BYTES) return `! ${id} too-long\n`;
  return ready.sum === sum ? `S ${id}\n` : childFrames(id, ready.exitCode, ready.text, ready.sum);
}

/** Nothing while the main loop itself is blocked. */
function inlineFrames(id: string, sum: string, ready: Ready): string {
  if (ready.kind === 'blocked') return '';
  if (ready.text.length > ANSWER_BYTES) return `! ${id} too-long\n`;
  return ready.sum === sum ? `~ ${id}\n` : inlineFrame(id, ready.exitCode, ready.text, ready.sum);
}

function answerNow(desk: Desk, answerer: Answerer, question: string, target: string): Ready {
  const { world, name, still, privilege, columns } = desk;
  const node = world.node(name);
  if (node === undefined) return { kind: 'blocked', isKillable: false };
  const key = `${question} ${privilege}`;
  const kept = answerer.isStill ? still.get(key) : undefined;
  if (kept?.version === world.version()) return kept.ready;
  const reply = answerer.answer({ node, world, nowMs: world.clock.nowMs(), privilege, target, columns });
  const ready = reply.kind === 'blocked' ? reply : { ...reply, sum: sumOf(reply.exitCode, reply.text) };
  if (answerer.isStill) still.set(key, { version: world.version(), ready });
  return ready;
}

function send(desk: Desk, write: (data: string | Buffer) => void, frame: string): void {
  if (frame === '' || desk.isOver) return;
  const node = desk.world.node(desk.name);
  desk.framesSent++;
  write(node?.ailments.sendsGarbage ? garble(frame, node.seed, desk.framesSent) : frame);
}

/** Undoes the console's encoding of a target: bytes as a backslash and four octal digits, the first of them 0. */
export function decodeTarget(encoded: string): string {
  const bytes = encoded.replace(/\\0([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
