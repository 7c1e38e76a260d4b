import { expect, test } from 'vitest';
import type { Claimed } from '../../src/journal/claim.ts';
import { claimInTime } from '../../src/runner/claim-in-time.ts';

const by = { host: 'jump2', pid: 7, startTicks: '1', bootId: 'b', pidSpace: 'p', machineId: 'm', socket: '/s' };
const OURS: Claimed = { kind: 'claimed', sign: () => true, isOurs: () => true, release: () => {} };
const held = (stillMs: number): Claimed => ({ kind: 'held', by, stillMs });

/** Claims that answer as told, one after the other. */
function claims(...answers: readonly Claimed[]): () => Claimed {
  const left = answers.values();
  return () => left.next().value ?? OURS;
}
const at = (claim: () => Claimed) => claimInTime('/r', '/s', claim, async () => {});

test('a runner elsewhere whose counter never moves is followed, one whose counter moves is named and left alone', async () => {
  expect(await at(claims(held(0), held(1_000), held(2_000)))).toBe(OURS);
  await expect(at(claims(held(0), held(1_000), held(0)))).rejects.toThrow(
    'process 7 on jump2 drives it and lives; steer it there, or end it there first',
  );
});
