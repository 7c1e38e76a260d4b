const compiled = new Map<string, RegExp>();

/** Patterns are few and asked for every host; beyond this they are not kept. */
const MOST_COMPILED = 10_000;

/** `*` and `?` of ssh_config(5), section PATTERNS; with `brackets` also `[…]`, as glob(7) has for Include. Case counts. */
export function globMatches(pattern: string, text: string, brackets = false): boolean {
  if (!/[*?[]/.test(pattern)) return pattern === text;
  const key = brackets ? `[${pattern}` : `*${pattern}`;
  const known = compiled.get(key);
  if (known !== undefined) return known.test(text);
  const made = compile(pattern, brackets);
  if (compiled.size < MOST_COMPILED) compiled.set(key, made);
  return made.test(text);
}

function compile(pattern: string, brackets: boolean): RegExp {
  const parts = pattern.match(brackets ? /\[[^\]]+\]|\*+|[\s\S]/g : /\*+|[\s\S]/g) ?? [];
  const source = parts.map((part) => {
    if (part.startsWith('*')) return '.*';
    if (part === '?') return '.';
    if (part.length > 1)
      return `[${part
        .slice(1, -1)
        .replace(/^!/, '^')
        .replace(/[\\[\]]/g, '\\$&')}]`;
    return part.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`, 's');
}

/** A list of patterns: one of them matches, and none of those with `!`. */
export function anyMatches(patterns: readonly string[], text: string): boolean {
  let matched = false;
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) {
      if (globMatches(pattern.slice(1), text)) return false;
    } else matched ||= globMatches(pattern, text);
  }
  return matched;
}
