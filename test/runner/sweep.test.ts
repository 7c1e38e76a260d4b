// Tidying up after a rollout: whom it asks, and how often where a link is lost.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makePlaces, placesOf } from '../../src/journal/places.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Plan, Stage, Step } from '../../src/model/plan.ts';
import { type JobState, type RolloutEvent, rolloutId } from '../../src/model/rollout.ts';
import { oweSweep, sweepLeftovers, sweepNodes } from '../../src/runner/sweep.ts';
import { createFakeClock } from '../sim/fake-clock.ts';

const ID = rolloutId('20261122-103015-k3f9');

/** `SECOND NODE` of each question, where the first answers of some are lost. */
async function asked(
  states: { readonly [node: string]: JobState },
  lost: { readonly [node: string]: number } = {},
): Promise<readonly string[]> {
  const clock = createFakeClock(0);
  const questions: string[] = [];
  const hand = (node: string) => ({
    sweep: async (id: string) => {
      expect(id).toBe(ID);
      questions.push(`${clock.nowMs() / 1_000} ${node}`);
      return questions.filter((line) => line.endsWith(` ${node}`)).length > (lost[node] ?? 0);
    },
  });
  const jobs = Object.entries(states).map(([node, state]) => ({
    node: nodeName(node),
    state,
    steps: [{ attempt: state === 'queued' ? 0 : 1 }],
  }));
  let isOver = false;
  void sweepNodes({ of: hand, here: () => hand('here') }, { id: ID, stages: [jobs] }, clock).then(() => {
    isOver = true;
  });
  do await new Promise((resolve) => setImmediate(resolve));
  while (!isOver && clock.toNext());
  expect(isOver).toBe(true);
  return questions;
}

test('nodes on which something ran are tidied, but not where its outcome is unknown', async () => {
  expect(await asked({ a: 'succeeded', b: 'failed', c: 'unknown', d: 'queued' })).toEqual(['0 a', '0 b']);
});

test('a node whose link was lost just then is asked again, and one that stays away for a minute only', async () => {
  expect(await asked({ a: 'succeeded', b: 'succeeded' }, { b: 2 })).toEqual(['0 a', '0 b', '1 b', '3 b']);
  expect(await asked({ a: 'succeeded' }, { a: 99 })).toEqual([
    '0 a',
    '1 a',
    '3 a',
    '7 a',
    '15 a',
    '30 a',
    '45 a',
    '60 a',
  ]);
});

describe('what a runner that was killed after the end has left in the spools', () => {
  const author = { user: 'ada', host: 'desk' };
  const OLD = rolloutId('20261121-103015-k3f9');
  const job = (node: string) => ({ node: nodeName(node), state: 'succeeded', steps: [{ attempt: 1 }] }) as const;

  /** A state folder with one rollout on two nodes, cut off after some of its events, and who is asked to tidy up after it later. */
  function left(isOver: boolean, answers = true) {
    const state = mkdtempSync(join(tmpdir(), 'muster-sweep-'));
    onTestFinished(() => rmSync(state, { recursive: true, force: true }));
    const places = placesOf(state, OLD);
    makePlaces(places);
    oweSweep(places);
    const step = { title: 't', does: 't', run: { argv: ['true'] }, risk: 'harmless' } as unknown as Step;
    const jobs = ['a', 'b'].map((node) => ({ node: nodeName(node), steps: [step] }));
    const stage = { title: 't', jobs } as unknown as Stage;
    const plan = { kind: 'change', title: 't', stages: [stage] } as unknown as Plan;
    const events: readonly RolloutEvent[] = [
      { kind: 'requested', id: OLD, action: 'run-command', input: {}, author },
      { kind: 'planned', plan },
      { kind: 'started', author, limits: { canary: 1, maxUnavailable: 1, maxFailures: 1 } },
      ...['a', 'b'].map(
        (node) =>
          ({ kind: 'step-starting', stage: 0, node: nodeName(node), step: 0, attempt: 1 }) as unknown as RolloutEvent,
      ),
      ...(isOver ? [{ kind: 'ended' } as const] : []),
    ];
    const lines = events.map((event, index) => `${JSON.stringify({ seq: index + 1, atMs: 1, ...event })}\n`);
    writeFileSync(places.journal, lines.join(''));
    const asked: string[] = [];
    const of = (node: string) => ({
      sweep: async (id: string) => {
        asked.push(`${id} ${node}`);
        return answers;
      },
    });
    const by = async (...nodes: readonly string[]) => {
      await sweepLeftovers({ of, here: () => of('here') }, { id: ID, stages: [nodes.map(job)] }, state);
      return { asked: asked.splice(0), isOwed: existsSync(places.unswept) };
    };
    return by;
  }

  test('goes with the next rollout that comes to those nodes, and is then owed no more', async () => {
    const by = left(true);
    expect(await by('c')).toEqual({ asked: [], isOwed: true });
    expect(await by('b', 'c')).toEqual({ asked: [`${OLD} b`], isOwed: true });
    expect(await by('a', 'b')).toEqual({ asked: [`${OLD} a`, `${OLD} b`], isOwed: false });
    expect(await by('a', 'b')).toEqual({ asked: [], isOwed: false });
  });

  test('stays owed while a node does not answer, and is not touched while the rollout is not over', async () => {
    expect(await left(true, false)('a', 'b')).toEqual({ asked: [`${OLD} a`, `${OLD} b`], isOwed: true });
    expect(await left(false)('a', 'b')).toEqual({ asked: [], isOwed: true });
  });
});
