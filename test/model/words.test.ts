import { expect, test } from 'vitest';
import { quote } from '../../src/model/quote.ts';
import { splitWords } from '../../src/model/words.ts';
import { seeded } from '../sim/random.ts';

test('words part at blanks, quotes and backslashes hold them together, and nothing else has a meaning', () => {
  const cases = [
    ['uptime -p', ['uptime', '-p']],
    ['  a   b ', ['a', 'b']],
    [`echo 'a b' "c \\"d\\" $HOME" e\\ f`, ['echo', 'a b', 'c "d" $HOME', 'e f']],
    [`a'b'"c"d`, ['abcd']],
    [`'' ""`, ['', '']],
    ['ls *.log | wc; rm $x', ['ls', '*.log', '|', 'wc;', 'rm', '$x']],
    ['', []],
  ] as const;
  for (const [text, words] of cases) expect({ text, ...splitWords(text) }).toEqual({ text, kind: 'words', words });
});

test('a quote or a backslash without an end is told with its place', () => {
  expect(splitWords("echo 'half")).toEqual({ kind: 'problem', because: 'the quote at character 6 has no end' });
  expect(splitWords('a\\')).toMatchObject({ kind: 'problem' });
});

test('what quote wrote comes back', () => {
  const random = seeded(3);
  const letters = ['a', ' ', "'", '"', '\\', '\n', '$', '`', 'é', '{'];
  for (let round = 0; round < 2_000; round++) {
    const words = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
      Array.from({ length: Math.floor(random() * 6) }, () => letters[Math.floor(random() * letters.length)]).join(''),
    );
    expect(splitWords(quote(words))).toEqual({ kind: 'words', words });
  }
});
