import { expect, test } from 'vitest';
import { backoffMs, nextTurnMs, phaseMs } from '../../src/engine/schedule.ts';
import { encodeTarget, whyNotTarget } from '../../src/engine/target.ts';

test('phases spread a thousand nodes evenly over a period, and stay the same', () => {
  const slots = new Array<number>(20).fill(0);
  for (let node = 0; node < 1_000; node++) {
    const at = phaseMs(`gpu${node} load `, 2_000);
    expect(at).toBe(phaseMs(`gpu${node} load `, 2_000));
    slots[Math.floor(at / 100)] = (slots[Math.floor(at / 100)] ?? 0) + 1;
  }
  expect(Math.max(...slots)).toBeLessThan(85);
  expect(Math.min(...slots)).toBeGreaterThan(20);
});

test('the next turn keeps its phase and is between half and one and a half periods away', () => {
  for (let nowMs = 100_000; nowMs < 110_000; nowMs += 37) {
    const next = nextTurnMs(nowMs, 2_000, 333);
    expect((next - 333) % 2_000).toBe(0);
    expect(next - nowMs).toBeGreaterThanOrEqual(1_000);
    expect(next - nowMs).toBeLessThanOrEqual(3_000);
  }
});

test('the back-off doubles from a second to a minute and never beyond', () => {
  const longest = Array.from({ length: 10 }, (_, attempt) => backoffMs(attempt + 1, () => 1));
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
  expect(backoffMs(2_000, () => 0.5)).toBe(30_000);
});

test('targets travel as printable words without blanks', () => {
  expect(encodeTarget('/data/a_b-c.d')).toBe('/data/a_b-c.d');
  expect(encodeTarget("/a b\n\\'ü")).toBe('/a\\0040b\\0012\\0134\\0047\\0303\\0274');
});

test('a target that no program could be asked about is refused with the reason', () => {
  expect(whyNotTarget('/data')).toBeUndefined();
  expect(whyNotTarget('')).toBe('an empty target');
  expect(whyNotTarget('/a\0b')).toBe('a target with a NUL byte');
  expect(whyNotTarget(`/${'a'.repeat(5_000)}`)).toBe('a target longer than PATH_MAX');
});
