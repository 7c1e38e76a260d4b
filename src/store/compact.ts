/** Texts and parts of facts kept to be shared; beyond it the tables start anew, and what nodes have in common is soon in them again. */
const TEXTS_KEPT = 8_192;
const PARTS_KEPT = 4_096;

/** Longer texts and parts are seldom equal on two nodes, and remembering them would cost more than it saves. */
const TEXT_LENGTH = 100;
const PART_LENGTH = 600;

const texts = new Map<string, string>();
const parts = new Map<string, object>();

/**
 * A fact with equal parts shared among all nodes: the nodes of a cluster mount the same things with the same options. Facts of 1,000 nodes
 * hold half a million texts, of which nine in ten are copies. Plain data only; the value itself is not changed.
 */
export function compact<T>(value: T): T;
/** The same of a part of it. */
export function compact(value: unknown): unknown {
  if (typeof value === 'string') return compactText(value);
  if (typeof value !== 'object' || value === null) return value;
  const key = JSON.stringify(value);
  const known = key.length <= PART_LENGTH ? parts.get(key) : undefined;
  if (known !== undefined) return known;
  const made = Array.isArray(value) ? value.map((item: unknown) => compact(item)) : compactRecord(value);
  if (key.length <= PART_LENGTH) {
    if (parts.size >= PARTS_KEPT) parts.clear();
    parts.set(key, made);
  }
  return made;
}

function compactText(text: string): string {
  if (text.length > TEXT_LENGTH) return text;
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size >= TEXTS_KEPT) texts.clear();
  texts.set(text, text);
  return text;
}

function compactRecord(record: object): object {
  const made: Record<string, unknown> = { ...record };
  for (const key in made) made[key] = compact(made[key]);
  return made;
}
