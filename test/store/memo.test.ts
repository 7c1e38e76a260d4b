import { expect, test } from 'vitest';
import { memo, memoEach, share } from '../../src/store/memo.ts';
import { answered, inventory, load, stateOf, up } from './builders.ts';

test('a selector computes again only when a slice it reads is another object', () => {
  let computed = 0;
  const selectNames = memo([(state) => state.nodes], (nodes) => {
    computed += 1;
    return [...nodes.keys()];
  });
  const state = stateOf(inventory(['gpu01']), []);
  selectNames(state);
  selectNames(stateOf(state, [up('gpu01')]));
  expect(computed).toBe(1);
});

test('a list of the same elements is the same list', () => {
  const selectFacts = memo([(state) => state.nodes], (nodes) => [...nodes.values()].map(({ name }) => name));
  const state = stateOf(inventory(['gpu01']), []);
  const after = stateOf(state, [answered('gpu01', 'load', load())]);
  expect(after.nodes).not.toBe(state.nodes);
  expect(selectFacts(after)).toBe(selectFacts(state));
});

test('what was made of an object is made once', () => {
  let made = 0;
  const label = memoEach((item: { readonly name: string }) => {
    made += 1;
    return item.name;
  });
  const item = { name: 'a' };
  expect([label(item), label(item), label({ name: 'a' }), made]).toEqual(['a', 'a', 'a', 2]);
});

test('sharing keeps equal parts and changes neither side', () => {
  const before = Object.freeze({ a: Object.freeze([{ x: 1 }, { x: 2 }]), b: Object.freeze({ y: 1 }), c: 1 });
  const next = Object.freeze({ a: Object.freeze([{ x: 1 }, { x: 3 }]), b: Object.freeze({ y: 1 }), c: 1 });
  const shared = share<typeof before>(before, next);
  expect(shared).toEqual(next);
  expect([shared.a[0] === before.a[0], shared.b === before.b, shared === before]).toEqual([true, true, false]);
  expect(share(before, structuredClone(before))).toBe(before);
});

test('a key that went or came is a difference', () => {
  const before: { readonly a?: number; readonly b?: number } = { a: 1, b: 2 };
  expect(share(before, { a: 1 })).toEqual({ a: 1 });
  expect(share<typeof before>({ a: 1 }, before)).toBe(before);
});
