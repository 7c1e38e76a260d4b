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
/** Exit code of a child that SIGKILL ended. */
const KILLED = 137;

/** A question that is being answered: waiting for a slow node, or blocked in the driver or the kernel. */
interface Pending {
  readonly id: string;
  readonly sum: string;
  readonly attempt: () => Reply;
  cancelTimer: () => void;
  isBlocked: boolean;
  isKilled: boolean;
}

/** Reads request lines and writes answers, until `Q`, until the console hangs up, or until the node is lost. */
export function serveRequests(world: World, name: string, columns: Columns, output: ProgramOutput): Requests {
  const pending = new Map<string, Pending>();
  const still = new Map<string, { readonly version: number; readonly reply: Reply }>();
  let privilege: Asked['privilege'] = 'none';
  let partial = '';
  let step = 0;
  let isOver = false;

  const send = (write: (data: string | Buffer) => void, frame: string) => {
    const node = world.node(name);
    step++;
    write(node?.ailments.sendsGarbage ? garble(frame, node.seed, step) : frame);
  };

  const answerNow = (answerer: Answerer, question: string, target: string): Reply => {
    const node = world.node(name);
    if (node === undefined) return { kind: 'blocked', isKillable: false };
    const key = `${question} ${privilege} ${target}`;
    const kept = answerer.isStill ? still.get(key) : undefined;
    if (kept?.version === world.version()) return kept.reply;
    const reply = answerer.answer({ node, world, nowMs: world.clock.nowMs(), privilege, target, columns });
    if (answerer.isStill) still.set(key, { version: world.version(), reply });
    return reply;
  };

  const sendInline = (id: string, sum: string, reply: Reply) => {
    if (reply.kind === 'blocked') return;
    if (Buffer.byteLength(reply.text) > ANSWER_BYTES) return send(output.stdout, `! ${id} too-long\n`);
    const isSame = sumOf(reply.exitCode, reply.text) === sum;
    send(output.stdout, isSame ? `~ ${id}\n` : inlineFrame(id, reply.exitCode, reply.text));
  };

  const sendChild = (id: string, sum: string, reply: Extract<Reply, { kind: 'text' }>) => {
    if (reply.text.length > ANSWER_BYTES) return send(output.stderr, `! ${id} too-long\n`);
    const isSame = sumOf(reply.exitCode, reply.text) === sum;
    send(output.stderr, isSame ? `S ${id}\n` : childFrames(id, reply.exitCode, reply.text));
  };

  const settle = (child: Pending) => {
    const reply = child.attempt();
    child.isBlocked = reply.kind === 'blocked';
    if (reply.kind === 'blocked' && !(child.isKilled && reply.isKillable)) return;
    pending.delete(child.id);
    if (child.isKilled || reply.kind === 'blocked') return send(output.stderr, `E ${child.id} ${KILLED} -\n`);
    sendChild(child.id, child.sum, reply);
  };

  const ask = (id: string, question: string, sum: string, target: string) => {
    const answerer = ANSWERERS.get(question);
    if (answerer === undefined) return send(output.stdout, `! ${id} unknown\n`);
    const attempt = () => answerNow(answerer, question, target);
    const delayMs = world.node(name)?.ailments.answerDelayMs ?? 0;
    const whenDue = (due: () => void) => (delayMs === 0 ? due() : world.clock.after(delayMs, () => isOver || due()));
    if (answerer.isInline) return void whenDue(() => sendInline(id, sum, attempt()));

    const child: Pending = { id, sum, attempt, cancelTimer: () => {}, isBlocked: false, isKilled: false };
    pending.set(id, child);
    child.cancelTimer = whenDue(() => settle(child)) ?? child.cancelTimer;
  };

  const kill = (id: string) => {
    const child = pending.get(id);
    if (child === undefined) return;
    child.isKilled = true;
    // On a slow node the end of a killed child is as late as its answer would have been.
    if (child.isBlocked) settle(child);
  };

  const end = () => {
    isOver = true;
    unwatch();
    for (const child of pending.values()) child.cancelTimer();
    pending.clear();
  };

  const request = (line: string) => {
    const [verb = '', id = '', question = '', sum = '-', target = ''] = line.split(' ');
    if (verb === 'A') return ask(id, question, sum, decodeTarget(target));
    if (verb === 'K') return kill(id);
    if (verb === 'V') privilege = id === 'root' || id === 'sudo' ? id : 'none';
    if (verb !== 'Q') return;
    end();
    output.ended(0);
  };

  const unwatch = world.watch(name, () => {
    for (const child of [...pending.values()]) if (child.isBlocked) settle(child);
  });
  output.stdout(helloFrame(1000 + ((world.node(name)?.seed ?? 0) % 30_000)));
  return {
    feed: (chunk) => {
      const lines = (partial + chunk.toString('utf8')).split('\n');
      partial = (lines.pop() ?? '').slice(-REQUEST_CHARS);
      for (const line of lines) if (!isOver) request(line);
    },
    end,
  };
}

/** Undoes the console's encoding of a target: bytes as a backslash and four octal digits, the first of them 0. */
function decodeTarget(encoded: string): string {
  const bytes = encoded.replace(/\\0([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
