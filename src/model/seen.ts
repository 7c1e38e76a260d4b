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
 * of numbers, because the times of a thousand nodes are copied twice a second: as records by question they were a fifth of all that the
 * screen's thread made, and most of what outlived its first two collections.
 */
export interface Seen {
  /** The place of each question; the same table for as long as no question comes or goes. */
  readonly places: ReadonlyMap<string, number>;
  /** Three numbers for each place, in the order of `Answered`; NaN for what is not known. */
  readonly times: readonly number[];
}

/** A copy that may be changed, of which the table is still the old one's until a question comes or goes. */
export interface SeenDraft {
  places: ReadonlyMap<string, number>;
  times: number[];
}

const NUMBERS = 3;
const FIELD = { atMs: 0, seq: 1, tookMs: 2 } as const satisfies { readonly [F in keyof Answered]: number };

/** Nothing was asked yet. */
export const NEVER_SEEN: Seen = { places: new Map(), times: [] };

/** Times as they are given. */
export function seenFrom(answers: { readonly [question: string]: Partial<Answered> }): Seen {
  const draft = draftOfSeen(undefined);
  for (const [question, { atMs, seq, tookMs }] of Object.entries(answers)) {
    noteSeen(draft, question, 'atMs', atMs ?? Number.NaN);
    noteSeen(draft, question, 'seq', seq ?? Number.NaN);
    noteSeen(draft, question, 'tookMs', tookMs ?? Number.NaN);
  }
  return draft;
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

/** A draft of what was seen. */
export const draftOfSeen = (seen: Seen = NEVER_SEEN): SeenDraft => ({ places: seen.places, times: seen.times.slice() });

/** Writes one figure; a question that is new gets a place. */
export function noteSeen(draft: SeenDraft, question: string, field: keyof Answered, value: number): void {
  let place = draft.places.get(question);
  if (place === undefined) {
    place = draft.places.size;
    draft.places = new Map(draft.places).set(question, place);
    draft.times.push(Number.NaN, Number.NaN, Number.NaN);
  }
  draft.times[place * NUMBERS + FIELD[field]] = value;
}

/** Takes a question out, with its place. */
export function dropSeen(draft: SeenDraft, question: string): void {
  const gone = draft.places.get(question);
  if (gone === undefined) return;
  const rest = [...draft.places.keys()].filter((other) => other !== question);
  draft.places = new Map(rest.map((other, place) => [other, place]));
  draft.times.splice(gone * NUMBERS, NUMBERS);
}
