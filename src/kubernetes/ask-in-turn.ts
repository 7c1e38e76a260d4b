import type { Clock } from '../engine/ports.ts';

/** What is asked one at a time, each again after a while: exporters, machines of Talos. */
export interface Turn {
  /** Who is to be asked now. */
  readonly names: () => readonly string[];
  /** How long after an answer the same one is asked again. */
  readonly everyMs: number;
  /** Between an answer and the next question. */
  readonly paceMs: number;
  /** Asks one, and hands back how to stop. */
  readonly ask: (name: string, answered: (answer: TurnAnswer) => void) => () => void;
  /** One that was asked is there no more. */
  readonly gone: (name: string) => void;
  /** What a person's wish to ask again is about: only what was refused, or all. */
  readonly retries: 'refused' | 'all';
}

/** What came of one question. */
export interface TurnAnswer {
  readonly tell: (name: string) => void;
  /** Set where the answer would be the same for each: all are told it, and nobody is asked for so long. */
  readonly ofAllForMs?: number;
}

/** Those who are asked one at a time. */
export interface Turns {
  /** Who is to be asked may have changed. */
  readonly changed: () => void;
  /** Asks again now. */
  readonly retry: () => void;
  readonly close: () => void;
}

/** What is to be asked comes in one list; the first question waits until that is through. */
const FIRST_MS = 500;
/** Before anything that happened; not infinite, because it is added to. */
const LONG_AGO_MS = Number.MIN_SAFE_INTEGER / 2;

/** Asks one after the other, who has waited longest first; begins as soon as there is one. */
export function askInTurn(clock: Clock, { names, everyMs, paceMs, ask, gone, retries }: Turn): Turns {
  const askedMs = new Map<string, number>();
  let refusedUntilMs = LONG_AGO_MS;
  /** Undefined while there is nobody to ask. */
  let stop: (() => void) | undefined;

  const take = (name: string, { tell, ofAllForMs }: TurnAnswer): void => {
    if (ofAllForMs !== undefined) refusedUntilMs = clock.nowMs() + ofAllForMs;
    for (const each of ofAllForMs === undefined ? [name] : names()) {
      askedMs.set(each, clock.nowMs());
      tell(each);
    }
  };
  const next = (): void => {
    const now = new Set(names());
    for (const name of [...askedMs.keys()]) {
      if (now.has(name)) continue;
      askedMs.delete(name);
      gone(name);
    }
    const dueMs = (name: string): number => (askedMs.get(name) ?? LONG_AGO_MS) + everyMs;
    const [due] = [...now].toSorted((left, right) => dueMs(left) - dueMs(right));
    stop = undefined;
    if (due === undefined) return;
    const delayMs = Math.max(dueMs(due), refusedUntilMs) - clock.nowMs();
    if (delayMs > 0) {
      stop = clock.after(Math.min(delayMs, everyMs), next);
      return;
    }
    askedMs.set(due, clock.nowMs());
    stop = ask(due, (answer) => {
      take(due, answer);
      stop = clock.after(paceMs, next);
    });
  };
  return {
    changed: () => {
      if (stop === undefined && (names().length > 0 || askedMs.size > 0)) stop = clock.after(FIRST_MS, next);
    },
    retry: () => {
      if (stop === undefined || (retries === 'refused' && refusedUntilMs <= clock.nowMs())) return;
      stop();
      refusedUntilMs = LONG_AGO_MS;
      for (const name of askedMs.keys()) askedMs.set(name, LONG_AGO_MS);
      next();
    },
    close: () => stop?.(),
  };
}

/** Keeps a map of what is to be asked up to date: the same steps for every kind of object. */
export function keepAsked<Item, Asked>(
  kept: Map<string, Asked>,
  event:
    | { readonly kind: 'list'; readonly items: readonly (readonly [id: string, item: Item])[] }
    | {
        readonly kind: 'change';
        readonly put: readonly (readonly [id: string, item: Item])[];
        readonly gone: readonly string[];
      }
    | { readonly kind: 'state' },
  askedOf: (item: Item) => Asked | undefined,
): void {
  if (event.kind === 'state') return;
  if (event.kind === 'list') kept.clear();
  else for (const id of event.gone) kept.delete(id);
  for (const [id, item] of event.kind === 'list' ? event.items : event.put) {
    const asked = askedOf(item);
    if (asked === undefined) kept.delete(id);
    else kept.set(id, asked);
  }
}
