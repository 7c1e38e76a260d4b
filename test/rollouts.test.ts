import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { makePlaces, placesOf } from '../src/journal/places.ts';
import { type RolloutEvent, rolloutId } from '../src/model/rollout.ts';
import { awaitRunner, readRollout } from '../src/rollouts.ts';

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

test('a rollout that another command sweeps away while it is read is none, and no fault', async () => {
  const state = mkdtempSync(join(tmpdir(), 'muster-state-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
  const id = rolloutId('20261122-103015-k3f9');
  const { journal } = placesOf(state, id);
  makePlaces(placesOf(state, id));
  const source = `
    const { rmSync, writeFileSync } = require('node:fs');
    const { workerData } = require('node:worker_threads');
    for (let round = 0; round < 5_000; round += 1) {
      writeFileSync(workerData, '');
      rmSync(workerData);
    }`;
  const sweeper = new Worker(source, { eval: true, workerData: journal });
  let isSwept = false;
  sweeper.once('exit', () => {
    isSwept = true;
  });
  while (!isSwept) {
    for (let round = 0; round < 100; round += 1) readRollout(state, id);
    await new Promise(setImmediate);
  }
  expect(readRollout(state, id)).toBeUndefined();
});
