// One seeded rollout over simulated nodes, with an operator who interferes and a runner that is killed and taken over.
import { setImmediate } from 'node:timers/promises';
import { driveRollout, type RolloutDrive } from '../../src/engine/run-rollout.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Job, Plan, Stage, Step } from '../../src/model/plan.ts';
import type { Rollout, RolloutEvent, RolloutLimits, RolloutRecord } from '../../src/model/rollout.ts';
import { rolloutId } from '../../src/model/rollout.ts';
import { foldJournal } from '../../src/model/rollout-fold.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { fileConditions, type SimNode, simNode, type Trouble } from './hand-node.ts';
import { seeded } from './random.ts';

const ID = rolloutId('20261122-103015-k3f9');
export const OPERATOR = { user: 'ada', host: 'desk' };

/** What one seed came to. */
export interface Story {
  readonly journal: readonly RolloutRecord[];
  readonly rollout: Rollout;
  readonly nodes: ReadonlyMap<string, SimNode>;
  /** Runners that were killed. */
  readonly kills: number;
  /** Rules that were broken on the way, in words. */
  readonly broken: readonly string[];
}

export interface StoryOptions {
  /** The runner is killed as soon as the journal has this many records. */
  readonly killAt?: number;
  /** Without chance of trouble, interference or kills. */
  readonly isCalm?: boolean;
}

/** Plays a seed to its end. */
export async function play(seed: number, { killAt, isCalm = false }: StoryOptions = {}): Promise<Story> {
  const random = seeded(seed);
  const clock = createFakeClock();
  const trouble: Trouble = isCalm
    ? { lost: 0, exit: 0, slow: 0, boot: 0 }
    : { lost: random() * 0.2, exit: random() * 0.15, slow: random() * 0.1, boot: random() * 0.1 };
  const { plan, limits, nodes } = worldOf(random, clock, trouble);
  const journal: RolloutRecord[] = [];
  const broken: string[] = [];
  const write = (event: RolloutEvent): RolloutRecord => {
    const record: RolloutRecord = { seq: journal.length + 1, atMs: clock.nowMs(), ...event };
    broken.push(...brokenBy(journal, record, kills));
    journal.push(record);
    return record;
  };
  let kills = 0;
  write({ kind: 'requested', id: ID, action: 'sim', input: {}, author: OPERATOR });
  write({ kind: 'planned', plan });
  write({ kind: 'started', author: OPERATOR, limits });

  let left = isCalm || killAt !== undefined ? 0 : Math.floor(random() * 3);
  let isKillDue = killAt !== undefined;
  for (;;) {
    let isAlive = true;
    const drive = startRunner(foldOf(journal), clock, nodes, write, () => isAlive);
    let end: Rollout | undefined;
    void drive.ended.then((rollout) => {
      end = rollout;
    });
    for (let turn = 0; end === undefined; turn++) {
      await setImmediate();
      if (end !== undefined) break;
      const isDue = (isKillDue && journal.length >= (killAt ?? 0)) || (left > 0 && random() < 0.01);
      if (isDue) break;
      if (!isCalm && random() < 0.01) void drive.request(interference(random, drive, limits, [...nodes.keys()]));
      if (drive.now().phase === 'paused' && random() < 0.2) void drive.request({ kind: 'resume', author: OPERATOR });
      if (!isCalm && random() < 0.002) for (const node of nodes.values()) node.isAway = random() < 0.2;
      if (!clock.toNext() && drive.now().phase !== 'paused') throw new Error(`seed ${seed}: nothing happens any more`);
      if (turn > 200_000) throw new Error(`seed ${seed}: the rollout does not end`);
    }
    if (end !== undefined) return { journal, rollout: end, nodes, kills, broken };
    isAlive = false;
    isKillDue = false;
    left -= 1;
    kills += 1;
    write({ kind: 'taken-over', author: OPERATOR });
  }
}

const foldOf = (journal: readonly RolloutRecord[]): Rollout => {
  const rollout = foldJournal(journal);
  if (rollout === undefined) throw new Error('there is no rollout');
  return rollout;
};

function startRunner(
  rollout: Rollout,
  clock: FakeClock,
  nodes: ReadonlyMap<string, SimNode>,
  write: (event: RolloutEvent) => RolloutRecord,
  isAlive: () => boolean,
): RolloutDrive {
  const hands = new Map([...nodes].map(([name, node]) => [name, node.hand(isAlive)]));
  return driveRollout(rollout, {
    conditions: fileConditions,
    clock,
    hand: (node) => {
      const hand = hands.get(node);
      if (hand === undefined) throw new Error(`no node ${node}`);
      return hand;
    },
    here: () => {
      throw new Error('nothing runs here');
    },
    append: (event) => {
      // A dead runner writes nothing: what it still does in this process is not heard.
      if (!isAlive()) return { record: { seq: 0, atMs: 0, kind: 'ended' }, synced: new Promise(() => {}) };
      return { record: write(event), synced: new Promise((resolve) => void clock.after(3, resolve)) };
    },
    logs: { at: () => 0, write: () => 0, pour: () => {}, settle: async () => 0 },
    says: () => {},
  });
}

