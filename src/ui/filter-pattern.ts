/** A longer expression is not typed by hand. */
const LONGEST_PATTERN = 200;
/** Only so much of a text is matched: what a node sent may be long, and matching cost can grow faster than its length. */
export const MATCHED_LETTERS = 512;

/**
 * Why a regular expression is refused, or undefined. Repeats of repeats such as `(a+)+` and back references are refused, because they
 * can take longer than a person lives on a line of fifty letters.
 */
export function whyNotPattern(source: string): string | undefined {
  if (source.length > LONGEST_PATTERN)
    return `the regular expression has ${source.length} letters; ${LONGEST_PATTERN} are allowed`;
  if (/\\[1-9]|\\k</.test(source)) return 'back references are not allowed in a filter';
  try {
    new RegExp(source, 'i');
  } catch (error) {
    return sentenceOf(error);
  }
  return hasNestedRepeat(source)
    ? 'a repeat of something that repeats, such as (a+)+, is not allowed in a filter'
    : undefined;
}

/** The expression ready to use; it must have passed `whyNotPattern`. */
export const compilePattern = (source: string): RegExp | undefined =>
  whyNotPattern(source) === undefined ? new RegExp(source, 'i') : undefined;

/** `Invalid regular expression: /(/i: Unterminated group` says its reason after the last colon. */
function sentenceOf(error: unknown): string {
  const reason = error instanceof Error ? error.message.split(': ').at(-1) : undefined;
  return `the regular expression cannot be read: ${(reason ?? 'unknown').toLowerCase()}`;
}

function hasNestedRepeat(source: string): boolean {
  // Per open group, whether something in it repeats; escapes and classes cannot repeat by themselves.
  const bare = source.replace(/\\./g, 'x').replace(/\[(?:[^\]])*\]/g, 'x');
  const groups: boolean[] = [false];
  for (let at = 0; at < bare.length; at += 1) {
    const letter = bare[at];
    if (letter === '(') groups.push(false);
    else if (letter === ')') {
      const repeats = groups.pop() ?? false;
      const isRepeated = /^(?:[*+]|\{\d+,)/.test(bare.slice(at + 1));
      if (repeats && isRepeated) return true;
      if (repeats) groups[groups.length - 1] = true;
    } else if (letter === '*' || letter === '+' || /^\{\d+,/.test(bare.slice(at))) groups[groups.length - 1] = true;
  }
  return false;
}
