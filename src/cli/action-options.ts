import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { actions } from '../actions/registry.ts';
import type { Action, Field, Input } from '../model/action.ts';
import { UsageError } from '../model/errors.ts';
import { helpPhrase } from '../model/field-help.ts';
import { type GivenInput, readInput } from '../model/input.ts';
import type { Inventory } from '../model/inventory.ts';
import { nearest } from '../model/nearest.ts';
import { quote } from '../model/quote.ts';
import { type CliOption, type CliValues, FLEET_OPTIONS, text } from './command.ts';

/** Options of `plan` and `apply` that are no fields of an action. `-l` fills the action's node set; the inventory stays whole. */
export const ORDER_OPTIONS = {
  inventory: FLEET_OPTIONS.inventory,
  limit: {
    type: 'string',
    short: 'l',
    value: 'NODESET',
    help: "the action's nodes, e.g. 'gpu[01-16]', '@gpu', 'all!nfs-a'",
  },
  demo: FLEET_OPTIONS.demo,
  fault: FLEET_OPTIONS.fault,
  reason: { type: 'string', value: 'TEXT', help: 'why, for the record and for whoever finds the nodes held' },
  'read-only': { type: 'boolean', help: 'look and plan, and refuse every change' },
} as const satisfies { readonly [name: string]: CliOption };

/** The action that stands for a plan of everything in which the facts differ from the inventory. */
export const CONVERGE = 'converge';

/** The action a command line names, by its first word; `converge` where it names none. Throws `UsageError` with the nearest name. */
export function namedAction(name: string | undefined, known: readonly Action[] = actions): Action {
  const found = known.find((action) => action.name === (name ?? CONVERGE));
  if (found !== undefined) return found;
  const names = known.map((action) => action.name);
  if (name === undefined) throw new UsageError(`which action? ${names.join(', ')}`);
  const near = nearest(name, names);
  throw new UsageError(
    `no action ${JSON.stringify(name)}${near === undefined ? '' : `; did you mean ${near}?`} (there are ${names.join(', ')})`,
  );
}

/** Options of one action; secret fields are none, because a command line is seen by everybody on the machine. */
export const optionsOf = ({ fields }: Action): { readonly [name: string]: CliOption } =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, field]) => field.kind !== 'secret')
      .map(([name, field]) => [optionName(name), optionOf(field)]),
  );

/** The input for an action from options and words; throws `UsageError` with every problem at once. */
export function inputOf(action: Action, values: CliValues, words: readonly string[], inventory: Inventory): Input {
  const taker = Object.entries(action.fields).find(([, { takesWords }]) => takesWords === true)?.[0];
  if (words.length > 0 && taker === undefined)
    throw new UsageError(
      `${action.name} takes no words, but ${words.map((word) => JSON.stringify(word)).join(' ')} was given`,
    );
  const given: { [field: string]: GivenInput[string] } = {};
  for (const [name, field] of Object.entries(action.fields)) given[name] = givenFor(name, field, values);
  const limit = text(values, 'limit');
  if (limit !== undefined && !('nodes' in action.fields))
    throw new UsageError(`${action.name} takes no --limit: its nodes follow from its own fields`);
  if (limit !== undefined && given['nodes'] !== undefined && given['nodes'] !== limit)
    throw new UsageError('--limit and --nodes name the nodes of an action both; give one of them');
  if (limit !== undefined) given['nodes'] = limit;
  if (taker !== undefined && words.length > 0) given[taker] = words.length === 1 ? words[0] : quote(words);
  const fields = Object.fromEntries(
    Object.entries(action.fields).map(([name, field]) => [name, field.kind === 'secret' ? unneeded(field) : field]),
  );
  const read = readInput(fields, given, inventory);
  if (read.kind === 'input') return read.input;
  throw new UsageError(
    read.problems
      .map(({ field, because }) => (field === undefined ? because : `--${optionName(field)}: ${because}`))
      .join('\n        '),
  );
}

/** The runner asks for it. */
function unneeded(field: Field): Field {
  const { isRequired: _, ...rest } = field;
  return rest;
}

function givenFor(name: string, field: Field, values: CliValues): GivenInput[string] {
  const value = values[optionName(name)];
  if (typeof value === 'boolean') return value;
  const texts = (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
  if (field.isLocal === true) return texts.map((path) => resolve(path)).at(-1);
  const read = field.kind === 'text' || field.kind === 'lines' ? texts.map(fromFile) : texts;
  return read.length === 0 ? undefined : field.kind === 'lines' ? read : read.at(-1);
}

/** `@FILE` is what stands in the file; `@@` begins a text with `@`. */
function fromFile(given: string): string {
  if (given.startsWith('@@')) return given.slice(1);
  if (!given.startsWith('@')) return given;
  try {
    return readFileSync(given.slice(1), 'utf8');
  } catch (error) {
    throw new UsageError(`${given}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const optionName = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function optionOf(field: Field): CliOption {
  const standard =
    'default' in field && field.default !== undefined && field.kind !== 'flag'
      ? `; default ${String(field.default)}`
      : '';
  const help = `${helpPhrase(field)}${field.kind === 'choice' ? ` (${field.choices.join(', ')})` : ''}${standard}`;
  if (field.kind === 'flag') return { type: 'boolean', help };
  return { type: 'string', value: VALUES[field.kind], help, ...(field.kind === 'lines' ? { multiple: true } : {}) };
}

const VALUES = {
  text: 'TEXT',
  path: 'PATH',
  nodes: 'NODESET',
  disk: 'DISK',
  choice: 'WORD',
  count: 'N',
  lines: 'TEXT',
  secret: '',
} as const;
