import type { z } from 'zod';
import { nearest } from '../model/nearest.ts';
import type { InventoryProblem } from './problem.ts';
import { isRecord } from './record.ts';
import { type JsonSchema, keysAt, placesOfKey } from './schema-keys.ts';
import type { PathStep, YamlSource } from './yaml-source.ts';
import { VAULTED } from './yaml-value.ts';

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
      return issue.keys.map((key) => unknownKey(key, path, source, schema));
    case 'invalid_key': {
      const key = String(path.at(-1) ?? '');
      return [unknownKey(key, path.slice(0, -1), source, schema)];
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

function unknownKey(key: string, path: readonly PathStep[], source: YamlSource, schema: JsonSchema): InventoryProblem {
  const known = keysAt(schema, path);
  const elsewhere = placesOfKey(schema, key);
  // A key that is right in another place is no slip of the finger.
  const meant = elsewhere === undefined ? nearest(key, known) : undefined;
  return source.problemAt([...path, key], {
    message: `unknown key ${JSON.stringify(key)}${elsewhere === undefined ? '' : ` here: it belongs ${elsewhere}`}`,
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
