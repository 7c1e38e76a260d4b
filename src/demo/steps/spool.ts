import { LOCK_STALE_SEC } from '../../engine/limits.ts';
import { paceOf } from '../commands/doing.ts';
import { isKnown, playArgv } from '../commands/play.ts';
import type { World } from '../world.ts';
import { type Running, runDoing } from './run-doing.ts';

/** What a hand asks a node to run under a name. */
export interface StepOrder {
  readonly argv: readonly string[];
  readonly stdin: string;
  readonly isRoot: boolean;
  readonly timeoutMs: number;
}

/** The steps of one node since it booted, and its lock. Everything is answered in the words of the real program. */
export interface Spool {
  readonly start: (name: string, order: StepOrder) => string;
  /** Hands over output from this byte on; `onEnd` gets how it ended. The returned function stops listening. */
  readonly follow: (
    name: string,
    fromByte: number,
    onOutput: (bytes: Buffer) => void,
    onEnd: (said: string) => void,
  ) => () => void;
  readonly stop: (name: string) => string;
  readonly lock: (rollout: string, claim: string) => string;
  readonly unlock: (rollout: string) => void;
  readonly sweep: (rollout: string) => void;
}

/** Output kept of one step; what comes after is counted and dropped. */
const OUTPUT_BYTES = 4 * 1024 * 1024;

interface Step {
  readonly program: string;
  output: Buffer[];
  bytes: number;
  droppedBytes: number;
  running: Running | undefined;
  isLate: boolean;
  /** As the real program says it; undefined while it runs. */
  end: string | undefined;
  readonly listeners: Set<() => void>;
}

interface Boot {
  readonly bootId: string;
  readonly steps: Map<string, Step>;
  lock: { rollout: string; claim: string; aliveMs: number } | undefined;
}

const spools = new WeakMap<World, Map<string, Spool>>();

/** The spool of a node: one, whoever is connected. It lies in memory, so a boot empties it. */
export function spoolOf(world: World, name: string): Spool {
  const ofWorld = spools.get(world) ?? new Map<string, Spool>();
  spools.set(world, ofWorld);
  const spool = ofWorld.get(name) ?? createSpool(world, name);
  ofWorld.set(name, spool);
  return spool;
}

function createSpool(world: World, name: string): Spool {
  let boot: Boot = { bootId: '', steps: new Map(), lock: undefined };
  const now = (): Boot => {
    const bootId = world.node(name)?.bootId ?? '';
    if (boot.bootId !== bootId) boot = { bootId, steps: new Map(), lock: undefined };
    return boot;
  };
  return {
    start: (step, order) => {
      const { steps } = now();
      if (steps.has(step)) return 'known';
      const [program = ''] = order.argv;
      if (!isKnown(program)) return `refused no such program: ${program}`;
      steps.set(step, begin(world, name, now(), order));
      return 'started';
    },
    follow: (step, fromByte, onOutput, onEnd) => {
      const { steps } = now();
      const found = steps.get(step);
      if (found === undefined) {
        // Whoever is asked about a step nobody has seen must see to it that it never begins.
        steps.set(step, never());
        onEnd('unknown it never began here');
        return () => {};
      }
      return listen(found, fromByte, onOutput, onEnd);
    },
    stop: (step) => {
      const { steps } = now();
      const found = steps.get(step);
      if (found === undefined) steps.set(step, never());
      if (found === undefined || found.end !== undefined) return 'was-over';
      return found.running?.kill() === false ? `remains 4242 (${found.program}) in state D` : 'stopped';
    },
    lock: (rollout, told) => {
      const at = now();
      // Every name of the demo is a machine of its own, so its stage and name say nothing more.
      const claim = told.split(' ').slice(0, 3).join(' ');
      const nowMs = world.clock.nowMs();
      const { lock } = at;
      const isMine = lock?.rollout === rollout;
      const isAlive = lock !== undefined && nowMs - lock.aliveMs <= LOCK_STALE_SEC * 1_000;
      if (lock !== undefined && !isMine && isAlive) return `held ${lock.rollout} ${lock.claim}`;
      at.lock = { rollout, claim: isMine ? lock.claim : claim, aliveMs: nowMs };
      return 'locked';
    },
    unlock: (rollout) => {
      if (now().lock?.rollout === rollout) now().lock = undefined;
    },
    sweep: (rollout) => {
      const { steps } = now();
      for (const [step, { end }] of steps) if (end !== undefined && step.startsWith(`${rollout}-`)) steps.delete(step);
    },
  };
}

const never = (): Step => ({ ...newStep(''), end: 'unknown it never began here' });

const newStep = (program: string): Step => ({
  program,
  output: [],
  bytes: 0,
  droppedBytes: 0,
  running: undefined,
  isLate: false,
  end: undefined,
  listeners: new Set(),
});

function begin(world: World, name: string, { bootId }: Boot, { argv, stdin, isRoot, timeoutMs }: StepOrder): Step {
  const step = newStep(argv[0] ?? '');
  const node = world.node(name);
  const pace = node === undefined ? 1 : paceOf(node);
  const told = () => {
    for (const listener of [...step.listeners]) listener();
  };
  let cancel = () => {};
  step.running = runDoing(playArgv({ world, name, isRoot, stdin }, argv), {
    world,
    name,
    pace,
    isPowered: () => world.node(name)?.bootId === bootId,
    onSay: (text) => {
      write(step, Buffer.from(text));
      told();
    },
    onEnd: (end) => {
      cancel();
      const how = step.isLate ? 'timed-out -' : end.kind === 'killed' ? 'killed TERM' : `exited ${end.exitCode & 255}`;
      step.end = `${how} ${step.droppedBytes} ${step.bytes}`;
      told();
    },
  });
  if (step.end === undefined) {
    cancel = world.clock.after(timeoutMs, () => {
      step.isLate = true;
      step.running?.kill();
    });
  }
  return step;
}

function write(step: Step, bytes: Buffer): void {
  const kept = bytes.subarray(0, Math.max(0, OUTPUT_BYTES - step.bytes));
  step.droppedBytes += bytes.length - kept.length;
  step.bytes += kept.length;
  if (kept.length > 0) step.output.push(kept);
}

function listen(
  step: Step,
  fromByte: number,
  onOutput: (bytes: Buffer) => void,
  onEnd: (said: string) => void,
): () => void {
  if (fromByte > step.bytes) {
    onEnd('unknown it has said less here than was read before');
    return () => {};
  }
  let sent = fromByte;
  const tell = () => {
    if (step.bytes > sent) {
      const all = Buffer.concat(step.output);
      step.output = [all];
      onOutput(all.subarray(sent));
      sent = all.length;
    }
    if (step.end === undefined) return;
    step.listeners.delete(tell);
    onEnd(step.end);
  };
  step.listeners.add(tell);
  tell();
  return () => step.listeners.delete(tell);
}
