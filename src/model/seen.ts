/** What is remembered of the answers to one question of a node, beside its fact. */
export interface Answered {
  /** When it was last answered well; undefined when it never was. */
  readonly atMs: number | undefined;
  /** Number of the last observation, well or not. */
  readonly seq: number | undefined;
  /** From question to answer, of the last answer of any kind. */
  readonly tookMs: number | undefined;
}

/**
 * When the questions of one node were answered; targets under `usage:TARGET` and `directories:TARGET`. Each question has a place in one list
 * of numbers.
 */
export interface Seen {
  readonly places: ReadonlyMap<string, number>;
  /** Three numbers for each place, in the order of `Answered`; NaN for what is not known. */
  readonly times: readonly number[];
}

/**
 * `Seen` for whoever notes it, in place: the times of a thousand nodes change twice a second, and copies of them were a fifth of what
 * outlived the young collections of the screen's thread. So they tell of now in whatever state of the store they are read.
 */
export interface SeenLedger {
  readonly places: Map<string, number>;
  readonly times: number[];
}

const NUMBERS = 3;
const FIELD = { atMs: 0, seq: 1, tookMs: 2 } as const satisfies { readonly [F in keyof Answered]: number };

/** Nothing was asked yet. */
export const neverSeen = (): SeenLedger => ({ places: new Map(), times: [] });

/** Times as they are given. */
export function seenFrom(answers: { readonly [question: string]: Partial<Answered> }): SeenLedger {
  const seen = neverSeen();
  for (const [question, { atMs, seq, tookMs }] of Object.entries(answers)) {
    noteSeen(seen, question, 'atMs', atMs ?? Number.NaN);
    noteSeen(seen, question, 'seq', seq ?? Number.NaN);
    noteSeen(seen, question, 'tookMs', tookMs ?? Number.NaN);
  }
  return seen;
}

/** One figure of one question; undefined when it is not known. */
export function seenOf(seen: Seen | undefined, question: string, field: keyof Answered): number | undefined {
  const place = seen?.places.get(question);
  const value = place === undefined ? undefined : seen?.times[place * NUMBERS + FIELD[field]];
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

/** Whether any question was answered well after that moment. */
export function isHeardAfter({ times }: Seen, ms: number): boolean {
  for (let at = FIELD.atMs; at < times.length; at += NUMBERS) if ((times[at] ?? Number.NaN) > ms) return true;
  return false;
}

/** Writes one figure; a question that is new gets a place. */
export function noteSeen({ places, times }: SeenLedger, question: string, field: keyof Answered, value: number): void {
  let place = places.get(question);
  if (place === undefined) {
    place = places.size;
    places.set(question, place);
    times.push(Number.NaN, Number.NaN, Number.NaN);
  }
  times[place * NUMBERS + FIELD[field]] = value;
}

/** Takes a question out, with its place. */
export function dropSeen({ places, times }: SeenLedger, question: string): void {
  const gone = places.get(question);
  if (gone === undefined) return;
  places.delete(question);
  // A map keeps the order in which questions came, which is that of their places.
  let place = 0;
  for (const other of places.keys()) places.set(other, place++);
  times.splice(gone * NUMBERS, NUMBERS);
}
