// One machine under two names of an inventory: a real hand each, on one node with one spool, and one rollout for both.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { conditions } from '../../src/conditions/registry.ts';
import { driveRollout } from '../../src/engine/run-rollout.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Job, Plan } from '../../src/model/plan.ts';
import type { RolloutEvent, RolloutRecord } from '../../src/model/rollout.ts';
import { foldJournal } from '../../src/model/rollout-fold.ts';
import { describeFailure } from '../../src/model/step-failure.ts';
import { aStep } from './a-step.ts';
import { clock, type HandNode, ROLLOUT, startHandNode } from './hand-node.ts';

const AUTHOR = { user: 'ada', host: 'desk' };
const NAMES = ['gpu01', 'head'].map(nodeName);

const handNode = (): HandNode => {
  const node = startHandNode(['sh']);
  onTestFinished(() => node.close());
  return node;
};

/** A stage of one step each, which writes down that it ran. */
function planOn({ folder }: HandNode): Plan {
  const job = (name: string): Job => ({
    node: nodeName(name),
    steps: [
      aStep('say that it runs', {
        run: { argv: ['sh', '-c', `echo ran >>${join(folder, 'runs')}`] },
        timeoutMs: 60_000,
      }),
    ],
  });
  const stages = [{ title: 'both', jobs: [job('gpu01'), job('head')] }] as const;
  return { kind: 'change', title: 'say that it runs', stages, already: [], refused: [] };
}

/** Runs it to its end with so many nodes at once; how often the step ran, and what each name was told. */
async function told(node: HandNode, maxUnavailable: number) {
  const journal: RolloutRecord[] = [];
  const write = (event: RolloutEvent): RolloutRecord => {
    const record = { seq: journal.length + 1, atMs: 1_000 + journal.length, ...event };
    journal.push(record);
    return record;
  };
  write({ kind: 'requested', id: ROLLOUT, action: 'run-command', input: {}, author: AUTHOR });
  write({ kind: 'planned', plan: planOn(node) });
  write({ kind: 'started', author: AUTHOR, limits: { canary: 2, maxUnavailable, maxFailures: 1 } });
  const start = foldJournal(journal);
  if (start === undefined) throw new Error('there is no rollout');
  const hands = new Map(NAMES.map((name) => [name, node.hand({}, name)]));
  const drive = driveRollout(start, {
    conditions,
    clock,
    hand: (name) => hands.get(name) ?? node.hand({}, name),
    here: () => node.hand(),
    append: (event) => ({ record: write(event), synced: Promise.resolve() }),
    logs: { at: () => 0, write: () => 0, pour: () => {}, settle: async () => 0 },
    says: () => {},
  });
  const { stages } = await drive.ended;
  const runs = existsSync(join(node.folder, 'runs')) ? readFileSync(join(node.folder, 'runs'), 'utf8') : '';
  const jobs = stages.flat().map(({ node: name, steps: [step] }) => {
    const outcome = step?.outcome;
    return `${name}: ${outcome?.kind === 'failed' ? describeFailure(outcome.failure) : outcome?.kind}`;
  });
  return { runs, jobs };
}

test('where its turn comes later, the second name is refused before its first step and told no success of the first', async () => {
  expect(await told(handNode(), 1)).toEqual({
    runs: 'ran\n',
    jobs: [
      'gpu01: changed',
      'head: not started: head is the same machine as gpu01, under which it is changed; leave one of the two names out',
    ],
  });
});

test('where both come at once, one of the names has the machine and the other is refused', async () => {
  const { runs, jobs } = await told(handNode(), 2);
  expect([runs, jobs.filter((each) => each.endsWith(': changed')).length]).toEqual(['ran\n', 1]);
  expect(jobs.filter((each) => / is the same machine as /.test(each)).length).toBe(1);
});

test('a command elsewhere that does the work of a stage may have one machine under two names, as a playbook has localhost', async () => {
  const node = handNode();
  const claim = { rollout: ROLLOUT, stage: undefined, author: AUTHOR, reason: 'play site.yml' };
  expect([await node.hand({}, 'head').lock(claim), await node.hand({}, 'localhost').lock(claim)]).toEqual([
    { kind: 'locked' },
    { kind: 'locked' },
  ]);
});
