import type { Theme } from '../theme.ts';
import type { Pen } from './encode.ts';
import { roleOf, STYLE, type Style } from './style.ts';
import { clusterWidth } from './width.ts';

/** How many colours a terminal shows. */
export type ColourDepth = 'none' | '16' | '256' | 'true';

/** Variables of the environment that speak about the terminal. */
export interface TerminalEnvironment {
  readonly [name: string]: string | undefined;
}

/** What a terminal can show, from NO_COLOR (no-color.org), COLORTERM and TERM. */
export function colourDepthOf(environment: TerminalEnvironment): ColourDepth {
  const noColour = environment['NO_COLOR'];
  const term = environment['TERM'] ?? '';
  if ((noColour !== undefined && noColour !== '') || term === 'dumb' || /^(vt\d+|linux-m|xterm-mono)/.test(term))
    return 'none';
  if (/^(truecolor|24bit)$/i.test(environment['COLORTERM'] ?? '') || /-direct$/.test(term)) return 'true';
  return /256(color)?/.test(term) ? '256' : '16';
}

/** Whether the locale says that the terminal cannot take UTF-8. An unset locale counts as able: jump hosts often set none. */
export function isAsciiOnly(environment: TerminalEnvironment): boolean {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  return environment['TERM'] === 'dumb' || /^(POSIX|.+\.(ISO-?8859|US-?ASCII|ANSI))/i.test(locale);
}

interface Attributes {
  readonly colour: string;
  readonly background: string;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly underline: boolean;
  readonly reverse: boolean;
}

/** The pen of one theme at one depth. Sequences are made once for each pair of styles. */
export function penOf(theme: Theme, depth: ColourDepth, ascii: boolean): Pen {
  const attributes = new Map<Style, Attributes>();
  const changes = new Map<number, string>();
  const attributesOf = (style: Style): Attributes => {
    const cached = attributes.get(style) ?? lookAt(theme, depth, style);
    attributes.set(style, cached);
    return cached;
  };
  return {
    change: (from, to) => {
      if (from === undefined) return reset(attributesOf(to));
      const key = from * 65_536 + to;
      const cached = changes.get(key) ?? shortest(attributesOf(from), attributesOf(to));
      changes.set(key, cached);
      return cached;
    },
    cluster: ascii ? asciiCluster : (cluster) => cluster,
  };
}

function lookAt(theme: Theme, depth: ColourDepth, style: Style): Attributes {
  const look = theme.looks[roleOf(style)];
  const isSelected = (style & STYLE.selected) !== 0;
  const isMono = depth === 'none';
  return {
    colour: isMono ? '' : colour(look.rgb, look.ansi, depth, 30),
    background: isSelected && !isMono ? colour(theme.selected.rgb, theme.selected.ansi, depth, 40) : '',
    bold: (style & STYLE.bold) !== 0 || (isMono ? look.mono === 'bold' : look.bold === true),
    dim: isMono ? look.mono === 'dim' : look.dim === true,
    underline: (style & STYLE.underline) !== 0 || (isMono ? look.mono === 'underline' : look.underline === true),
    // Reverse twice is not reverse, so a critical cell in the row under the cursor still stands out.
    reverse: ((style & STYLE.reverse) !== 0) !== (isMono && isSelected !== (look.mono === 'reverse')),
  };
}

/** SGR parameters of a colour; `base` is 30 for text and 40 for the background. */
function colour(rgb: string | undefined, ansi: number | undefined, depth: ColourDepth, base: 30 | 40): string {
  if (rgb === undefined || ansi === undefined || depth === 'none') return '';
  if (depth === '16') return `${ansi < 8 ? base + ansi : base + 60 + ansi - 8}`;
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(rgb.slice(at, at + 2), 16));
  return depth === 'true' ? `${base + 8};2;${red};${green};${blue}` : `${base + 8};5;${nearestOf256(red, green, blue)}`;
}

const CUBE = [0, 95, 135, 175, 215, 255];

/** The nearest of the 6x6x6 cube and the grey ramp of xterm's 256 colours. */
function nearestOf256(red: number, green: number, blue: number): number {
  const nearest = (value: number): number =>
    CUBE.reduce((best, step, at) => (Math.abs(step - value) < Math.abs((CUBE[best] ?? 0) - value) ? at : best), 0);
  const [r, g, b] = [nearest(red), nearest(green), nearest(blue)];
  const distance = (x: number, y: number, z: number): number => (x - red) ** 2 + (y - green) ** 2 + (z - blue) ** 2;
  const grey = Math.max(0, Math.min(23, Math.round(((red + green + blue) / 3 - 8) / 10)));
  const level = 8 + grey * 10;
  const isGreyNearer = distance(level, level, level) < distance(CUBE[r] ?? 0, CUBE[g] ?? 0, CUBE[b] ?? 0);
  return isGreyNearer ? 232 + grey : 16 + 36 * r + 6 * g + b;
}

function reset(to: Attributes): string {
  return `\x1b[${['', ...switchedOn(undefined, to)].join(';')}m`;
}

function shortest(from: Attributes, to: Attributes): string {
  const codes: string[] = [];
  const losesWeight = (from.bold && !to.bold) || (from.dim && !to.dim);
  if (losesWeight) codes.push('22');
  if (from.underline && !to.underline) codes.push('24');
  if (from.reverse && !to.reverse) codes.push('27');
  if (from.colour !== '' && to.colour === '') codes.push('39');
  if (from.background !== '' && to.background === '') codes.push('49');
  codes.push(...switchedOn(losesWeight ? { ...from, bold: false, dim: false } : from, to));
  if (codes.length === 0) return '';
  const delta = `\x1b[${codes.join(';')}m`;
  const whole = reset(to);
  return whole.length < delta.length ? whole : delta;
}

function switchedOn(from: Attributes | undefined, to: Attributes): readonly string[] {
  return [
    to.bold && from?.bold !== true ? '1' : '',
    to.dim && from?.dim !== true ? '2' : '',
    to.underline && from?.underline !== true ? '4' : '',
    to.reverse && from?.reverse !== true ? '7' : '',
    to.colour !== (from?.colour ?? '') ? to.colour : '',
    to.background !== (from?.background ?? '') ? to.background : '',
  ].filter((code) => code !== '');
}

const ASCII_FOR: readonly (readonly [RegExp, string])[] = [
  [/[─━╌╍┄┅]/, '-'],
  [/[│┃╎╏]/, '|'],
  [/[┌┐└┘├┤┬┴┼╭╮╯╰]/, '+'],
  [/[█▓▒▉▊▋]/, '#'],
  [/[▁▂▃▄▅▆▇░▌▍▎▏]/, '='],
  [/[…]/, '~'],
  [/[·•◦]/, '.'],
  [/[→▶►▸›»]/, '>'],
  [/[←◀◄◂‹«]/, '<'],
  [/[↑▲△]/, '^'],
  [/[↓▼▽]/, 'v'],
  [/[●◉■◆]/, 'o'],
  [/[✓✔]/, 'y'],
  [/[✗✘×]/, 'x'],
  [/[–—]/, '-'],
];

/** A stand-in of one ASCII character for what a terminal without UTF-8 cannot show; two for a wide cluster. */
function asciiCluster(cluster: string): string {
  if (cluster >= ' ' && cluster <= '~') return cluster;
  const found = ASCII_FOR.find(([pattern]) => pattern.test(cluster));
  if (found !== undefined) return found[1];
  return clusterWidth(cluster) === 2 ? '??' : '?';
}
