import { expect, test } from 'vitest';
import { colourDepthOf, isAsciiOnly, penOf } from '../../../src/ui/terminal/colours.ts';
import { ROLES, STYLE, styleOf } from '../../../src/ui/terminal/style.ts';
import { THEMES, themeNamed } from '../../../src/ui/theme.ts';

test('the depth follows NO_COLOR, COLORTERM and TERM, in that order', () => {
  expect(colourDepthOf({ TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '1' })).toBe('none');
  expect(colourDepthOf({ TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '' })).toBe('true');
  expect(colourDepthOf({ TERM: 'tmux-256color' })).toBe('256');
  expect(colourDepthOf({ TERM: 'screen' })).toBe('16');
  expect(colourDepthOf({ TERM: 'dumb' })).toBe('none');
});

test('a locale that is not UTF-8 draws in ASCII; none at all counts as UTF-8', () => {
  expect(isAsciiOnly({ LANG: 'en_GB.UTF-8' })).toBe(false);
  expect(isAsciiOnly({})).toBe(false);
  expect(isAsciiOnly({ LC_ALL: 'POSIX', LANG: 'en_GB.UTF-8' })).toBe(true);
  expect(isAsciiOnly({ LANG: 'de_DE.ISO-8859-1' })).toBe(true);
});

test('without colours a pen uses weight alone: no colour code, and critical, warning and selected still look unlike plain', () => {
  const pen = penOf(themeNamed('dark'), 'none', false);
  for (const role of ROLES) expect(pen.change(undefined, styleOf(role))).not.toMatch(/[34][0-9]/);
  const looks = ['plain', 'warning', 'critical'].map((role) =>
    pen.change(undefined, styleOf(ROLES.find((one) => one === role))),
  );
  expect(new Set(looks).size).toBe(3);
  expect(pen.change(0, STYLE.selected)).toBe('\x1b[7m');
});

test('every theme at every depth tells good, warning, critical and unknown apart', () => {
  for (const theme of THEMES) {
    for (const depth of ['16', '256', 'true'] as const) {
      const pen = penOf(theme, depth, false);
      const looks = (['good', 'warning', 'critical', 'unknown'] as const).map((role) =>
        pen.change(undefined, styleOf(role)),
      );
      expect(new Set(looks).size, `${theme.name} ${depth}`).toBe(4);
    }
  }
});

test('changing style writes the least that does it', () => {
  const pen = penOf(themeNamed('dark'), '16', false);
  expect(pen.change(styleOf('good'), styleOf('good'))).toBe('');
  expect(pen.change(styleOf('good'), styleOf('busy'))).toBe('\x1b[94m');
  expect(pen.change(styleOf('critical'), 0)).toBe('\x1b[m');
});

test('an ASCII pen writes nothing else, as wide as before', () => {
  const pen = penOf(themeNamed('dark'), '16', true);
  expect(['│', '█', '…', 'é', '漢', 'x'].map(pen.cluster)).toEqual(['|', '#', '~', '?', '??', 'x']);
});
