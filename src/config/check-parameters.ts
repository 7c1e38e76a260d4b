import { nearest } from '../model/nearest.ts';
import { type Piece, piecesOf } from '../model/parameters.ts';
import { shellPlace } from '../model/shell-place.ts';
import type { FieldEntry } from './action-schema.ts';
import type { ActionScope } from './action-scope.ts';
import type { Complaint, PathStep } from './yaml-source.ts';

/** Where a text with parameters stands: an argument, one after `--`, the program, a shell line, standard input, or words for people, paths and files. */
export type Use = 'argument' | 'operand' | 'program' | 'shell' | 'stdin' | 'words';

/** Tells every parameter that cannot be filled in at this place. */
export function checkText(text: string, at: readonly PathStep[], use: Use, scope: ActionScope): void {
  if (text.includes('\0')) scope.complain(at, { message: 'it holds a NUL byte', expected: 'a text without' });
  const read = piecesOf(text);
  if (read.kind === 'problem') {
    scope.complain(at, { message: read.because, part: { column: read.at + 1, length: 2 } });
    return;
  }
  for (const piece of read.pieces) {
    if (piece.kind === 'literal') continue;
    const complaint = whyNotThere(piece, text, read.pieces.length === 1, use, scope);
    if (complaint !== undefined)
      scope.complain(at, { ...complaint, part: { column: piece.at + 1, length: piece.length } });
  }
}

function whyNotThere(
  { name, at }: Extract<Piece, { kind: 'parameter' }>,
  text: string,
  isAlone: boolean,
  use: Use,
  scope: ActionScope,
): Complaint | undefined {
  const known = ['node', ...Object.keys(scope.fields)];
  const field = Object.hasOwn(scope.fields, name) ? scope.fields[name] : undefined;
  if (field === undefined && name !== 'node') {
    const meant = nearest(name, known);
    return {
      message: `there is no field ${JSON.stringify(name)}`,
      expected: `one of ${known.join(', ')}`,
      ...(meant === undefined ? {} : { nearest: meant }),
    };
  }
  if (use === 'program')
    return {
      message: 'a program is named by the action, not by whoever runs it',
      expected: 'a program as it stands',
    };
  if (use === 'shell') {
    const place = shellPlace(text, at);
    if (place !== 'bare')
      return {
        message: `the value is quoted already, and here it stands within ${place}`,
        expected: 'the parameter without quotes around it',
      };
  }
  return field === undefined
    ? undefined
    : whyNotOfKind(name, field, isAlone && (use === 'argument' || use === 'operand'), use);
}

/** `isArgument`: it is a whole argument by itself. */
function whyNotOfKind(name: string, field: FieldEntry, isArgument: boolean, use: Use): Complaint | undefined {
  const { kind = 'text' } = field;
  if (kind === 'secret' && use !== 'stdin')
    return { message: 'a secret would be seen there by everybody on the node', expected: 'a secret in stdin only' };
  if (kind === 'lines' && !isArgument && use !== 'shell' && use !== 'stdin')
    return { message: 'several texts do not fit into one', expected: 'the parameter as an argument by itself' };
  const mayLack = field.required !== true && field.default === undefined && !['choice', 'flag', 'lines'].includes(kind);
  if (!mayLack || isArgument) return undefined;
  return {
    message: `the field ${JSON.stringify(name)} may be left empty`,
    expected:
      'required: true or a default in the field, or the parameter as an argument by itself, which is then left out',
  };
}
