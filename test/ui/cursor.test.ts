import { expect, test } from 'vitest';
import { atTop, cursorIndex, lookAt, nearest, pageBy, settle, topOf } from '../../src/ui/cursor.ts';

const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

test('the cursor stays on its row when rows come and go around it, and the row stays on its line', () => {
  const looking = lookAt(lookAt(atTop, ids, 4, 3), ids, 3, 3);
  expect([looking.cursor, topOf(looking, ids, 3)]).toEqual(['d', 2]);
  const later = ['x', 'y', ...ids];
  expect([later[cursorIndex(looking, later)], topOf(looking, later, 3)]).toEqual(['d', 4]);
});

test('a row that is gone leaves the cursor on the next one, or on the one before at the end', () => {
  const looking = lookAt(atTop, ids, 3, 8);
  expect(
    ids.filter((id) => id !== 'd')[
      cursorIndex(
        looking,
        ids.filter((id) => id !== 'd'),
      )
    ],
  ).toBe('e');
  const last = lookAt(atTop, ids, 7, 8);
  expect(cursorIndex(last, ids.slice(0, 7))).toBe(6);
  expect(cursorIndex(looking, [])).toBe(-1);
  expect(settle(looking, ['a', 'c']).cursor).toBe('c');
});

test('pages keep the cursor on its line and stop at both ends', () => {
  const one = pageBy(atTop, ids, 1, 4);
  expect([one.cursor, topOf(one, ids, 4)]).toEqual(['d', 3]);
  expect(pageBy(pageBy(one, ids, 5, 4), ids, -9, 4).cursor).toBe('a');
});

test('in a picture the arrows go to the nearest place in their direction', () => {
  const places = new Map([
    ['a', { x: 0, y: 0, width: 2 }],
    ['b', { x: 4, y: 0, width: 2 }],
    ['c', { x: 0, y: 2, width: 2 }],
    ['d', { x: 5, y: 2, width: 2 }],
  ]);
  expect([
    nearest(places, 'a', 'right'),
    nearest(places, 'a', 'down'),
    nearest(places, 'b', 'down'),
    nearest(places, 'd', 'left'),
    nearest(places, 'a', 'up'),
  ]).toEqual(['b', 'c', 'd', 'c', undefined]);
});
