import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makePlaces, placesOf } from '../src/journal/places.ts';
import { type RolloutEvent, rolloutId } from '../src/model/rollout.ts';
import { awaitRunner } from '../src/rollouts.ts';

test('a runner that left at once, because there was nothing to do, is not waited for', async () => {
  const state = mkdtempSync(join(tmpdir(), 'muster-state-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
  const id = rolloutId('20261122-103015-k3f9');
  const places = placesOf(state, id);
  makePlaces(places);
  const events: readonly RolloutEvent[] = [
    { kind: 'requested', id, action: 'mount', input: {}, author: { user: 'ops', host: 'jump' } },
    { kind: 'ended' },
  ];
  writeFileSync(
    places.journal,
    events.map((event, index) => `${JSON.stringify({ seq: index + 1, atMs: 1, ...event })}\n`).join(''),
  );
  const call = await awaitRunner(state, id);
  if (typeof call === 'string') throw new Error(call);
  expect(await call.request({ kind: 'discard' })).toBe('it is over already');
  await call.gone;
});
