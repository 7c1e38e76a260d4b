/** Names one text may unfold to: more is a slip of the finger, e.g. `gpu[1-999999]`. */
export const MAX_NAMES = 100_000;

/** The names a pattern with ranges stands for, in order, or why it stands for none; `column` is 1-based within the text. */
export type Expansion =
  | { readonly kind: 'ok'; readonly names: readonly string[] }
  | { readonly kind: 'error'; readonly message: string; readonly column: number };

/**
 * Unfolds ranges in square brackets: `gpu[01-03,07]`, `n[1-9/2]`, `r[1-2]n[1-4]`, `nfs-[a-c]`. The width of the first number
 * is kept (`[08-10]` is 08, 09, 10). Text without brackets is one name. ClusterShell's nodeset(1), pdsh(1).
 */
export function expandRanges(text: string): Expansion {
  let names: readonly string[] = [''];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('[', at);
    const stray = text.indexOf(']', at);
    if (stray !== -1 && (open === -1 || stray < open)) return failed('"]" without "[" before it', stray);
    const literal = text.slice(at, open === -1 ? text.length : open);
    names = literal === '' ? names : names.map((name) => name + literal);
    if (open === -1) break;

    const close = text.indexOf(']', open);
    if (close === -1) return failed('"[" without "]" after it', open);
    const values = expandBrackets(text.slice(open + 1, close), open + 1);
    if (values.kind === 'error') return values;
    if (names.length * values.names.length > MAX_NAMES)
      return failed(`stands for more than ${MAX_NAMES.toLocaleString('en')} names`, open);
    names = names.flatMap((name) => values.names.map((value) => name + value));
    at = close + 1;
  }
  return { kind: 'ok', names };
}

/** What stands between one pair of brackets, starting at 0-based `offset` of the whole text. */
function expandBrackets(inside: string, offset: number): Expansion {
  const values: string[] = [];
  let at = offset;
  for (const element of inside.split(',')) {
    const expanded = expandElement(element.trim(), at);
    if (expanded.kind === 'error') return expanded;
    if (values.length + expanded.names.length > MAX_NAMES)
      return failed(`stands for more than ${MAX_NAMES.toLocaleString('en')} names`, at);
    for (const value of expanded.names) values.push(value);
    at += element.length + 1;
  }
  return { kind: 'ok', names: values };
}

/** One element of a list in brackets: `7`, `01-16`, `1-9/2`, `a`, `a-f`. */
function expandElement(element: string, offset: number): Expansion {
  const match = /^(?:(\d{1,15})(?:-(\d{1,15}))?|([a-z])(?:-([a-z]))?|([A-Z])(?:-([A-Z]))?)(?:\/(\d{1,15}))?$/.exec(
    element,
  );
  if (match === null)
    return failed(`${JSON.stringify(element)} is no range; expected e.g. 01-16, 1-9/2 or a-f`, offset);

  const [, firstNumber, lastNumber, firstLower, lastLower, firstUpper, lastUpper, stepText] = match;
  const step = Number(stepText ?? '1');
  if (step < 1) return failed('the step after "/" must be 1 or more', offset);
  if (firstNumber !== undefined) {
    const end = lastNumber ?? firstNumber;
    const isPadded = firstNumber.startsWith('0') || end.startsWith('0');
    if (isPadded && end.length < firstNumber.length)
      return failed('the ends of the range have different widths', offset);
    if (end.startsWith('0') && end.length !== firstNumber.length)
      return failed('the ends of the range have different widths', offset);
    const width = firstNumber.length > 1 && firstNumber.startsWith('0') ? firstNumber.length : 0;
    return count(Number(firstNumber), Number(end), step, offset, (value) => String(value).padStart(width, '0'));
  }
  const first = firstLower ?? firstUpper ?? '';
  const end = lastLower ?? lastUpper ?? first;
  return count(first.charCodeAt(0), end.charCodeAt(0), step, offset, (value) => String.fromCharCode(value));
}

function count(first: number, last: number, step: number, offset: number, show: (value: number) => string): Expansion {
  if (last < first) return failed(`the range ends at ${show(last)}, before it begins at ${show(first)}`, offset);
  if ((last - first) / step >= MAX_NAMES)
    return failed(`stands for more than ${MAX_NAMES.toLocaleString('en')} names`, offset);
  const names: string[] = [];
  for (let value = first; value <= last; value += step) names.push(show(value));
  return { kind: 'ok', names };
}

const failed = (message: string, offset: number): Expansion => ({ kind: 'error', message, column: offset + 1 });
