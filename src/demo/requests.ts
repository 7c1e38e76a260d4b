import { ANSWERERS } from './answers/registry.ts';
import type { Answerer, Asked, Columns, Reply } from './answers/reply.ts';
import { childFrames, garble, helloFrame, inlineFrame, sumOf } from './frames.ts';
import type { ProgramOutput } from './program.ts';
import type { World } from './world.ts';

/** The request loop of one simulated program. */
export interface Requests {
  readonly feed: (chunk: Buffer) => void;
  readonly end: () => void;
}

/** Answers beyond this are refused, as the real program does. */
const ANSWER_BYTES = 1024 * 1024;
/** A console that sends a longer line than this is not one. */
const REQUEST_CHARS = 16 * 1024;
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

/** One running program. */
interface Loop {
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

/** Reads request lines and writes answers, until `Q`, until the console hangs up, or until the node is lost. */
export function serveRequests(world: World, name: string, columns: Columns, output: ProgramOutput): Requests {
  const loop: Loop = {
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
    for (const child of [...loop.children.values()]) if (child.isBlocked) settle(loop, child);
  });
  const end = () => {
    loop.isOver = true;
    loop.children.clear();
    unwatch();
  };
  let partial = '';
  output.stdout(helloFrame(1000 + ((world.node(name)?.seed ?? 0) % 30_000)));
  return {
    feed: (chunk) => {
      const lines = (partial + chunk.toString('utf8')).split('\n');
      partial = (lines.pop() ?? '').slice(-REQUEST_CHARS);
      for (const line of lines) {
        if (loop.isOver) return;
        if (line !== 'Q') request(loop, line);
        else {
          end();
          output.ended(0);
        }
      }
    },
    end,
  };
}

function request(loop: Loop, line: string): void {
  const [verb, id = '', question = '', sum = '-', target = ''] = line.split(' ');
  if (verb === 'A') ask(loop, id, question, sum, decodeTarget(target));
  if (verb === 'K') kill(loop, id);
  if (verb === 'V') loop.privilege = id === 'root' || id === 'sudo' ? id : 'none';
}

function ask(loop: Loop, id: string, question: string, sum: string, target: string): void {
  const { world, name, children, output } = loop;
  const answerer = ANSWERERS.get(question);
  if (answerer === undefined) {
    send(loop, output.stdout, `! ${id} unknown\n`);
    return;
  }
  const attempt = () => answerNow(loop, answerer, question, target);
  const delayMs = world.node(name)?.ailments.answerDelayMs ?? 0;
  const whenDue = (due: () => void) => {
    if (delayMs === 0) due();
    else world.clock.after(delayMs, () => loop.isOver || due());
  };
  if (answerer.isInline) {
    whenDue(() => send(loop, output.stdout, inlineFrames(id, sum, attempt())));
    return;
  }
  if (children.size >= MAX_CHILDREN) {
    send(loop, output.stderr, `! ${id} too-many\n`);
    return;
  }
  const child: Child = { id, sum, attempt, isBlocked: false, isKilled: false };
  children.set(id, child);
  whenDue(() => settle(loop, child));
}

function kill(loop: Loop, id: string): void {
  const child = loop.children.get(id);
  if (child === undefined) return;
  child.isKilled = true;
  // On a slow node the end of a killed child is as late as its answer would have been.
  if (child.isBlocked) settle(loop, child);
}

/** Ends a child that can end: with its answer, or with the signal that killed it. */
function settle(loop: Loop, child: Child): void {
  const ready = child.attempt();
  child.isBlocked = ready.kind === 'blocked';
  if (ready.kind === 'blocked' && !(child.isKilled && ready.isKillable)) return;
  loop.children.delete(child.id);
  send(loop, loop.output.stderr, endFrames(child, ready));
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

function answerNow(loop: Loop, answerer: Answerer, question: string, target: string): Ready {
  const { world, name, still, privilege, columns } = loop;
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

function send(loop: Loop, write: (data: string | Buffer) => void, frame: string): void {
  if (frame === '') return;
  const node = loop.world.node(loop.name);
  loop.framesSent++;
  write(node?.ailments.sendsGarbage ? garble(frame, node.seed, loop.framesSent) : frame);
}

/** Undoes the console's encoding of a target: bytes as a backslash and four octal digits, the first of them 0. */
function decodeTarget(encoded: string): string {
  const bytes = encoded.replace(/\\0([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
