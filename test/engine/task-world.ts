// A driven rollout in memory: its journal, its logs, and a runner that may be killed after any byte of what the driver tells.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { createTaskBoard, type TaskBoard } from '../../src/engine/task-board.ts';
import { type LogRoom, type NodeLogs, openLogs } from '../../src/journal/node-logs.ts';
import { type NodeName, nodeName } from '../../src/model/ids.ts';
import type { Plan } from '../../src/model/plan.ts';
import {
  type Rollout,
  type RolloutEvent,
  type RolloutRecord,
  rolloutId,
  type StepOutcome,
} from '../../src/model/rollout.ts';
import { foldJournal, foldRecord } from '../../src/model/rollout-fold.ts';
import { describeFailure } from '../../src/model/step-failure.ts';
import { aStep } from './a-step.ts';

/** What the callback told of a real playbook on three hosts, one of which nothing listens on; captured with ansible-core 2.14. */
export const RECORDED = readFileSync(fileURLToPath(new URL('../fixtures/playbook/site.jsonl', import.meta.url)));

const NODES = ['n1', 'n2', 'n3'].map(nodeName);
const AUTHOR = { user: 'ada', host: 'desk' };

const whole = aStep('play site.yml', {
  run: { argv: ['ansible-playbook', '--limit', 'n1,n2,n3'] },
  as: 'login-user',
});
const [n1, n2, n3] = NODES.map((node) => ({ node, steps: [whole] as const }));

/** One stage for three nodes, driven by one command. */
export const DRIVEN: Plan = {
  kind: 'change',
  title: 'play site.yml',
  stages: [
    {
      title: 'play site.yml',
      driver: { step: whole, nodesAt: 2 },
      jobs: n1 && n2 && n3 ? [n1, n2, n3] : [{ node: nodeName('n1'), steps: [whole] }],
    },
  ],
  already: [],
  refused: [],
};

/** A rollout that has begun, and what its runners write. */
export interface TaskWorld {
  readonly journal: readonly RolloutRecord[];
  readonly rollout: () => Rollout;
  readonly log: (node: string) => string;
  /** Another runner: a board that knows nothing but journal and logs. */
  readonly board: (isMuted?: boolean) => TaskBoard;
  /** `title: outcome` of each step of a node. */
  readonly told: (node: string) => readonly string[];
}

/** A world in which the command has been started for all three nodes; its runners write real logs, with so much room. */
export function newTaskWorld(room?: LogRoom): TaskWorld {
  const journal: RolloutRecord[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'muster-tasks-'));
  const logFile = (node: NodeName): string => join(folder, `${node}.log`);
  const opened: NodeLogs[] = [];
  onTestFinished(() => {
    for (const logs of opened) logs.close();
    rmSync(folder, { recursive: true });
  });
  const openedLogs = (): NodeLogs => {
    const logs = openLogs(logFile, room);
    opened.push(logs);
    return logs;
  };
  let rollout: Rollout | undefined;
  const write = (event: RolloutEvent): void => {
    const record = { seq: journal.length + 1, atMs: 1_000 + journal.length, ...event };
    journal.push(record);
    rollout = foldRecord(rollout, record);
  };
  const now = (): Rollout => {
    if (rollout === undefined) throw new Error('there is no rollout');
    return rollout;
  };
  write({ kind: 'requested', id: rolloutId('20261122-103015-k3f9'), action: 'playbook', input: {}, author: AUTHOR });
  write({ kind: 'planned', plan: DRIVEN });
  write({ kind: 'started', author: AUTHOR, limits: { canary: 1, maxUnavailable: 1, maxFailures: 0 } });
  for (const node of NODES) write({ kind: 'step-starting', stage: 0, node, step: 0, attempt: 1, bootId: 'b' });
  return {
    journal,
    rollout: now,
    log: (node) => (existsSync(logFile(nodeName(node))) ? readFileSync(logFile(nodeName(node)), 'utf8') : ''),
    board: (isMuted = false) =>
      createTaskBoard({
        stage: 0,
        nodes: NODES,
        nowMs: () => 1_000 + journal.length,
        isMuted,
        record: write,
        progress: (node) => now().stages[0]?.find((job) => job.node === node),
        logs: openedLogs(),
        logStart: () => 0,
        says: () => {},
      }),
    told: (node) => {
      const { plan, stages } = foldJournal(journal) ?? now();
      const at = stages[0]?.findIndex((job) => job.node === node) ?? -1;
      const planned = plan?.kind === 'change' ? plan.stages[0]?.jobs[at]?.steps : undefined;
      return (stages[0]?.[at]?.steps ?? []).map(
        ({ outcome }, step) => `${planned?.[step]?.title}: ${wordsOf(outcome)}`,
      );
    },
  };
}

function wordsOf(outcome: StepOutcome | undefined): string {
  if (outcome === undefined) return 'running';
  if (outcome.kind === 'failed' || outcome.kind === 'ignored')
    return `${outcome.kind} (${describeFailure(outcome.failure)})`;
  return outcome.kind;
}
