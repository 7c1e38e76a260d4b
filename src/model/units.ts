/** The unit a figure is kept in: bytes, milliseconds, a share of one, degrees Celsius, watts, megahertz, or a bare count. */
export type Unit = 'bytes' | 'ms' | 'ratio' | 'celsius' | 'watts' | 'mhz' | 'count';

const KIBI = 1024;
const BYTE_LETTERS = ['B', 'K', 'M', 'G', 'T', 'P', 'E'] as const;

/** Bytes in powers of 1024, at most five characters: `512B`, `1.8T`, `931G`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return '?';
  let figure = bytes;
  let power = 0;
  // 999.5 and more would round to four digits.
  while (figure >= 999.5 && power < BYTE_LETTERS.length - 1) {
    figure /= KIBI;
    power += 1;
  }
  const digits = power > 0 && figure < 9.95 ? figure.toFixed(1) : figure.toFixed(0);
  return `${digits}${BYTE_LETTERS[power] ?? 'B'}`;
}

/** Bytes per second, e.g. `1.2G/s`. */
export const formatRate = (bytesPerSec: number): string => `${formatBytes(bytesPerSec)}/s`;

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A length of time in its one telling unit, at most four characters until 273 years: `8s`, `95s`, `42m`, `17h`, `41d`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '?';
  const length = Math.max(0, ms);
  if (length < 100 * SECOND_MS) return `${Math.floor(length / SECOND_MS)}s`;
  if (length < 100 * MINUTE_MS) return `${Math.floor(length / MINUTE_MS)}m`;
  if (length < 48 * HOUR_MS) return `${Math.floor(length / HOUR_MS)}h`;
  return `${Math.floor(length / DAY_MS)}d`;
}

/** A round trip: `0.4ms`, `12ms`, `1.2s`. */
export function formatLatency(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '?';
  if (ms < 9.95) return `${ms.toFixed(1)}ms`;
  return ms < 999.5 ? `${ms.toFixed(0)}ms` : `${(ms / SECOND_MS).toFixed(1)}s`;
}

/** A share of one as whole per cent, rounded down so that only what is full says `100%`. */
export const formatRatio = (ratio: number): string =>
  Number.isFinite(ratio) ? `${Math.floor(ratio * 100 + 1e-9)}%` : '?';

/** A time of day in the console's own time zone, `14:03:07`. */
export function formatClock(atMs: number): string {
  const date = new Date(atMs);
  const two = (figure: number): string => String(figure).padStart(2, '0');
  if (Number.isNaN(date.getTime())) return '?';
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

const FACTORS: { readonly [suffix: string]: { readonly unit: Unit; readonly factor: number } } = {
  ms: { unit: 'ms', factor: 1 },
  s: { unit: 'ms', factor: SECOND_MS },
  m: { unit: 'ms', factor: MINUTE_MS },
  min: { unit: 'ms', factor: MINUTE_MS },
  h: { unit: 'ms', factor: HOUR_MS },
  d: { unit: 'ms', factor: DAY_MS },
  '%': { unit: 'ratio', factor: 0.01 },
  c: { unit: 'celsius', factor: 1 },
  w: { unit: 'watts', factor: 1 },
  mhz: { unit: 'mhz', factor: 1 },
};

/**
 * A figure as people type it, in the unit it will be compared in: `1T`, `1.5TiB` and `500GB` (decimal) are bytes, `30s` and `5m`
 * milliseconds, `90%` a ratio. Without a suffix `unit` decides: seconds for times, per cent for ratios above 1. Undefined when it is no
 * such figure.
 */
export function parseFigure(text: string, unit: Unit): number | undefined {
  const match = /^([+-]?\d{1,15}(?:\.\d{1,9})?)\s*([a-zA-Z%]*)$/.exec(text.trim());
  if (match === null) return undefined;
  const figure = Number(match[1]);
  const suffix = match[2] ?? '';
  if (suffix === '') return bareFigure(figure, unit);
  if (unit === 'bytes') return byteFigure(figure, suffix);
  const known = FACTORS[suffix.toLowerCase()];
  return known?.unit === unit ? figure * known.factor : undefined;
}

function bareFigure(figure: number, unit: Unit): number {
  if (unit === 'ms') return figure * SECOND_MS;
  return unit === 'ratio' && Math.abs(figure) > 1 ? figure / 100 : figure;
}

function byteFigure(figure: number, suffix: string): number | undefined {
  const match = /^([KMGTPE]?)(i?)(B?)$/i.exec(suffix);
  if (match === null) return undefined;
  const power = match[1] === '' ? 0 : ['K', 'M', 'G', 'T', 'P', 'E'].indexOf((match[1] ?? '').toUpperCase()) + 1;
  // A bare letter means what the screen shows: powers of 1024. `GB` is the maker's decimal gigabyte.
  const isDecimal = match[2] === '' && match[3] !== '';
  return figure * (isDecimal ? 1000 : KIBI) ** power;
}
