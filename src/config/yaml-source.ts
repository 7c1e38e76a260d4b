import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLParseError,
} from 'yaml';
import type { InventoryProblem } from './problem.ts';
import { keyText, plainValue, rangeOf } from './yaml-value.ts';

/** One step into a document: a key of a map or an index of a list. */
export type PathStep = string | number;

/** What is wrong at a place; `at: 'key'` points at the last key of the path, `part` at a stretch within a text value. */
export interface Complaint {
  readonly message: string;
  readonly expected?: string;
  readonly nearest?: string;
  readonly at?: 'key';
  readonly part?: { readonly column: number; readonly length: number };
}

/** A YAML file that was read: its plain value, and the way back from a value to its place in the text. */
export interface YamlSource {
  readonly file: string;
  readonly value: unknown;
  readonly problemAt: (path: readonly PathStep[], complaint: Complaint) => InventoryProblem;
  readonly lineOf: (path: readonly PathStep[]) => number;
}

/** A file as YAML, or everything that is wrong with its syntax. */
export type YamlRead =
  | { readonly kind: 'ok'; readonly source: YamlSource }
  | { readonly kind: 'invalid'; readonly problems: readonly InventoryProblem[] };

/** Reads one YAML document; nothing is thrown, whatever the text. YAML 1.2 with merge keys. */
export function readYaml(file: string, text: string): YamlRead {
  const counter = new LineCounter();
  const problems: InventoryProblem[] = [];
  const place = placeIn(file, text, counter);
  try {
    const document = parseDocument(text, {
      lineCounter: counter,
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'error',
    });
    for (const { pos, code, message } of firstCauses(document.errors, text))
      problems.push(place(pos, syntaxComplaint(code, message, text.charAt(pos[0]))));
    const value = plainValue(document, (message, range) => problems.push(place(range, { message })));
    if (problems.length > 0) return { kind: 'invalid', problems };
    return { kind: 'ok', source: sourceOf(file, document, value, place, counter) };
  } catch (error) {
    const message =
      error instanceof RangeError ? 'nested too deeply to be an inventory' : `no YAML: ${String(error).slice(0, 200)}`;
    return { kind: 'invalid', problems: [{ file, message }] };
  }
}

type Place = (range: readonly [number, number], complaint: Complaint) => InventoryProblem;

/** Turns offsets into a problem with line, column and the line's text. */
const placeIn =
  (file: string, text: string, counter: LineCounter): Place =>
  ([start, end], { message, expected, nearest }) => {
    // The counter knows only the lines the parser has come to.
    const lineStart = text.lastIndexOf('\n', start - 1) + 1;
    const lineEnd = text.indexOf('\n', start);
    const line = counter.linePos(start).line;
    return {
      file,
      line,
      column: start - lineStart + 1,
      source: text.slice(lineStart, lineEnd === -1 ? text.length : lineEnd).replace(/\r$/, ''),
      length: Math.max(1, Math.min(end, lineEnd === -1 ? text.length : lineEnd) - start),
      message,
      ...(expected === undefined ? {} : { expected }),
      ...(nearest === undefined ? {} : { nearest }),
    };
  };

function sourceOf(
  file: string,
  document: Document.Parsed,
  value: unknown,
  place: Place,
  counter: LineCounter,
): YamlSource {
  const rangeAt = (path: readonly PathStep[], complaint: Complaint): readonly [number, number] => {
    const { node, key } = locate(document, path);
    if (complaint.at === 'key' && key !== undefined) return rangeOf(key);
    const [start, end] = rangeOf(node ?? key);
    const { part } = complaint;
    if (part === undefined || !isScalar(node)) return [start, end];
    // A quoted text begins after its quote; escapes within shift the caret, which only blurs it.
    const from = start + (node.type === 'PLAIN' ? 0 : 1) + part.column - 1;
    return node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL'
      ? [start, end]
      : [from, Math.min(end, from + part.length)];
  };
  return {
    file,
    value,
    problemAt: (path, complaint) => place(rangeAt(path, complaint), complaint),
    lineOf: (path) => counter.linePos(rangeAt(path, { message: '', at: 'key' })[0]).line,
  };
}

/** The deepest part of the document the path leads to, aliases and merges followed; `key` is the last key gone through. */
function locate(
  document: Document.Parsed,
  path: readonly PathStep[],
): { readonly node: unknown; readonly key: unknown } {
  let node: unknown = document.contents;
  let key: unknown;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = pairOf(document, node.items, step);
      if (pair === undefined) return { node: key === undefined ? node : undefined, key };
      key = pair.key;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      key = undefined;
    } else return { node, key };
  }
  return { node, key };
}

function pairOf(
  document: Document.Parsed,
  items: readonly Pair<unknown, unknown>[],
  step: PathStep,
): Pair<unknown, unknown> | undefined {
  const own = items.find((pair) => keyText(pair) === String(step));
  if (own !== undefined) return own;
  for (const merge of items.filter((pair) => keyText(pair) === '<<')) {
    const sources = isSeq(merge.value) ? merge.value.items : [merge.value];
    for (const source of sources) {
      const target = isAlias(source) ? source.resolve(document) : source;
      const found = isMap(target) ? pairOf(document, target.items, step) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/**
 * Once the parser has lost its footing it stumbles over every word that follows: only the stumble itself is worth a line, and on one
 * line only the first fault.
 */
function firstCauses(errors: readonly YAMLParseError[], text: string): readonly YAMLParseError[] {
  const exhausted = errors.find(({ message }) => /call stack/.test(message));
  if (exhausted !== undefined) return [exhausted];
  const stumble = errors.findIndex(({ code }) => code === 'UNEXPECTED_TOKEN');
  const causes = stumble === -1 ? errors : errors.slice(0, stumble + 1);
  return causes.filter(({ pos }, index) => {
    const before = causes[index - 1];
    return before === undefined || text.slice(before.pos[0], pos[0]).includes('\n');
  });
}

/** The parser's words where they are clear, ours where they speak of its own API or leave a person guessing. */
function syntaxComplaint(code: string, message: string, at: string): Complaint {
  const words = message.replaceAll('"quote', '" quote').replaceAll("'quote", "' quote");
  const lower = `${words.charAt(0).toLowerCase()}${words.slice(1)}`;
  if (/call stack/.test(message)) return { message: 'nested too deeply to be an inventory' };
  if (/flow-seq-start/.test(message) || (code === 'MISSING_CHAR' && at === '['))
    return {
      message: '"[" within { } or [ ] begins a list',
      expected: 'quotes around a text with a range, e.g. "gpu[01-16]"',
    };
  switch (code) {
    case 'TAB_AS_INDENT':
      return { message: 'a tab is used to indent', expected: 'blanks: YAML allows no tabs there' };
    case 'MULTIPLE_DOCS':
      return { message: 'a second document begins here', expected: 'one document per file' };
    case 'BAD_INDENT':
      return { message: `the indentation does not fit: ${lower}` };
    default:
      return { message: lower };
  }
}
