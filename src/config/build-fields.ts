import type { Field } from '../model/action.ts';
import { unreachable } from '../model/unreachable.ts';
import type { FieldEntry } from './action-schema.ts';
import { type ActionScope, RESERVED_FIELDS } from './action-scope.ts';

/** The largest number a field takes where nothing else is said. */
const MOST = 1_000_000_000;

/** One field of an action; what does not fit its kind is told. */
export function buildField(name: string, entry: FieldEntry, scope: ActionScope): Field {
  const complain = (key: string | undefined, message: string, expected: string): void =>
    scope.complain(['fields', name, ...(key === undefined ? [] : [key])], { message, expected, at: 'key' });
  if (!/^[a-z][A-Za-z0-9]{0,39}$/.test(name))
    complain(
      undefined,
      `${JSON.stringify(name)} cannot name a field`,
      'letters and digits, a small letter first: mountPoint',
    );
  if (RESERVED_FIELDS.includes(name))
    complain(undefined, `${JSON.stringify(name)} is taken: ${whyTaken(name)}`, 'another name');
  const { kind = 'text' } = entry;
  const strange = (['choices', 'min', 'max', 'words', 'dash'] as const).filter(
    (key) => entry[key] !== undefined && !KEYS_OF[key].includes(kind),
  );
  for (const key of strange)
    complain(key, `${key} means nothing for a field of kind ${kind}`, `kind: ${KEYS_OF[key].join(' or ')}`);
  return fieldOf(name, entry, (message, expected) => complain('default', message, expected));
}

const KEYS_OF: { readonly [key: string]: readonly string[] } & Record<
  'choices' | 'min' | 'max' | 'words' | 'dash',
  readonly string[]
> = {
  choices: ['choice'],
  min: ['count'],
  max: ['count'],
  words: ['text', 'lines'],
  dash: ['text', 'lines'],
};

const whyTaken = (name: string): string =>
  name === 'nodes'
    ? 'every action has this field'
    : name === 'node'
      ? '{{ node }} is the name of the node'
      : 'it is an option of muster plan and apply';

function fieldOf(name: string, entry: FieldEntry, wrong: (message: string, expected: string) => void): Field {
  const { kind = 'text', default: standard, completes } = entry;
  const base = {
    title:
      entry.title ??
      `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`,
    help: entry.help,
    ...(entry.required === true ? { isRequired: true as const } : {}),
    ...(entry.words === true ? { takesWords: true as const } : {}),
    ...(completes === undefined ? {} : { completes }),
  };
  const isList = Array.isArray(standard);
  switch (kind) {
    case 'text':
    case 'path':
    case 'disk':
      if (isList || typeof standard === 'boolean') wrong('a text is wanted here', 'one text, in quotes');
      else if (kind === 'path' && standard !== undefined && !/^\/[^\0\n]*$/.test(String(standard)))
        wrong('this field is an absolute path', 'a path such as /data');
      return {
        ...base,
        kind,
        shape: 'free',
        ...(standard === undefined || isList ? {} : { default: String(standard) }),
      };
    case 'choice': {
      const [first, ...others] = (entry.choices ?? []).map(String);
      if (first === undefined) {
        wrong(`the field ${JSON.stringify(name)} has no choices`, 'choices: [one, another]');
        return { ...base, kind: 'text' };
      }
      const chosen = standard === undefined ? first : String(standard);
      if (![first, ...others].includes(chosen))
        wrong(`${JSON.stringify(chosen)} is no choice`, [first, ...others].join(', '));
      return { ...base, kind, choices: [first, ...others], default: chosen };
    }
    case 'count': {
      const [min, max] = [entry.min ?? 0, entry.max ?? MOST];
      const isRight = typeof standard === 'number' && Number.isInteger(standard) && standard >= min && standard <= max;
      if (max < min) wrong(`no number is from ${min} to ${max}`, 'max not below min');
      else if (standard !== undefined && !isRight)
        wrong('the default is no number the field takes', `a number from ${min} to ${max}`);
      return { ...base, kind, min, max, ...(isRight ? { default: standard } : {}) };
    }
    case 'flag':
      if (standard !== undefined && typeof standard !== 'boolean') wrong('a flag is true or false', 'true or false');
      return { ...base, kind, default: standard === true };
    case 'lines':
      if (standard !== undefined && !isList) wrong('several texts are wanted here', 'a list of texts');
      return { ...base, kind, shape: 'free', ...(isList ? { default: standard } : {}) };
    case 'secret':
      if (standard !== undefined) wrong('a secret has no default', 'no secret in any file');
      return { ...base, kind };
    default:
      return unreachable(kind);
  }
}
