import { expect, test } from 'vitest';
import { bar, levelGlyph, sparkline } from '../../src/ui/bars.ts';

test('a bar is exactly as wide as asked, fills in eighths, and shows anything above zero', () => {
  expect([0, 0.001, 0.5, 0.99, 1, 7, -1, Number.NaN].map((ratio) => bar(ratio, 4, false))).toEqual([
    '    ',
    '▏   ',
    '██  ',
    '███▉',
    '████',
    '████',
    '    ',
    '    ',
  ]);
});

test('a bar in ASCII is full only when the share is', () => {
  expect([0, 0.001, 0.5, 0.99, 1].map((ratio) => bar(ratio, 4, true))).toEqual([
    '....',
    '#...',
    '##..',
    '###.',
    '####',
  ]);
});

test('a sparkline ends now, with gaps where nothing was heard and a low block for zero', () => {
  expect(sparkline([0, 0.5, Number.NaN, undefined, 1], 7, false)).toBe('  ▁▅  █');
  expect(sparkline([0, 0.5, 1], 2, false)).toBe('▅█');
  expect(sparkline([0, 0.5, 1], 3, true)).toBe('_=#');
});

test('a level has a glyph for every share', () => {
  expect([0, 0.13, 0.5, 0.99, 1].map((ratio) => levelGlyph(ratio, false)).join('')).toBe('▁▂▅██');
});
