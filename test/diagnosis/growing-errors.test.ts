import { expect, test } from 'vitest';
import type { Growth } from '../../src/model/growth.ts';
import { answered, gpu, inventory, T0, up } from '../store/builders.ts';
import { told, watched } from './support.ts';

const MINUTE_MS = 60_000;
const fleet = inventory(['gpu01']);
const card = gpu(3);
const grew = (atMs: number, added: number): Growth => (added === 0 ? [] : [{ atMs: T0 + atMs, added }]);
const errors = (atMs: number, corrected: number, replays: number) => [
  up('gpu01'),
  answered('gpu01', 'gpus', [card]),
  answered('gpu01', 'gpuErrors', [
    { busId: card.busId, correctedGrowth: grew(atMs, corrected), replayGrowth: grew(atMs, replays) },
  ]),
];

test('more than a hundred corrected memory errors within five minutes are a finding, a hundred are not', () => {
  expect(watched(fleet).at(0, errors(0, 100, 0))).toEqual([]);
  const it = watched(fleet);
  expect(told(it.at(0, errors(0, 101, 0)))).toEqual([
    'warning: gpu3 of gpu01: 101 corrected memory errors within 5 min',
  ]);
  // While fewer come it stays; it is over five minutes after the last one, even if the answer does not change any more.
  expect(it.at(2 * MINUTE_MS, errors(2 * MINUTE_MS, 4, 0))).toHaveLength(1);
  expect(it.at(6 * MINUTE_MS)).toHaveLength(1);
  expect(it.at(7 * MINUTE_MS)).toEqual([]);
});

test('more than ten PCIe replays within five minutes are a finding that says where to look', () => {
  expect(watched(fleet).at(0, errors(0, 0, 10))).toEqual([]);
  const [found] = watched(fleet).at(0, errors(0, 0, 11));
  expect([found?.title, found?.nextMove]).toEqual([
    'gpu3 of gpu01: 11 PCIe replays within 5 min',
    'Reseat the card and look at riser, cable and slot in gpu01: what crosses the link arrives damaged.',
  ]);
});
