/** One command of a line and what joins it to the one before. */
export interface Part {
  readonly join: 'first' | 'then' | 'and' | 'or' | 'pipe';
  readonly words: readonly string[];
  /** Output goes to /dev/null. */
  readonly isSilent: boolean;
}

/** A line taken apart, or the piece of grammar that the demo's shell does not know. */
export type Line =
  | { readonly kind: 'parts'; readonly parts: readonly Part[] }
  | { readonly kind: 'unknown'; readonly what: string };

const JOINS: { readonly [operator: string]: Part['join'] } = {
  ';': 'then',
  '\n': 'then',
  '&&': 'and',
  '||': 'or',
  '|': 'pipe',
};

/** Takes a simple line of sh(1) apart: words with quotes, `;`, `&&`, `||`, `|`, and output thrown away. Everything else is told, not guessed. */
export function readLine(text: string): Line {
  const parts: Part[] = [];
  let now: { join: Part['join']; words: string[]; isSilent: boolean } = { join: 'first', words: [], isSilent: false };
  const close = (join: Part['join']) => {
    if (now.words.length > 0) parts.push(now);
    now = { join: parts.length === 0 ? 'first' : join, words: [], isSilent: false };
  };
  let rest = text.trim();
  while (rest !== '') {
    const [operator] = /^(?:&&|\|\||[;\n|])/.exec(rest) ?? [];
    const [blank] = /^(?:[ \t]+|#[^\n]*)/.exec(rest) ?? [];
    const [silent, stream] = /^([12]?)>+ ?(?:\/dev\/null|&[12])/.exec(rest) ?? [];
    const [word] =
      /^(?:[^\s;&|<>()$`"'\\#*?{}]|\\.|'[^']*'|"[^"$`\\]*")(?:[^\s;&|<>()$`"'\\*?{}]|\\.|'[^']*'|"[^"$`\\]*")*/s.exec(
        rest,
      ) ?? [];
    const taken = operator ?? blank ?? silent ?? word;
    if (taken === undefined) return { kind: 'unknown', what: rest.slice(0, 20).split('\n')[0] ?? '' };
    if (operator !== undefined) close(JOINS[operator] ?? 'then');
    else if (silent !== undefined) now.isSilent ||= stream !== '2' && !silent.includes('&');
    else if (blank === undefined) now.words.push(bare(taken));
    rest = rest.slice(taken.length);
  }
  close('then');
  return { kind: 'parts', parts };
}

const bare = (word: string): string =>
  word.replace(
    /\\(.)|'([^']*)'|"([^"]*)"/gs,
    (_, escaped?: string, single?: string, double?: string) => escaped ?? single ?? double ?? '',
  );

/** The words of one line that `quote` made: bare words and words in single quotes. */
export function readWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [, single, escaped, blank, plain] of line.matchAll(/'([^']*)'|\\(.)|(\s)|(.)/gs)) {
    if (blank === undefined) word = (word ?? '') + (single ?? escaped ?? plain ?? '');
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}
