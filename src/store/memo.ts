import type { State } from './state.ts';

/** A pure read of the state: a slice of it, or something made of slices. */
export type Selector<T> = (state: State) => T;

/** What a list of selectors reads, one for one. */
type ValuesOf<Inputs extends readonly Selector<unknown>[]> = {
  [I in keyof Inputs]: Inputs[I] extends Selector<infer V> ? V : never;
};

/**
 * A selector that computes again only when one of its inputs is another object, and that hands back its last result when the
 * new one is an array of the very same elements. So rows whose facts did not change keep the identity of the whole list.
 */
export function memo<const Inputs extends readonly Selector<unknown>[], T>(
  inputs: Inputs,
  project: (...values: ValuesOf<Inputs>) => T,
): Selector<T> {
  let last: { readonly values: readonly unknown[]; readonly result: T } | undefined;
  return (state) => {
    const values = inputs.map((input) => input(state));
    const known = last;
    if (known?.values.every((value, index) => Object.is(value, values[index]))) return known.result;
    const fresh = project(...(values as ValuesOf<Inputs>));
    const result = known !== undefined && isSameList(known.result, fresh) ? known.result : fresh;
    last = { values, result };
    return result;
  };
}

/** Remembers what a function made of each object for as long as that object lives: rows per node, findings per fact. */
export function memoEach<Item extends object, T>(make: (item: Item) => T): (item: Item) => T {
  const made = new WeakMap<Item, { readonly result: T }>();
  return (item) => {
    const known = made.get(item);
    if (known !== undefined) return known.result;
    const result = make(item);
    made.set(item, { result });
    return result;
  };
}

/**
 * The previous value wherever the next one equals it, whole or in part: an equal answer keeps its object, and a list in which one
 * element changed keeps the others. Plain data only (objects, arrays, primitives); elements are matched from both ends of a list.
 * Asked for every answer of a thousand nodes: nothing is made but what is new.
 */
export function share<T>(previous: T, next: T): T {
  if (Object.is(previous, next)) return previous;
  if (Array.isArray(previous)) return Array.isArray(next) ? (shareList(previous, next) as T) : next;
  if (!isRecord(previous) || !isRecord(next)) return next;
  // The answer itself belongs to the engine, which compares the next one with it: never changed in place.
  let result: Record<string, unknown> | undefined;
  let isEqual = true;
  let keys = 0;
  for (const key in next) {
    keys += 1;
    const value = next[key];
    const before = previous[key];
    const kept = share(before, value);
    if (isEqual && (!Object.is(kept, before) || !(key in previous))) isEqual = false;
    if (Object.is(kept, value)) continue;
    result ??= { ...next };
    result[key] = kept;
  }
  if (isEqual) for (const _ in previous) keys -= 1;
  if (isEqual && keys === 0) return previous;
  return withTextsOf(previous, next, result) as T;
}

/** Equal texts are taken over, too: they may be two strings, of which only the old one need stay. */
function withTextsOf(
  previous: Record<string, unknown>,
  next: Record<string, unknown>,
  made: Record<string, unknown> | undefined,
): Record<string, unknown> {
  let result = made;
  for (const key in next) {
    if (typeof next[key] !== 'string' || next[key] !== previous[key]) continue;
    result ??= { ...next };
    result[key] = previous[key];
  }
  return result ?? next;
}

function shareList(previous: readonly unknown[], next: readonly unknown[]): readonly unknown[] {
  const shift = previous.length - next.length;
  let isEqual = shift === 0;
  let result: unknown[] | undefined;
  // By number: an iterator makes an object for each of the thousands of elements that come in a second.
  for (let index = 0; index < next.length; index += 1) {
    const item = next[index];
    const before = previous[index];
    let kept = share(before, item);
    if (!Object.is(kept, before)) {
      isEqual = false;
      if (shift !== 0) kept = share(previous[index + shift], item);
    }
    if (Object.is(kept, item)) continue;
    result ??= [...next];
    result[index] = kept;
  }
  return isEqual ? previous : (result ?? next);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSameList(previous: unknown, next: unknown): boolean {
  if (!Array.isArray(previous) || !Array.isArray(next) || previous.length !== next.length) return false;
  return previous.every((item, index) => Object.is(item, next[index]));
}
