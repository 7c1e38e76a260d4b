import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatClock,
  formatDuration,
  formatLatency,
  formatRate,
  formatRatio,
  parseFigure,
} from '../../src/model/units.ts';

const T = 1024 ** 4;

describe('figures are written short, in one telling unit', () => {
  test.each([
    [0, '0B'],
    [512, '512B'],
    [1023, '1.0K'],
    [1024, '1.0K'],
    [1536, '1.5K'],
    [10 * 1024, '10K'],
    [1_000_000_000_000, '931G'],
    [1.8 * T, '1.8T'],
    [999.6 * T, '1.0P'],
    [Number.NaN, '?'],
    [-1, '?'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test.each([
    [0, '0s'],
    [999, '0s'],
    [42_000, '42s'],
    [99_999, '99s'],
    [100_000, '1m'],
    [5_999_000, '99m'],
    [6_000_000, '1h'],
    [172_799_000, '47h'],
    [172_800_000, '2d'],
    [-5, '0s'],
    [Number.POSITIVE_INFINITY, '?'],
  ])('%d ms are %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('round trips, rates, shares and times of day', () => {
    expect([0.42, 9.9, 12.4, 999.6].map(formatLatency)).toEqual(['0.4ms', '9.9ms', '12ms', '1.0s']);
    expect(formatRate(1.5 * 1024 ** 3)).toBe('1.5G/s');
    expect([0, 0.29, 0.999, 1].map(formatRatio)).toEqual(['0%', '29%', '99%', '100%']);
    expect(formatClock(1_800_000_000_000)).toBe('08:00:00');
  });
});

describe('figures are read as people type them', () => {
  test.each([
    ['1T', 'bytes', T],
    ['1.5TiB', 'bytes', 1.5 * T],
    ['500GB', 'bytes', 5e11],
    ['100', 'bytes', 100],
    ['30s', 'ms', 30_000],
    ['5m', 'ms', 300_000],
    ['2h', 'ms', 7_200_000],
    ['1d', 'ms', 86_400_000],
    ['250ms', 'ms', 250],
    ['30', 'ms', 30_000],
    ['90%', 'ratio', 0.9],
    ['90', 'ratio', 0.9],
    ['0.5', 'ratio', 0.5],
    ['85', 'celsius', 85],
    ['85C', 'celsius', 85],
    ['300W', 'watts', 300],
    ['-3', 'count', -3],
  ] as const)('%s as %s', (text, unit, figure) => {
    expect(parseFigure(text, unit)).toBeCloseTo(figure, 6);
  });

  test.each([
    ['big', 'bytes'],
    ['1s', 'bytes'],
    ['30x', 'ms'],
    ['90s', 'ratio'],
    ['', 'count'],
    ['1e9', 'count'],
    ['9'.repeat(40), 'count'],
  ] as const)('%j is no figure of %s', (text, unit) => {
    expect(parseFigure(text, unit)).toBeUndefined();
  });
});
