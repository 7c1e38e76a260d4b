import { isScalar, LineCounter, parseAllDocuments, type Scalar } from 'yaml';
import { lineEnd, newlineOf, type SharingText, type Splice, startOf } from './splice.ts';

/** A text as YAML, or the sentence that says why it is none. */
export type ReadText =
  | { readonly kind: 'ok'; readonly text: SharingText }
  | { readonly kind: 'broken'; readonly because: string };

/** Reads all documents of a file. */
export function readText(file: string, text: string): ReadText {
  return parse(file, text, (splices) => splices, 0);
}

/** How large a file or a text within one may be: none of those people write by hand comes near. */
const MAX_CHARACTERS = 1024 * 1024;

function parse(file: string, text: string, lift: SharingText['lift'], lineOffset: number): ReadText {
  if (text.length > MAX_CHARACTERS) return { kind: 'broken', because: `${file} is longer than 1 MiB` };
  const lines = new LineCounter();
  try {
    const parsed = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: true,
      logLevel: 'error',
    });
    const documents = Array.isArray(parsed) ? [...parsed] : [];
    const error = documents.flatMap((document) => document.errors)[0];
    if (error !== undefined) {
      const line = lines.linePos(error.pos[0]).line + lineOffset;
      return { kind: 'broken', because: `${file}:${line} is no YAML: ${error.message.replace(/\s+/g, ' ')}` };
    }
    return { kind: 'ok', text: { file, text, documents, lift } };
  } catch (error) {
    return { kind: 'broken', because: `${file} is no YAML: ${String(error).slice(0, 200)}` };
  }
}

/**
 * Reads the text within a literal block (`key: |`). Each of its lines is a line of the outer text moved to the right, so every change of the
 * inner text is a change at the same place of the outer one, and nothing else moves.
 */
export function readBlock(outer: SharingText, scalar: Scalar): ReadText {
  const { file, text } = outer;
  const start = startOf(scalar);
  const headerLine = text.slice(0, start).split('\n').length;
  if (scalar.type !== 'BLOCK_LITERAL') {
    const what = `${file}:${headerLine} holds the configuration as a ${scalar.type === 'BLOCK_FOLDED' ? 'folded' : 'quoted'} text`;
    return { kind: 'broken', because: `${what}; write it as a block (|), then try again` };
  }
  const starts = lineStarts(text, start);
  const inner = String(scalar.value);
  const indent = indentOf(text, starts, inner);
  const innerStarts = [0, ...lineStarts(inner, 0)];
  const toOuter = (at: number): number => {
    const line = innerStarts.findLastIndex((from) => from <= at);
    const lineAt = starts[line] ?? text.length;
    return Math.min(lineEnd(text, lineAt), lineAt + indent + at - (innerStarts[line] ?? 0));
  };
  const pad = newlineOf(text) + ' '.repeat(indent);
  const move = ({ start: from, end: to, text: put }: Splice): Splice => {
    const [first, last] = [innerStarts.indexOf(from), innerStarts.indexOf(to)];
    // Whole lines go with their indentation.
    if (put === '' && first >= 0 && last >= 0)
      return { start: starts[first] ?? text.length, end: starts[last] ?? text.length, text: '' };
    return { start: toOuter(from), end: toOuter(to), text: put.replace(/\r?\n(?=[^\r\n])/g, () => pad) };
  };
  const lift = (splices: readonly Splice[]): readonly Splice[] => outer.lift(splices.map(move));
  return parse(file, inner, lift, headerLine);
}

/** Where the lines behind an offset begin. */
function lineStarts(text: string, from: number): number[] {
  const starts: number[] = [];
  for (let at = text.indexOf('\n', from); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** How far a block stands to the right: its first line with words says so. */
function indentOf(text: string, starts: readonly number[], inner: string): number {
  const line = inner.split('\n').findIndex((words) => words.trim() !== '');
  const at = starts[Math.max(0, line)] ?? text.length;
  const innerLine = inner.split('\n')[Math.max(0, line)] ?? '';
  const outerLine = text.slice(at, lineEnd(text, at));
  return outerLine.length - innerLine.length;
}

/** The text of a scalar that holds one. */
export const isText = (node: unknown): node is Scalar<string> => isScalar(node) && typeof node.value === 'string';
