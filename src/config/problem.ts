/** One thing wrong in a file, with all a person needs to mend it. Lines and columns are 1-based. */
export interface InventoryProblem {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** The line as it stands in the file. */
  readonly source?: string;
  /** Characters of `source` the problem is about. */
  readonly length?: number;
  /** What is wrong, e.g. `unknown key "exprots"`. */
  readonly message: string;
  /** What would be right, e.g. `one of name, nodes, groups`. */
  readonly expected?: string;
  /** The known word nearest to the offending one. */
  readonly nearest?: string;
}

/** More problems than this are counted, not listed: one slip often causes hundreds. */
const SHOWN_PROBLEMS = 50;

/** Columns of the source line shown around the caret. */
const SHOWN_COLUMNS = 100;

/** Problems in the order of the files and their lines; those about a whole file first. */
export const inFileOrder = (problems: readonly InventoryProblem[]): readonly InventoryProblem[] =>
  problems.toSorted(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  );

/**
 * Problems as text for a terminal, in file order, each as
 * `file:line:column: what is wrong; did you mean "x"?`, the source line, a caret below the offending text, and what was expected.
 */
export function formatProblems(problems: readonly InventoryProblem[]): string {
  const shown = problems.slice(0, SHOWN_PROBLEMS).map(formatProblem);
  const rest = problems.length - shown.length;
  return [...shown, ...(rest > 0 ? [`… and ${rest} more problems`] : [])].join('\n');
}

function formatProblem({ file, line, column, source, length, message, expected, nearest }: InventoryProblem): string {
  const place = line === undefined ? file : column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;
  const lines = [
    `${place}: ${harmless(message)}${nearest === undefined ? '' : `; did you mean "${harmless(nearest)}"?`}`,
  ];
  if (line !== undefined && source !== undefined) {
    const number = String(line).padStart(5);
    const gutter = ' '.repeat(number.length);
    const from = Math.max(0, (column ?? 1) - SHOWN_COLUMNS);
    const text = harmless(source)
      .slice(from, from + SHOWN_COLUMNS + 40)
      .trimEnd();
    lines.push(`${number} | ${text}`);
    if (column !== undefined) {
      const width = Math.max(1, Math.min(length ?? 1, text.length - (column - 1 - from)));
      lines.push(`${gutter} | ${' '.repeat(column - 1 - from)}${'^'.repeat(width)}`);
    }
  }
  if (expected !== undefined) lines.push(`${lines.length > 1 ? '      = ' : '  '}expected ${harmless(expected)}`);
  return lines.join('\n');
}

/** A file may hold escape codes; none reaches the terminal. One character stays one, so that the caret stays below its word. */
const harmless = (text: string): string =>
  text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (character) =>
    character === '\t' ? ' ' : '\u00b7',
  );
