import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { quote } from '../../src/model/quote.ts';

/** What a real sh hears: the arguments, each ended by a NUL byte. */
function heard(words: readonly string[]): readonly string[] {
  const out = execFileSync('sh', ['-c', `printf '%s\\0' ${quote(words)}`], { encoding: 'utf8' });
  return out.split('\0').slice(0, words.length);
}

/** A small generator with a printed seed, so that a failure can be repeated. */
function randomWords(seed: number): readonly string[] {
  let state = seed;
  const next = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  const alphabet = [...'ab \'"\\$`!*?[]{}()<>|&;#~=%\n\t-/.,:@^0', 'é', '漢', '\u0001', '\u007f'];
  return Array.from({ length: 1 + next(6) }, () =>
    Array.from({ length: next(12) }, () => alphabet[next(alphabet.length)]).join(''),
  );
}

test('whatever the words are, a real sh hears exactly them', () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const words = randomWords(seed);
    expect({ seed, words: heard(words) }).toEqual({ seed, words });
  }
});

test('plain words stay readable; grammar, tildes and assignments do not act', () => {
  expect(quote(['df', '-P', '--', '/data'])).toBe('df -P -- /data');
  expect(quote(['if', '~root', 'A=b', '', "it's"])).toBe(`'if' '~root' 'A=b' '' 'it'\\''s'`);
});

test('a NUL byte is refused: no argument vector can carry one', () => {
  expect(() => quote(['a\0b'])).toThrow(RangeError);
});
