import { expect, test } from 'vitest';
import { compact } from '../../src/store/compact.ts';
import { mount } from './builders.ts';

/** As it comes from the engine's thread: nothing in it is shared with anything. */
const crossed = <T>(value: T): T => JSON.parse(JSON.stringify(value));

test('equal parts of the facts of two nodes are one object', () => {
  const [first, other] = [crossed([mount('/data'), mount('/home')]), crossed([mount('/home'), mount('/data')])];
  const [one, two] = [compact(first), compact(other)];
  expect(two).toEqual(other);
  expect(two[0]).toBe(one[1]);
  expect(two[1]).toBe(one[0]);
});

test('a part that differs is its own, and what it has in common is shared', () => {
  const one = compact(crossed({ a: { options: ['rw', 'relatime'], id: 1 } }));
  const two = compact(crossed({ a: { options: ['rw', 'relatime'], id: 2 } }));
  expect(two).toEqual({ a: { options: ['rw', 'relatime'], id: 2 } });
  expect(two.a.options).toBe(one.a.options);
});

test('the value that is given stays as it was, and values that are no objects pass', () => {
  const given = Object.freeze({ list: Object.freeze(['x']) });
  expect(compact(given)).toEqual({ list: ['x'] });
  expect([compact(3), compact(null), compact('text'), compact(undefined)]).toEqual([3, null, 'text', undefined]);
});

test('an endless stream of new parts is forgotten again, and every value stays right', () => {
  for (let index = 0; index < 20_000; index += 1) {
    const value = { name: `n${index}`, list: [index] };
    expect(compact(crossed(value))).toEqual(value);
  }
});
