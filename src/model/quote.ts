/** Words sh(1) would read as its own grammar when they come first and bare. */
const RESERVED = new Set(
  '! [[ { } case do done elif else esac fi for function if in select then time until while'.split(' '),
);

/**
 * One shell command line from an argument vector, for POSIX sh: the only place where a command becomes text.
 * Throws a `RangeError` for a NUL byte, which no argument vector can carry.
 */
export function quote(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ');
}

function quoteWord(word: string): string {
  if (word.includes('\0')) throw new RangeError(`${JSON.stringify(word)}: an argument cannot hold a NUL byte`);
  if (/^[A-Za-z0-9_@%+:,./-]+$/.test(word) && !RESERVED.has(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
