import { expect, test } from 'vitest';
import { putText } from '../../../src/ui/terminal/cell-grid.ts';
import { penOf } from '../../../src/ui/terminal/colours.ts';
import { createCompositor } from '../../../src/ui/terminal/compositor.ts';
import { themeNamed } from '../../../src/ui/theme.ts';
import { handClock } from '../../screen.ts';

test('while nobody presses a key, frames that cost much come twice a second; a key paints at once, and data follows it as before', () => {
  // Drawing takes 6 ms, as with a thousand nodes at 200x50, and the terminal takes all at once.
  const clock = handClock();
  let drawn = 0;
  const compositor = createCompositor({
    sink: { write: (_, done) => done() },
    clock,
    pen: penOf(themeNamed(undefined), 'true', false),
    width: 20,
    height: 2,
    prepare: () => {},
    draw: (grid) => {
      clock.advance(6);
      drawn += 1;
      putText(grid, 0, 0, String(drawn), 0);
    },
    onError: () => {},
  });
  const framesOf = (seconds: number): number => {
    const before = drawn;
    for (let turn = 0; turn < seconds * 50; turn++) {
      compositor.request('data');
      clock.advance(20);
    }
    return drawn - before;
  };
  const framesOfKey = (): number => {
    const before = drawn;
    compositor.request('now');
    return drawn - before;
  };
  framesOfKey();
  expect(framesOf(2)).toBeGreaterThan(15);
  framesOf(4);
  const untouched = framesOf(10);
  expect(untouched).toBeGreaterThanOrEqual(18);
  expect(untouched).toBeLessThanOrEqual(21);
  expect(framesOfKey()).toBe(1);
  expect(framesOf(2)).toBeGreaterThan(15);
});
