// A screen of the emulator as a picture: backgrounds as rectangles, text as runs of one look, each held to its width in cells.
import type { IBuffer, IBufferCell } from '@xterm/headless';

/** One cell in points. Fonts differ in width by a little; `textLength` holds every run to its cells. */
const CELL = { width: 8.4, height: 17, baseline: 12.8 } as const;
const MARGIN = 14;
/** Points of a full bar: bars of two rows must not touch. */
const FULL = CELL.height - 2;
const BACKGROUND = '#11151c';
const FOREGROUND = '#d3d7de';
const BAR = /[\u2581-\u258f]/;
const BARS = new RegExp(BAR, 'g');
/** The sixteen colours, for a program that asks for them by number. */
const SIXTEEN =
  '#1c2028 #e06c75 #6fbf73 #d7af5f #5f9fef #b48ead #5fd7d7 #c5c8cf #5c6370 #ff7b85 #87d787 #ffd75f #87bfff #d7a7ff #87ffff #ffffff'.split(
    ' ',
  );

interface Look {
  readonly colour: string;
  readonly background: string;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly underline: boolean;
}

interface Run extends Look {
  readonly column: number;
  readonly columns: number;
  readonly text: string;
}

/** The picture of a screen; `title` is for who cannot see it. */
export function svgOf(
  buffer: IBuffer,
  size: { readonly columns: number; readonly rows: number },
  title: string,
): string {
  const width = Math.round(size.columns * CELL.width + 2 * MARGIN);
  const height = size.rows * CELL.height + 2 * MARGIN;
  const rows = Array.from({ length: size.rows }, (_, row) => runsOf(buffer, row, size.columns));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="14" shape-rendering="crispEdges">`,
    ...rows.flatMap((runs, row) => [
      ...runs.flatMap((run) => [...rectangle(run, row), ...bars(run, row), ...text(run, row)]),
    ]),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function runsOf(buffer: IBuffer, row: number, columns: number): readonly Run[] {
  const line = buffer.getLine(buffer.baseY + row);
  const runs: Run[] = [];
  for (let column = 0; column < columns; column++) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const look = lookOf(cell);
    const last = runs.at(-1);
    const piece = { ...look, column, columns: cell.getWidth(), text: cell.getChars() || ' ' };
    if (last === undefined || !isSame(last, look)) runs.push(piece);
    else runs[runs.length - 1] = { ...last, columns: last.columns + piece.columns, text: last.text + piece.text };
  }
  return runs;
}

function lookOf(cell: IBufferCell): Look {
  const colour = cell.isFgDefault() ? FOREGROUND : hex(cell.isFgRGB(), cell.getFgColor());
  const background = cell.isBgDefault() ? BACKGROUND : hex(cell.isBgRGB(), cell.getBgColor());
  const isInverse = cell.isInverse() !== 0;
  return {
    colour: isInverse ? background : colour,
    background: isInverse ? colour : background,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    underline: cell.isUnderline() !== 0,
  };
}

/** A colour of the emulator; palettes as xterm has them: sixteen, then a cube of 6 x 6 x 6, then 24 greys. */
function hex(isRgb: boolean, value: number): string {
  if (isRgb) return `#${value.toString(16).padStart(6, '0')}`;
  if (value < 16) return SIXTEEN[value] ?? FOREGROUND;
  const level = (step: number) => (step === 0 ? 0 : 55 + 40 * step);
  const cube = value - 16;
  const parts =
    value < 232
      ? [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]
      : [value, value, value].map((grey) => 8 + 10 * (grey - 232));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

const isSame = (a: Look, b: Look): boolean =>
  a.colour === b.colour &&
  a.background === b.background &&
  a.bold === b.bold &&
  a.dim === b.dim &&
  a.underline === b.underline;

function rectangle({ background, column, columns }: Run, row: number): readonly string[] {
  if (background === BACKGROUND) return [];
  return [
    `<rect x="${x(column)}" y="${MARGIN + row * CELL.height}" width="${points(columns * CELL.width)}" height="${CELL.height}" fill="${background}"/>`,
  ];
}

/** Bars are drawn, because a font's own blocks leave gaps or overlap. Eighths: U+2581 to U+2588 from below, to U+258F from the left. */
function bars({ colour, dim, column, text: characters }: Run, row: number): readonly string[] {
  return [...characters].flatMap((character, at) => {
    const code = character.codePointAt(0) ?? 0;
    if (!BAR.test(character)) return [];
    const height = code < 0x2588 ? (FULL * (code - 0x2580)) / 8 : FULL;
    const width = code <= 0x2588 ? CELL.width : (CELL.width * (0x2590 - code)) / 8;
    const top = MARGIN + (row + 1) * CELL.height - height;
    return [
      `<rect x="${x(column + at)}" y="${points(top)}" width="${points(width)}" height="${points(height)}" fill="${colour}"${dim ? ' opacity=".6"' : ''}/>`,
    ];
  });
}

/** Wide gaps are left out, so that a run never drifts from its columns by more than a few words. */
function text(run: Run, row: number): readonly string[] {
  return [...run.text.replaceAll(BARS, ' ').matchAll(/\S+(?: \S+)*/g)].map(({ 0: words, index }) => {
    const look = [
      `fill="${run.colour}"`,
      ...(run.bold ? ['font-weight="bold"'] : []),
      ...(run.dim ? ['opacity=".6"'] : []),
      ...(run.underline ? ['text-decoration="underline"'] : []),
    ].join(' ');
    const length = [...words].length;
    return `<text x="${x(run.column + [...run.text.slice(0, index)].length)}" y="${points(MARGIN + row * CELL.height + CELL.baseline)}" textLength="${points(length * CELL.width)}" lengthAdjust="spacingAndGlyphs" ${look}>${escaped(words)}</text>`;
  });
}

const x = (column: number): string => points(MARGIN + column * CELL.width);
const points = (value: number): string => String(Math.round(value * 10) / 10);
const escaped = (value: string): string => value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
