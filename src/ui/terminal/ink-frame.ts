import type { Role } from '../view.ts';
import { clearRect, type Grid, putText } from './cell-grid.ts';
import { ROLES, STYLE, type Style, styleOf } from './style.ts';

/**
 * Text in a role for Ink. Ink only lays it out, so the role travels as a colour number of the 256 (`38;5;ROLE`) and becomes a real colour
 * in the grid. The text must be neutralised before.
 */
export function inkText(text: string, role: Role | undefined, flags = 0): string {
  if (text === '') return '';
  const colour = role === undefined || role === 'plain' ? '' : `\x1b[38;5;${styleOf(role)}m`;
  const on = `${flags & STYLE.bold ? '\x1b[1m' : ''}${flags & STYLE.underline ? '\x1b[4m' : ''}${flags & STYLE.reverse ? '\x1b[7m' : ''}`;
  const off = `${flags & STYLE.reverse ? '\x1b[27m' : ''}${flags & STYLE.underline ? '\x1b[24m' : ''}${flags & STYLE.bold ? '\x1b[22m' : ''}`;
  return `${colour}${on}${text}${off}${colour === '' ? '' : '\x1b[39m'}`;
}

// biome-ignore lint/complexity/useRegexLiterals: a literal with ESC in it reads worse.
const SEQUENCE = new RegExp('\\x1b(?:\\[([0-9;:]*)([A-Za-z])|[^\\[])', 'g');

/** Reads a frame of Ink into a grid of the same width. Only styles are taken from its escape sequences; nothing else in it has an effect. */
export function readInkFrame(frame: string, grid: Grid): void {
  clearRect(grid, { x: 0, y: 0, width: grid.width, height: grid.height });
  const lines = frame.split('\n');
  let style: Style = 0;
  for (let y = 0; y < Math.min(lines.length, grid.height); y++) style = readLine(lines[y] ?? '', y, style, grid);
}

function readLine(line: string, y: number, before: Style, grid: Grid): Style {
  let style = before;
  let x = 0;
  let from = 0;
  for (const match of line.matchAll(SEQUENCE)) {
    x = putText(grid, x, y, line.slice(from, match.index), style);
    from = match.index + match[0].length;
    if (match[2] === 'm') style = afterSgr(style, match[1] ?? '');
  }
  putText(grid, x, y, line.slice(from), style);
  return style;
}

function afterSgr(before: Style, parameters: string): Style {
  const codes = parameters.split(';').map(Number);
  let style = before;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 0) style = 0;
    else if (code === 1) style |= STYLE.bold;
    else if (code === 4) style |= STYLE.underline;
    else if (code === 7) style |= STYLE.reverse;
    else if (code === 22) style &= ~STYLE.bold;
    else if (code === 24) style &= ~STYLE.underline;
    else if (code === 27) style &= ~STYLE.reverse;
    else if (code === 39) style &= ~31;
    else if (code === 38 && codes[at + 1] === 5) {
      style = (style & ~31) | Math.min(codes[at + 2] ?? 0, ROLES.length - 1);
      at += 2;
    }
  }
  return style;
}