function interference(random: () => number, drive: RolloutDrive, limits: RolloutLimits, names: readonly string[]) {
  const chance = random();
  const author = OPERATOR;
  if (chance < 0.3) return { kind: 'pause', author } as const;
  if (chance < 0.4) return { kind: 'abort', author } as const;
  const node = nodeName(names[Math.floor(random() * names.length)] ?? '');
  if (chance < 0.7) return { kind: 'skip', author, node } as const;
  const wider = { ...limits, maxUnavailable: 1 + Math.floor(random() * 4), maxFailures: Math.floor(random() * 4) };
  return { kind: 'limit', author, limits: drive.now().limits === undefined ? limits : wider } as const;
}

function worldOf(random: () => number, clock: FakeClock, trouble: Trouble) {
  const upTo = (most: number) => 1 + Math.floor(random() * most);
  const names = Array.from({ length: upTo(8) }, (_, index) => nodeName(`n${index + 1}`));
  const nodes = new Map(names.map((name) => [String(name), simNode(name, clock, random, trouble)]));
  const stages = Array.from({ length: upTo(3) }, (_, stage): Stage => {
    const members = names.filter((_, index) => index === 0 || random() < 0.8);
    const jobs = members.map(
      (node): Job => ({
        node,
        steps: [
          stepOf(random, stage, 0),
          ...Array.from({ length: upTo(3) - 1 }, (_, at) => stepOf(random, stage, at + 1)),
        ],
      }),
    );
    const [first, ...others] = jobs;
    if (first === undefined) throw new Error('a stage without a job');
    return {
      title: `stage ${stage}`,
      jobs: [first, ...others],
      ...(random() < 0.3 ? { maxAtOnce: 1 } : {}),
    };
  });
  for (const { jobs } of stages)
    for (const { node, steps } of jobs)
      for (const { run } of steps) if (random() < 0.15) nodes.get(node)?.files.set(run.argv[1] ?? '', 'new');
  const [first, ...others] = stages;
  if (first === undefined) throw new Error('a plan without a stage');
  const plan: Plan = { kind: 'change', title: 'sim', stages: [first, ...others], already: [], refused: [] };
  return { plan, nodes, limits: { canary: upTo(2), maxUnavailable: upTo(4), maxFailures: Math.floor(random() * 4) } };
}

function stepOf(random: () => number, stage: number, at: number): Step {
  const path = `/${stage}-${at}`;
  const base = {
    title: `write ${path}`,
    run: { argv: ['put', path, 'new'] as const },
    as: 'root',
    timeoutMs: 5_000,
    preview: [],
    undo: { never: 'it is a simulation' },
    warnings: [],
  } as const;
  const done = [{ kind: 'file', path: path as never, sha256: 'new' }] as const;
  if (random() < 0.3) return { ...base, risk: 'changes', guard: [], done: 'exit-code' };
  return random() < 0.3
    ? {
        ...base,
        risk: 'destroys-data',
        guard: done.map((each) => ({ ...each, path: '/never' as never, sha256: undefined as never })) as never,
        done,
      }
    : { ...base, risk: 'changes', guard: [], done };
}

/** Rules about what may be written after what. */
function brokenBy(journal: readonly RolloutRecord[], record: RolloutRecord, kills: number): readonly string[] {
  const rollout = foldJournal(journal);
  if (rollout === undefined || record.kind !== 'step-starting') return [];
  const broken: string[] = [];
  if (rollout.phase === 'aborting') broken.push(`${record.node} starts after the abort`);
  if (rollout.phase === 'ended') broken.push(`${record.node} starts after the end`);
  const job = rollout.stages[record.stage]?.find(({ node }) => node === record.node);
  if (job?.state === 'skipped') broken.push(`${record.node} starts although it was taken out`);
  const before = rollout.stages.slice(0, record.stage).flat();
  if (before.some(({ state }) => state !== 'succeeded' && state !== 'skipped'))
    broken.push(`stage ${record.stage} starts before the one before it is verified`);
  if (job?.state !== 'queued') return broken;
  const out = rollout.stages
    .flat()
    .filter(
      ({ state, node }) =>
        state === 'running' ||
        (['failed', 'timed-out', 'unknown'].includes(state) && !rollout.accepted?.includes(node)),
    );
  const limit = highestLimit(journal);
  if (out.length + 1 > limit) broken.push(`${out.length + 1} nodes are out, ${limit} may be (after ${kills} kills)`);
  return broken;
}

/** Nodes that were begun under a wider limit may reach their first step after it was narrowed. */
const highestLimit = (journal: readonly RolloutRecord[]): number =>
  Math.max(
    ...journal.flatMap((record) =>
      record.kind === 'started' || record.kind === 'limited' ? [record.limits.maxUnavailable] : [],
    ),
  );
