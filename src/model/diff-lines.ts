/** One line of a difference: it stays, goes, or comes; or `skip` lines that stay are left out. */
export type DiffLine =
  | { readonly kind: 'same' | 'gone' | 'new'; readonly text: string }
  | { readonly kind: 'skip'; readonly count: number };

/** Lines shown around a change. */
const CONTEXT = 2;

/** Above this product of lines the middle is shown as all gone and all new: exact, only not the shortest. */
const CELLS_LIMIT = 4_000_000;

/** The difference of two texts line by line, shortest form, with two lines of context. Undefined: there is no such file. */
export function diffLines(before: string | undefined, after: string | undefined): readonly DiffLine[] {
  const left = linesOf(before);
  const right = linesOf(after);
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head += 1;
  let tail = 0;
  while (tail < left.length - head && tail < right.length - head && left.at(-1 - tail) === right.at(-1 - tail))
    tail += 1;
  const same = (text: string): DiffLine => ({ kind: 'same', text });
  return withoutFarContext([
    ...left.slice(0, head).map(same),
    ...middle(left.slice(head, left.length - tail), right.slice(head, right.length - tail)),
    ...left.slice(left.length - tail).map(same),
  ]);
}

function linesOf(text: string | undefined): readonly string[] {
  if (text === undefined || text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

/** Longest common subsequence, by its table of lengths. */
function middle(left: readonly string[], right: readonly string[]): readonly DiffLine[] {
  const gone = left.map((text): DiffLine => ({ kind: 'gone', text }));
  const fresh = right.map((text): DiffLine => ({ kind: 'new', text }));
  if (left.length * right.length > CELLS_LIMIT) return [...gone, ...fresh];
  const width = right.length + 1;
  const lengths = new Uint32Array((left.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = left.length - 1; row >= 0; row--)
    for (let column = right.length - 1; column >= 0; column--)
      lengths[row * width + column] =
        left[row] === right[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
  const found: DiffLine[] = [];
  let row = 0;
  let column = 0;
  while (row < left.length && column < right.length) {
    const text = left[row] ?? '';
    if (text === right[column]) {
      found.push({ kind: 'same', text });
      row += 1;
      column += 1;
    } else if (at(row + 1, column) >= at(row, column + 1)) found.push(gone[row++] ?? { kind: 'gone', text });
    else found.push(fresh[column++] ?? { kind: 'new', text });
  }
  return [...found, ...gone.slice(row), ...fresh.slice(column)];
}

function withoutFarContext(lines: readonly DiffLine[]): readonly DiffLine[] {
  const isNear = (index: number): boolean =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ kind }) => kind !== 'same');
  const kept: DiffLine[] = [];
  for (const [index, line] of lines.entries()) {
    if (isNear(index)) kept.push(line);
    else {
      const last = kept.at(-1);
      if (last?.kind === 'skip') kept[kept.length - 1] = { kind: 'skip', count: last.count + 1 };
      else kept.push({ kind: 'skip', count: 1 });
    }
  }
  return kept;
}
