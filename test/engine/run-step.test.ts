// A node that is busy does not answer everything the first time; a step asks once more before it judges.
import { expect, test } from 'vitest';
import { conditions } from '../../src/conditions/registry.ts';
import type { Hand, Look } from '../../src/engine/hand.ts';
import { runStep } from '../../src/engine/run-step.ts';
import { absolutePath, nodeName } from '../../src/model/ids.ts';
import type { Step } from '../../src/model/plan.ts';
import { rolloutId } from '../../src/model/rollout.ts';
import { clock } from './hand-node.ts';

const path = absolutePath('/etc/gone');
const STEP: Step = {
  title: 'remove /etc/gone',
  run: { argv: ['rm', '-f', path] },
  as: 'root',
  risk: 'changes',
  guard: [{ kind: 'booted-since', bootId: 'boot-0' }],
  done: [{ kind: 'no-file', path }],
  timeoutMs: 1_000,
  preview: [],
  undo: { never: 'it is gone' },
  warnings: [],
};
const identity = { bootId: 'boot-1' };
const seen = (answer: 'file' | 'none' | 'silent'): Look => ({
  kind: 'seen',
  seen: {
    atMs: 0,
    facts: { identity } as never,
    checks:
      answer === 'silent'
        ? new Map()
        : new Map([[`file ${path}`, (answer === 'none' ? { kind: 'none' } : { kind: 'file' }) as never]]),
    failed: answer === 'silent' ? new Map([[`file ${path}`, 'no answer within 10 s']]) : new Map(),
    absent: new Map(),
  },
});

/** Runs the step on a node whose looks come to these, one after the other. */
async function outcomeWith(...looks: readonly Look[]) {
  const left = [...looks];
  const started: string[] = [];
  const hand = {
    look: async () => left.shift() ?? seen('none'),
    start: async () => {
      started.push('start');
      return { kind: 'started' };
    },
    follow: async () => ({ kind: 'exited', exitCode: 0, droppedBytes: 0 }),
    newest: async () => undefined,
    isRoot: () => true,
  } as unknown as Hand;
  const result = await runStep(
    {
      hand,
      conditions,
      clock,
      rollout: rolloutId('20261122-103015-k3f9'),
      aborted: new AbortController().signal,
      boot: { id: 'boot-1' },
      isTakenOut: () => false,
      record: async () => {},
      log: () => {},
      says: () => {},
    },
    {
      place: { stage: 0, node: nodeName('n1'), step: 0 },
      step: STEP,
      done: [{ kind: 'no-file', path }],
      before: { attempt: 0 },
      loggedBytes: 0,
    },
  );
  return { outcome: result.outcome, started: started.length, looksLeft: left.length };
}

test('one question without an answer is asked again, with all the others, before the step is judged', async () => {
  expect(await outcomeWith(seen('silent'), seen('none'))).toEqual({
    outcome: { kind: 'already' },
    started: 0,
    looksLeft: 0,
  });
  expect(await outcomeWith(seen('silent'), seen('file'), seen('silent'), seen('none'))).toEqual({
    outcome: { kind: 'changed' },
    started: 1,
    looksLeft: 0,
  });
});
