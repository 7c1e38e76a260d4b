// A simulated node behind the port `Hand`: files, a spool of steps that outlive links, boots, a lock. Its conditions ask for files only.
import type { Hand, Locked, Started, StepEnd, StepName, StepRun } from '../../src/engine/hand.ts';
import type { Clock, Random } from '../../src/engine/ports.ts';
import type { Need, Observed } from '../../src/model/check.ts';
import type { Condition, ConditionRules } from '../../src/model/condition.ts';
import type { NodeName } from '../../src/model/ids.ts';
import type { RolloutId } from '../../src/model/rollout.ts';

/** How often what goes wrong, from 0 to 1. */
export interface Trouble {
  readonly lost: number;
  readonly exit: number;
  readonly slow: number;
  readonly boot: number;
}

interface SpooledStep {
  end: StepEnd | undefined;
  readonly ended: PromiseWithResolvers<void>;
}

export interface SimNode {
  readonly name: NodeName;
  readonly files: Map<string, string>;
  /** Every command that really began, in order. */
  readonly began: StepName[];
  /** Commands that run now. */
  readonly running: Set<StepName>;
  lock: RolloutId | undefined;
  /** Nobody reaches it. */
  isAway: boolean;
  readonly boot: () => void;
  readonly hand: (isAlive: () => boolean) => Hand;
}

/** What a command does: `put PATH SUM` writes a file, `exit N` fails, `boot` boots the node, `sleep MS` takes its time. */
export function simNode(name: NodeName, clock: Clock, random: Random, trouble: Trouble): SimNode {
  let spool = new Map<StepName, SpooledStep>();
  let bootCount = 1;
  const later = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
  const latency = () => later(1 + random() * 20);
  /** The old runner's hands let go: their promises never settle, as those of a killed process. */
  const unlessDead = async <T>(isAlive: () => boolean, value: T): Promise<T> =>
    isAlive() ? value : new Promise<T>(() => {});

  const node: SimNode = {
    name,
    files: new Map(),
    began: [],
    running: new Set(),
    lock: undefined,
    isAway: false,
    boot: () => {
      for (const { ended } of spool.values()) ended.resolve();
      spool = new Map();
      node.running.clear();
      node.lock = undefined;
      bootCount += 1;
    },
    hand: (isAlive) => {
      const isLost = () => node.isAway || random() < trouble.lost;
      return {
        look: async (_needs: readonly Need[]) => {
          await latency();
          if (isLost()) return unlessDead(isAlive, { kind: 'unreachable', because: 'connection lost' } as const);
          const seen: Observed = {
            atMs: clock.nowMs(),
            facts: { identity: { bootId: `boot-${bootCount}` } } as unknown as Observed['facts'],
            checks: new Map(
              [...node.files].map(([path, sum]) => [`file ${path}`, { kind: 'file', sha256: sum }]),
            ) as unknown as Observed['checks'],
            failed: new Map(),
            absent: new Map(),
          };
          return unlessDead(isAlive, { kind: 'seen', seen } as const);
        },
        start: async (run: StepRun): Promise<Started> => {
          await latency();
          if (!isAlive()) return new Promise(() => {});
          if (isLost()) return { kind: 'lost', because: 'connection lost' };
          const isKnown = spool.has(run.name);
          if (!isKnown) begin(run);
          await latency();
          // The answer may be lost after the step has begun.
          return unlessDead(
            isAlive,
            isLost() ? { kind: 'lost', because: 'connection lost' } : { kind: isKnown ? 'known' : 'started' },
          );
        },
        newest: async () => undefined,
        follow: async (step, fromByte, onOutput): Promise<StepEnd> => {
          await latency();
          if (!isAlive()) return new Promise(() => {});
          if (isLost()) return { kind: 'lost', because: 'connection lost' };
          const known = spool.get(step);
          if (known === undefined) return { kind: 'unknown', because: 'the node does not know it' };
          await known.ended.promise;
          if (!isAlive()) return new Promise(() => {});
          if (!spool.has(step) || isLost()) return { kind: 'lost', because: 'connection lost' };
          onOutput(Buffer.from(`${step} says so\n`).subarray(fromByte));
          return known.end ?? { kind: 'lost', because: 'connection lost' };
        },
        stop: async (step) => {
          await latency();
          if (!isAlive()) return new Promise(() => {});
          if (isLost()) return { kind: 'lost', because: 'connection lost' };
          const known = spool.get(step);
          if (known === undefined || known.end !== undefined) return { kind: 'was-over' };
          end(step, { kind: 'killed', signal: 'KILL', droppedBytes: 0 });
          return { kind: 'stopped' };
        },
        lock: async ({ rollout }): Promise<Locked> => {
          await latency();
          if (!isAlive()) return new Promise(() => {});
          if (isLost()) return { kind: 'lost', because: 'connection lost' };
          if (node.lock !== undefined && node.lock !== rollout) return { kind: 'held', by: 'somebody else' };
          node.lock = rollout;
          return { kind: 'locked' };
        },
        unlock: async () => {
          await latency();
          if (!isAlive()) return new Promise(() => {});
          if (!isLost()) node.lock = undefined;
          return undefined;
        },
        sweep: () => Promise.resolve(true),
        isRoot: () => true,
        close: () => {},
      };
    },
  };

  function begin({ name: step, command, timeoutMs }: StepRun): void {
    spool.set(step, { end: undefined, ended: Promise.withResolvers() });
    node.began.push(step);
    node.running.add(step);
    const takesMs = random() < trouble.slow ? timeoutMs * 2 : 50 + random() * 3_000;
    const boots = random() < trouble.boot;
    clock.after(boots ? takesMs / 2 : Math.min(takesMs, timeoutMs), () => {
      if (!node.running.has(step)) return;
      if (boots) return node.boot();
      if (takesMs > timeoutMs) return end(step, { kind: 'timed-out', droppedBytes: 0 });
      if (random() < trouble.exit) return end(step, { kind: 'exited', exitCode: 1, droppedBytes: 0 });
      const [verb, path = '', sum = ''] = command.argv;
      if (verb === 'put') node.files.set(path, sum);
      end(step, { kind: 'exited', exitCode: 0, droppedBytes: 0 });
    });
  }

  function end(step: StepName, how: StepEnd): void {
    node.running.delete(step);
    const known = spool.get(step);
    if (known === undefined || known.end !== undefined) return;
    known.end = how;
    known.ended.resolve();
  }
  return node;
}

/** Rules that know files, which is all a simulated node has. */
export const fileConditions = {
  file: {
    needs: ({ path }: { path: string }): readonly Need[] => [{ kind: 'check', check: 'file', target: path }],
    judge: ({ path, sha256 }: Extract<Condition, { kind: 'file' }>, seen: Observed) => {
      const found = seen.checks.get(`file ${path}`) as { readonly sha256?: string } | undefined;
      return found?.sha256 === sha256
        ? { kind: 'holds' as const }
        : { kind: 'fails' as const, because: `${path} holds ${found?.sha256 ?? 'nothing'}` };
    },
    words: ({ path }: { path: string }) => `${path} is written`,
  },
} as unknown as ConditionRules;
