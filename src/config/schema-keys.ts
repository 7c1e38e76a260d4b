import { isRecord } from './record.ts';
import type { PathStep } from './yaml-source.ts';

/** A JSON Schema as far as messages need it. */
export type JsonSchema = { readonly [key: string]: unknown };

/** The keys a map at this path may have. */
export function keysAt(schema: JsonSchema, path: readonly PathStep[]): readonly string[] {
  let at: readonly JsonSchema[] = [schema];
  for (const step of path) at = at.flatMap(alternatives).flatMap((candidate) => below(candidate, step));
  return [...new Set(at.flatMap(alternatives).flatMap(ownKeys))];
}

const alternatives = (schema: JsonSchema): readonly JsonSchema[] => {
  const branches = schema['anyOf'];
  return Array.isArray(branches) ? branches.filter(isRecord).flatMap(alternatives) : [schema];
};

function below(schema: JsonSchema, step: PathStep): readonly JsonSchema[] {
  const properties = schema['properties'];
  const named = isRecord(properties) ? properties[String(step)] : undefined;
  return [named, schema['additionalProperties'], typeof step === 'number' ? schema['items'] : undefined]
    .filter(isRecord)
    .slice(0, 1);
}

function ownKeys(schema: JsonSchema): readonly string[] {
  const properties = schema['properties'];
  if (isRecord(properties)) return Object.keys(properties);
  const propertyNames = schema['propertyNames'];
  const words = isRecord(propertyNames) ? propertyNames['enum'] : undefined;
  return Array.isArray(words) ? words.map(String) : [];
}

/** Places told at most: `address` may stand in four of them, and more would hide the one that is meant. */
const PLACES_TOLD = 5;

/** Where a key may stand: `under "defaults", or in an entry of "classes" or "nodes"`; undefined when it may stand nowhere. */
export function placesOfKey(schema: JsonSchema, key: string): string | undefined {
  const places: Place[] = [];
  collect(schema, key, [], places);
  const told = places.slice(0, PLACES_TOLD);
  const under = told.filter(({ inEntry }) => !inEntry).map(({ name }) => name);
  const entries = told.filter(({ inEntry }) => inEntry).map(({ name }) => name);
  const words = [
    ...under.map((name) => (name === '' ? 'at the top level' : `under "${name}"`)),
    ...(entries.length === 0 ? [] : [`in an entry of ${listed(entries.map((name) => `"${name}"`))}`]),
  ];
  return words.length === 0 ? undefined : listed(words);
}

interface Place {
  /** Keys on the way, without the names and numbers of entries: `volumes.disk`; empty for the top level. */
  readonly name: string;
  readonly inEntry: boolean;
}

type Way = readonly { readonly key: string; readonly isEntry: boolean }[];

function collect(schema: JsonSchema, key: string, way: Way, places: Place[]): void {
  for (const candidate of alternatives(schema)) {
    if (ownKeys(candidate).includes(key)) {
      const place = placeOf(way);
      if (!places.some(({ name, inEntry }) => name === place.name && inEntry === place.inEntry)) places.push(place);
    }
    const properties = candidate['properties'];
    for (const [name, inner] of Object.entries(isRecord(properties) ? properties : {}))
      if (isRecord(inner)) collect(inner, key, [...way, { key: name, isEntry: false }], places);
    for (const inner of [candidate['additionalProperties'], candidate['items']])
      if (isRecord(inner)) collect(inner, key, [...way.slice(0, -1), entryOf(way)], places);
  }
}

const entryOf = (way: Way): Way[number] => ({ key: way.at(-1)?.key ?? '', isEntry: true });

const placeOf = (way: Way): Place => ({
  name: way.map(({ key }) => key).join('.'),
  inEntry: way.at(-1)?.isEntry === true,
});

/** `a`, `a or b`, `a, b or c`. */
function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
