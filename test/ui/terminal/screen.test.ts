import { expect, test } from 'vitest';
import { clipboardSequence, enterScreen, leaveScreen } from '../../../src/ui/terminal/screen.ts';
import { virtualTerminal } from '../../screen.ts';

test('every mode switched on is switched off again', () => {
  const modes = (text: string, end: string): readonly string[] =>
    [...text.matchAll(/\x1b\[\?(\d+)([hl])/g)].filter(([, , last]) => last === end).map(([, mode = '']) => mode);
  const left = leaveScreen();
  for (const mode of modes(enterScreen({ mouse: true }), 'h')) expect(modes(left, 'l')).toContain(mode);
  for (const mode of modes(enterScreen({ mouse: true }), 'l')) expect(modes(left, 'h')).toContain(mode);
  expect(enterScreen({ mouse: false })).not.toContain('1000');
});

test('leaving shows what was there before', async () => {
  const terminal = virtualTerminal(20, 3);
  const write = (bytes: string): Promise<void> => new Promise((resolve) => terminal.write(bytes, () => resolve()));
  await write('$ muster');
  await write(`${enterScreen({ mouse: true })}console`);
  expect([terminal.isAlternate(), terminal.lines()[0]]).toEqual([true, 'console']);
  await write(leaveScreen());
  expect([terminal.isAlternate(), terminal.lines()[0]]).toEqual([false, '$ muster']);
});

test('the clipboard sequence reaches the outer terminal through tmux and screen, and refuses what terminals would cut', () => {
  const encoded = Buffer.from('gpu[01-04]').toString('base64');
  expect(clipboardSequence('gpu[01-04]', {})).toBe(`\x1b]52;c;${encoded}\x07`);
  expect(clipboardSequence('gpu[01-04]', { TMUX: '/tmp/tmux-0/default,1,0' })).toContain('\x1bPtmux;\x1b\x1b]52;c;');
  expect(clipboardSequence('gpu[01-04]', { TERM: 'screen.xterm' })).toBe(`\x1bP\x1b]52;c;${encoded}\x07\x1b\\`);
  expect(clipboardSequence('x'.repeat(100_000), {})).toBeUndefined();
});
