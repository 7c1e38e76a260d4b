import type { FieldValue, Input } from '../model/action.ts';
import type { CustomAction } from '../model/custom-action.ts';
import { piecesOf } from '../model/parameters.ts';

/** What parameters stand for on one node, `node` among them; and which fields may begin with a dash. */
export interface Values {
  readonly of: (name: string) => FieldValue | undefined;
  readonly action: CustomAction;
}

/** Thrown within a plan where a value does not fit its place; the planner makes a refusal of it. */
export class ValueError extends RangeError {
  readonly tryThis: string;

  constructor(because: string, tryThis: string) {
    super(because);
    this.name = 'ValueError';
    this.tryThis = tryThis;
  }
}

/** The values of one node. */
export const valuesOf = (action: CustomAction, input: Input, node: string): Values => ({
  action,
  of: (name) => (name === 'node' ? node : Object.hasOwn(action.fields, name) ? input[name] : undefined),
});

const asText = (value: FieldValue | undefined): string =>
  value === undefined ? '' : Array.isArray(value) ? value.join('\n') : String(value);

/** A text with every parameter as it is: for files, standard input, paths and titles, never for a command line. */
export function filled(text: string, values: Values): string {
  const read = piecesOf(text);
  if (read.kind === 'problem') throw new ValueError(read.because, 'correct the action');
  return read.pieces.map((piece) => (piece.kind === 'literal' ? piece.text : asText(values.of(piece.name)))).join('');
}

/** One line for people, whatever the values hold. */
export const filledTitle = (text: string, values: Values): string =>
  filled(text, values).replaceAll(/\s+/g, ' ').trim();

/**
 * Arguments filled in, each value within its own argument. A parameter that stands alone gives as many arguments as it has values: none
 * where it was left empty. A value that would become an option is refused, unless `--` stands before it or its field allows a dash.
 */
export function filledArgv(argv: readonly string[], values: Values): readonly string[] {
  return argv.flatMap((word, index): readonly string[] => {
    const isOperand = argv.slice(0, index).includes('--');
    const read = piecesOf(word);
    if (read.kind === 'problem') throw new ValueError(read.because, 'correct the action');
    const [first] = read.pieces;
    const filledIn =
      read.pieces.length === 1 && first?.kind === 'parameter' ? listOf(values.of(first.name)) : [filled(word, values)];
    for (const one of filledIn) {
      if (one.includes('\0'))
        throw new ValueError('a value holds a NUL byte, which no argument can', 'give another value');
      if (!isOperand && first?.kind === 'parameter') refuseOption(one, first.name, values);
    }
    return filledIn;
  });
}

/** A line for sh(1) with `"${1}"`, `"${2}"` where its parameters were, and their values: what they hold is never read as shell. */
export function filledLine(
  line: string,
  values: Values,
): { readonly line: string; readonly values: readonly string[] } {
  const read = piecesOf(line);
  if (read.kind === 'problem') throw new ValueError(read.because, 'correct the action');
  const given: string[] = [];
  let before = '';
  const pieces = read.pieces.map((piece) => {
    if (piece.kind === 'literal') {
      before += piece.text;
      return piece.text;
    }
    const isOperand = /(?:^|\s)--\s/.test(before);
    return listOf(values.of(piece.name))
      .map((value) => {
        if (value.includes('\0'))
          throw new ValueError('a value holds a NUL byte, which no argument can', 'give another value');
        if (!isOperand && /(?:^|\s)$/.test(before)) refuseOption(value, piece.name, values);
        return `"\${${given.push(value)}}"`;
      })
      .join(' ');
  });
  return { line: pieces.join(''), values: given };
}

function refuseOption(value: string, name: string, { action }: Values): void {
  if (!value.startsWith('-') || action.fields[name] === undefined || action.dashFields?.includes(name) === true) return;
  throw new ValueError(
    `${JSON.stringify(value)} begins with "-", and the program would read it as an option`,
    `give another ${name}, or let the action say "--" before it, or dash: true in the field`,
  );
}

const listOf = (value: FieldValue | undefined): readonly string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [String(value)];
