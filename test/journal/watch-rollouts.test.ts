import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { placesOf } from '../../src/journal/places.ts';
import { watchRollouts } from '../../src/journal/watch-rollouts.ts';
import { type Rollout, type RolloutEvent, type RolloutId, rolloutId } from '../../src/model/rollout.ts';

let state = '';
let end: () => void = () => {};
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'muster-rollouts-'));
});
afterEach(() => {
  end();
  rmSync(state, { recursive: true });
});

const author = { user: 'ops', host: 'jump' };
const requested = (id: RolloutId): RolloutEvent => ({ kind: 'requested', id, action: 'mount', input: {}, author });
const line = (seq: number, event: RolloutEvent): string => `${JSON.stringify({ seq, atMs: seq, ...event })}\n`;
const ids = [1, 2, 3].map((second) => rolloutId(`20261122-10000${second}-abcd`)) as [RolloutId, RolloutId, RolloutId];

function write(id: RolloutId, ...events: readonly RolloutEvent[]): void {
  mkdirSync(placesOf(state, id).folder, { recursive: true });
  writeFileSync(placesOf(state, id).journal, events.map((event, index) => line(index + 1, event)).join(''));
}

/** Phases by id once they are as wanted. */
function phasesWhen(isWanted: (phases: readonly string[]) => boolean): Promise<readonly string[]> {
  return new Promise((resolve) => {
    end();
    end = watchRollouts(state, (rollouts: ReadonlyMap<RolloutId, Rollout>) => {
      const phases = [...rollouts].sort().map(([id, { phase }]) => `${id.slice(14, 15)} ${phase}`);
      if (isWanted(phases)) resolve(phases);
    });
  });
}

test('rollouts that are there and those that come later are told, and followed until they end', async () => {
  write(ids[0], requested(ids[0]), { kind: 'ended' });
  write(ids[1], requested(ids[1]));
  const all = phasesWhen((phases) => phases.join() === '1 ended,2 planned,3 planning');
  write(ids[2], requested(ids[2]));
  const plan = { kind: 'no-op' as const, title: 't', because: 'b', already: [] };
  appendFileSync(placesOf(state, ids[1]).journal, line(2, { kind: 'planned', plan }));
  expect(await all).toHaveLength(3);
});

test('a rollout whose folder goes is no longer told, and folders of other names are none', async () => {
  mkdirSync(join(state, 'rollouts', 'lost+found'), { recursive: true });
  write(ids[0], requested(ids[0]));
  write(ids[1], requested(ids[1]));
  let hasBoth = false;
  const gone = phasesWhen((phases) => {
    hasBoth ||= phases.length === 2;
    if (phases.length === 2) rmSync(placesOf(state, ids[0]).folder, { recursive: true });
    return hasBoth && phases.length === 1;
  });
  expect(await gone).toEqual(['2 planning']);
});

test('without a folder there are none, and the first one is found when it comes', async () => {
  const first = phasesWhen((phases) => phases.length === 1);
  write(ids[0], requested(ids[0]));
  expect(await first).toEqual(['1 planning']);
});
