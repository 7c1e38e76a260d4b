import { expect, test } from 'vitest';
import { type DiffLine, diffLines } from '../../src/model/diff-lines.ts';

const drawn = (lines: readonly DiffLine[]): readonly string[] =>
  lines.map((line) =>
    line.kind === 'skip' ? `@ ${line.count}` : `${{ same: ' ', gone: '-', new: '+' }[line.kind]} ${line.text}`,
  );

test('a new file is all new, a removed one all gone, an equal one nothing but left out', () => {
  expect(drawn(diffLines(undefined, 'a\nb\n'))).toEqual(['+ a', '+ b']);
  expect(drawn(diffLines('a\nb\n', undefined))).toEqual(['- a', '- b']);
  expect(drawn(diffLines('a\nb\n', 'a\nb\n'))).toEqual(['@ 2']);
});

test('a changed line stands between two lines that stay, and what is far away is counted', () => {
  const before = '1\n2\n3\n4\n5\n6\n7\n8\n';
  expect(drawn(diffLines(before, before.replace('5', 'five')))).toEqual([
    '@ 2',
    '  3',
    '  4',
    '- 5',
    '+ five',
    '  6',
    '  7',
    '@ 1',
  ]);
});

test('applied to the old text the difference gives the new one, whatever the texts', () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let round = 0; round < 500; round++) {
    const text = (): string => Array.from({ length: random(9) }, () => 'abc'[random(3)]).join('\n');
    const [before, after] = [text(), text()];
    const lines = diffLines(before, after);
    const olds = before === '' ? [] : before.split('\n');
    let at = 0;
    const made = lines.flatMap((line) => {
      if (line.kind === 'skip') {
        const skipped = olds.slice(at, at + line.count);
        at += line.count;
        return skipped;
      }
      if (line.kind === 'new') return [line.text];
      expect(olds[at]).toBe(line.text);
      at += 1;
      return line.kind === 'same' ? [line.text] : [];
    });
    expect(made.join('\n')).toBe(after);
  }
});
