import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../src/cli/stay.ts';
import { makePlaces, placesOf } from '../../src/journal/places.ts';
import { rolloutId } from '../../src/model/rollout.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-stay-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** What keeps this process alive and is a timer. */
const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

test('a runner that goes after the end was read keeps the command no longer', async () => {
  const places = placesOf(folder, rolloutId('20261122-103015-k3f9'));
  makePlaces(places);
  const author = { user: 'op', host: 'jump' };
  const requested = {
    seq: 1,
    atMs: 0,
    kind: 'requested',
    id: '20261122-103015-k3f9',
    action: 'run-command',
    input: {},
  };
  writeFileSync(places.journal, `${JSON.stringify({ ...requested, author })}\n`);
  const gone = Promise.withResolvers<'gone'>();
  const before = timers();
  expect(await until(places, () => true, gone.promise)).toMatchObject({ action: 'run-command' });
  gone.resolve('gone');
  await nextTurn();
  expect(timers()).toBe(before);
});
