const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** How a time is written, for schemas and editors: `500ms`, `5s`, `2m`, `1h`. */
export const DURATION = /^\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h)$/;

/** Milliseconds of a text that matches `DURATION`; undefined for any other. */
export function durationMs(text: string): number | undefined {
  const match = /^([\d.]+)(ms|s|m|h)$/.exec(text);
  const unit = MS_PER_UNIT[match?.[2] ?? ''];
  return match === null || unit === undefined || !DURATION.test(text) ? undefined : Math.round(Number(match[1]) * unit);
}

/** The shortest way to write a time: 5000 is `5s`, 1500 is `1500ms`. */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms > 0 && ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  PB: 1e15,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  PiB: 2 ** 50,
};

/** How a size is written: `100GB` is what a disk's label says (powers of 1000), `100GiB` what lsblk says (powers of 1024). */
export const SIZE = /^\d{1,15}(?:\.\d{1,3})? ?(?:B|kB|KB|MB|GB|TB|PB|KiB|MiB|GiB|TiB|PiB)$/;

/** Bytes of a text that matches `SIZE`; undefined for any other. */
export function sizeBytes(text: string): number | undefined {
  const match = /^([\d.]+) ?([A-Za-z]+)$/.exec(text);
  const unit = BYTES_PER_UNIT[match?.[2] ?? ''];
  return match === null || unit === undefined || !SIZE.test(text) ? undefined : Math.round(Number(match[1]) * unit);
}

/** The shortest exact way to write a size: 100000000000 is `100GB`. */
export function formatSize(bytes: number): string {
  for (const unit of ['PiB', 'TiB', 'GiB', 'MiB', 'PB', 'TB', 'GB', 'MB']) {
    const size = BYTES_PER_UNIT[unit] ?? 1;
    if (bytes > 0 && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes}B`;
}
