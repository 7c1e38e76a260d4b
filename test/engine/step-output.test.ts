import { expect, test } from 'vitest';
import { pieceShown, stepOutput } from '../../src/engine/step-output.ts';
import { mask } from '../../src/model/command.ts';

test('a secret is masked wherever the output is cut, and everything else arrives as it came', () => {
  const text = 'before hunter22 between hunter22hunter22 after\n';
  for (let cut = 0; cut <= text.length; cut++) {
    const output = stepOutput(['hunter22']);
    const parts = [
      output.take(Buffer.from(text.slice(0, cut))),
      output.take(Buffer.from(text.slice(cut))),
      output.end(),
    ];
    expect(Buffer.concat(parts).toString()).toBe('before ****** between ************ after\n');
    expect(output.lastWords()).toBe('before ****** between ************ after');
  }
});

test('the last words are the last line that says something', () => {
  const output = stepOutput();
  output.take(Buffer.from('one\ntwo\r\nmount.nfs: access denied\n\n  \n'));
  expect(output.lastWords()).toBe('mount.nfs: access denied');
});

test('of two secrets one of which begins the other, nothing of the longer one is left', () => {
  const output = stepOutput(['hunter', 'hunter22']);
  const parts = [output.take(Buffer.from('a hunter22 b hunter c\n')), output.end()];
  expect(Buffer.concat(parts).toString()).toBe('a ****** b ****** c\n');
  expect(mask('a hunter22 b', ['hunter', 'hunter22'])).toBe('a ****** b');
});

test('of a piece cut out of the midst whole lines are shown, masked, and none where a secret goes over lines', () => {
  const piece = 'unter22 rest\nfirst hunter22\nlast\nhunt';
  expect([pieceShown(piece, ['hunter22']), pieceShown(piece, ['two\nlines']), pieceShown('no line', [])]).toEqual([
    'first ******\nlast\n',
    '',
    '',
  ]);
});
