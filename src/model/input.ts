import type { Field, Fields, FieldValue, Input } from './action.ts';
import { helpPhrase } from './field-help.ts';
import { quoted, whyMisshapen, whyNoPath } from './field-shape.ts';
import { nearest } from './nearest.ts';
import { type NodeScope, parseNodeSet } from './node-set.ts';
import { unreachable } from './unreachable.ts';

/** What a form, a command line or a file gives for fields, before it is read: text, several texts, or a switch. */
export type GivenInput = { readonly [field: string]: string | boolean | readonly string[] | undefined };

/** What is wrong with one field, to be shown beside it. `field` undefined: with the whole. */
export interface InputProblem {
  readonly field?: string;
  readonly because: string;
}

export type ReadInput =
  | { readonly kind: 'input'; readonly input: Input }
  | { readonly kind: 'problems'; readonly problems: readonly [InputProblem, ...InputProblem[]] };

/** Longest sentence about a node set, which names what no node is called. */
const MESSAGE_LENGTH = 160;

/** Reads what was given for an action's fields: all problems at once, unknown fields with the nearest known one, defaults filled in. */
export function readInput(fields: Fields, given: GivenInput, scope: NodeScope): ReadInput {
  const strangers = Object.keys(given)
    .filter((name) => !(name in fields))
    .map((name): InputProblem => {
      const meant = nearest(name, Object.keys(fields));
      return { field: name, because: `there is no such field${meant === undefined ? '' : `; did you mean ${meant}?`}` };
    });
  const read = Object.entries(fields).map(([name, field]) => ({ name, ...readField(field, given[name], scope) }));
  const wrong = read.flatMap(({ name, because }) => (because === undefined ? [] : [{ field: name, because }]));
  const [first, ...others] = [...strangers, ...wrong];
  if (first !== undefined) return { kind: 'problems', problems: [first, ...others] };
  const input = Object.fromEntries(read.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
  return { kind: 'input', input };
}

interface ReadValue {
  readonly value?: FieldValue;
  readonly because?: string;
}

function readField(field: Field, given: GivenInput[string], scope: NodeScope): ReadValue {
  const texts = typeof given === 'string' ? [given] : Array.isArray(given) ? given : [];
  const text = texts.join(field.kind === 'nodes' ? ',' : ' ').trim();
  if (field.kind === 'flag') return readFlag(field.default, given, text);
  // Blanks of a password are its own.
  if (field.kind === 'secret') return texts.join('') === '' ? missing(field) : { value: texts.join('') };
  if (field.kind === 'lines') {
    const lines = texts.flatMap((one) => one.split('\n')).filter((line) => line.trim() !== '');
    const because = lines.map((line) => whyMisshapen(line, field.shape)).find((found) => found !== undefined);
    if (because !== undefined) return { because };
    if (lines.length > 0) return { value: lines };
    return field.default === undefined ? missing(field) : { value: field.default };
  }
  if (field.kind === 'text' && field.shape === 'exact' && text !== '') {
    const kept = texts.join(' ').replace(/\n$/, '');
    const because = whyMisshapen(kept, field.shape);
    return because === undefined ? { value: kept } : { because };
  }
  if (text === '') {
    return field.default === undefined ? missing(field) : { value: field.default };
  }
  return readText(field, text, scope);
}

const missing = (field: Field): ReadValue =>
  field.isRequired === true ? { because: `it is needed: ${helpPhrase(field)}` } : {};

function readFlag(standard: boolean, given: GivenInput[string], text: string): ReadValue {
  if (typeof given === 'boolean') return { value: given };
  if (text === '') return { value: standard };
  if (/^(yes|true|on|y|1)$/i.test(text)) return { value: true };
  if (/^(no|false|off|n|0)$/i.test(text)) return { value: false };
  return { because: `${quoted(text)} is neither yes nor no` };
}

function readText(
  field: Exclude<Field, { kind: 'flag' | 'lines' | 'secret' }>,
  text: string,
  scope: NodeScope,
): ReadValue {
  switch (field.kind) {
    case 'text':
    case 'disk': {
      const because = whyMisshapen(text, field.shape);
      return because === undefined ? { value: text } : { because };
    }
    case 'path': {
      const path = text.replaceAll(/(?<=\/)\/+/g, '').replace(/(?<=.)\/$/, '');
      const because = whyNoPath(path, field.isLocal === true) ?? whyMisshapen(path, field.shape);
      return because === undefined ? { value: path } : { because };
    }
    case 'nodes': {
      const set = parseNodeSet(text, scope);
      if (set.kind === 'error') return { because: whyNoSet(set) };
      return set.nodes.length === 0 ? { because: `${quoted(text)} names no node` } : { value: text };
    }
    case 'choice': {
      if (field.choices.includes(text)) return { value: text };
      return { because: `${quoted(text)} is none of ${field.choices.join(', ')}` };
    }
    case 'count': {
      const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return count >= field.min && count <= field.max
        ? { value: count }
        : { because: `${quoted(text)} is not a number from ${field.min} to ${field.max}` };
    }
    default:
      return unreachable(field);
  }
}

function whyNoSet({ message, nearest: meant }: { readonly message: string; readonly nearest?: string }): string {
  const told = message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH - 1)}…` : message;
  return meant === undefined ? told : `${told}; did you mean ${meant}?`;
}
