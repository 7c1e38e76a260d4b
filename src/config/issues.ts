import type { z } from 'zod';
import { nearest } from '../model/nearest.ts';
import type { InventoryProblem } from './problem.ts';
import { isRecord } from './record.ts';
import type { PathStep, YamlSource } from './yaml-source.ts';
import { VAULTED } from './yaml-value.ts';

/** A JSON Schema as far as messages need it. */
type JsonSchema = { readonly [key: string]: unknown };

/** What a schema found wrong, as problems with place, expectation and the nearest known word. `schema` gives the known keys. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  source: YamlSource,
  schema: JsonSchema,
): readonly InventoryProblem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, [], source, schema));
}

function problemsOfIssue(
  issue: z.core.$ZodIssue,
  base: readonly PathStep[],
  source: YamlSource,
  schema: JsonSchema,
): readonly InventoryProblem[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  const value = valueAt(source.value, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, source, keysAt(schema, path)));
    case 'invalid_key': {
      const key = String(path.at(-1) ?? '');
      return [unknownKey(key, path.slice(0, -1), source, keysAt(schema, path.slice(0, -1)))];
    }
    case 'invalid_union': {
      const branch = likelyBranch(issue.errors);
      return branch === undefined
        ? [wrongValue(value, path, issue.message, source)]
        : branch.flatMap((inner) => problemsOfIssue(inner, path, source, schema));
    }
    case 'invalid_value': {
      const words = issue.values.map(String);
      const meant = typeof value === 'string' ? nearest(value, words) : undefined;
      return [
        { ...wrongValue(value, path, words.join(', '), source), ...(meant === undefined ? {} : { nearest: meant }) },
      ];
    }
    default:
      return [wrongValue(value, path, issue.message, source)];
  }
}

function unknownKey(
  key: string,
  path: readonly PathStep[],
  source: YamlSource,
  known: readonly string[],
): InventoryProblem {
  const meant = nearest(key, known);
  return source.problemAt([...path, key], {
    message: `unknown key ${JSON.stringify(key)}`,
    at: 'key',
    ...(known.length === 0 ? {} : { expected: `one of ${known.join(', ')}` }),
    ...(meant === undefined ? {} : { nearest: meant }),
  });
}

function wrongValue(value: unknown, path: readonly PathStep[], expected: string, source: YamlSource): InventoryProblem {
  const key = path.at(-1);
  if (value !== undefined)
    return source.problemAt(path, { message: `${keyName(path)}${describe(value)} does not fit here`, expected });
  return source.problemAt(path.slice(0, -1), { message: `${JSON.stringify(key)} is missing`, at: 'key', expected });
}

/** `port: ` before what stands there, unless it is an element of a list. */
const keyName = (path: readonly PathStep[]): string => {
  const key = path.at(-1);
  return typeof key === 'string' ? `${key}: ` : '';
};

/** The branch of a union the author meant: the one whose outermost type fits. None when the value fits no branch's type. */
function likelyBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  return branches.find(
    (branch) => branch.length > 0 && !branch.some(({ path, code }) => path.length === 0 && code === 'invalid_type'),
  );
}

function describe(value: unknown): string {
  if (value === null) return 'nothing';
  if (value === VAULTED) return 'a vaulted value';
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'a map';
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown;
}

function valueAt(value: unknown, path: readonly PathStep[]): unknown {
  let at = value;
  for (const step of path) {
    if (Array.isArray(at)) at = at[Number(step)];
    else if (isRecord(at) && Object.hasOwn(at, step)) at = at[step];
    else return undefined;
  }
  return at;
}

/** The keys a map at this path may have. */
function keysAt(schema: JsonSchema, path: readonly PathStep[]): readonly string[] {
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
