import { expect, test } from 'vitest';
import { readLimits } from '../../src/model/rollout-limits.ts';

test('what is left out is careful: one node first, a tenth at once, no failure', () => {
  expect(readLimits({}, 25)).toEqual({ kind: 'limits', limits: { canary: 1, maxUnavailable: 3, maxFailures: 0 } });
});

test('percentages open a width of at least one node and forgive only whole nodes', () => {
  expect(readLimits({ maxUnavailable: '1%', maxFailures: '10%', canary: '5 %' }, 19)).toEqual({
    kind: 'limits',
    limits: { canary: 1, maxUnavailable: 1, maxFailures: 1 },
  });
});

test('what cannot be a limit is named with what is expected', () => {
  expect(readLimits({ canary: '0' }, 9)).toEqual({
    kind: 'problem',
    field: 'canary',
    because: '"0" is not a number from 1, or a percentage',
  });
  expect(readLimits({ maxUnavailable: '0%' }, 9)).toMatchObject({ kind: 'problem', field: 'maxUnavailable' });
  expect(readLimits({ maxUnavailable: '101%' }, 9)).toMatchObject({ kind: 'problem', field: 'maxUnavailable' });
  expect(readLimits({ maxFailures: 'some' }, 9)).toMatchObject({ kind: 'problem', field: 'maxFailures' });
});
