/** A text cut into words, or why it cannot be. */
export type SplitWords =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'problem'; readonly because: string };

const PIECE = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\([\s\S])|([^\s'"\\]+)/y;

/**
 * Cuts a text into words as sh(1) does for quotes and backslashes, and for nothing else: `$`, `*`, `|` and `;` are letters like any other.
 * What `quote` wrote comes back as it was.
 */
export function splitWords(text: string): SplitWords {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; ) {
    PIECE.lastIndex = at;
    const piece = PIECE.exec(text);
    if (piece === null) return { kind: 'problem', because: `the quote at character ${at + 1} has no end` };
    at = PIECE.lastIndex;
    const [whole, single, double, escaped, bare] = piece;
    if (/^\s/.test(whole)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = `${word ?? ''}${single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? bare ?? ''}`;
  }
  if (word !== undefined) words.push(word);
  return { kind: 'words', words };
}
