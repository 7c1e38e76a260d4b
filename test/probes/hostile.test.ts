// Nothing from a node is trusted. For every probe of the registry: answers cut anywhere, with bytes changed at random, of the wrong kind,
// or far too long. Whatever comes, a parser yields a sane fact, an absence, or a ParseError with a short sentence, and does so soon.
import { describe, expect, test } from 'vitest';
import { ParseError } from '../../src/model/errors.ts';
import type { ParseContext, Parsed, ProbeName } from '../../src/model/probe.ts';
import { probes } from '../../src/probes/registry.ts';
import { samples, targetOf } from './samples.ts';
import { capture, capturesIn, describeCaptures } from './support.ts';

const SEED = 20_260_101;
const MOST_ROWS = 10_000;
/** Of processor time: linear parsers need some 10 ms for half a mebibyte, a quadratic one needs minutes. */
const SOON_MS = 2_000;

type Loose = (answer: { stdout: string; exitCode: number }, context: ParseContext<never>) => Parsed<unknown>;

const parserOf = (name: ProbeName): Loose => probes[name].parse as Loose;
const names = Object.keys(probes) as ProbeName[];

/** mulberry32: a small generator with a seed, so that a failure can be repeated. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What is wrong with a fact: numbers nobody can have, too many rows, members that are undefined. */
function whyInsane(value: unknown, path = ''): string | undefined {
  if (typeof value === 'number') {
    const isSigned = path.endsWith('.skewMs');
    return Number.isFinite(value) && (isSigned || value >= 0) && !Object.is(value, -0)
      ? undefined
      : `${path} is ${value}`;
  }
  if (value === undefined) return `${path} is undefined`;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value) && value.length > MOST_ROWS) return `${path} has ${value.length} rows`;
  for (const [key, member] of Object.entries(value)) {
    const why = whyInsane(member, `${path}.${key}`);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** Why an answer was not taken well, or undefined. */
function complaint(name: ProbeName, stdout: string, exitCode = 0, previous?: unknown): string | undefined {
  const context = {
    atMs: 1_000_000,
    tookMs: 20,
    target: targetOf(name),
    ...(previous === undefined ? {} : { previous: { value: previous, atMs: 990_000 } }),
  };
  try {
    const parsed = parserOf(name)({ stdout, exitCode }, context as ParseContext<never>);
    return parsed.kind === 'fact' ? whyInsane(parsed.value, name) : undefined;
  } catch (error) {
    if (!(error instanceof ParseError)) return `threw ${String(error)}`;
    if (error.line < 1 || error.message.length > 1_000) return `line ${error.line}, ${error.message.length} characters`;
    return undefined;
  }
}

const complaints = (name: ProbeName, answers: readonly string[], exitCode = 0): readonly string[] =>
  answers.flatMap((answer) => {
    const why = complaint(name, answer, exitCode);
    return why === undefined ? [] : [`${why}: ${JSON.stringify(answer.slice(0, 200))}`];
  });

const NASTY = [
  '\0',
  '\u001b[2J\u001b]0;pwned\u0007',
  '\u202egnp.exe',
  '\u200b\ufeff',
  '\ufffd',
  '1e309',
  '-1',
  'NaN',
  'Infinity',
  '18446744073709551616',
  '9'.repeat(400),
  '0x',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '$(reboot)',
  'Datei oder Verzeichnis nicht gefunden',
  'そのようなファイルやディレクトリはありません',
  '\n\n',
  ' ',
  '',
];

describe.each(names)('%s', (name) => {
  const good = samples[name];

  test('its samples are facts', () => {
    expect(
      good.map((stdout) => parserOf(name)({ stdout, exitCode: 0 }, { atMs: 1, target: targetOf(name) }).kind),
    ).toEqual(good.map(() => 'fact'));
  });

  test('every truncation parses or fails cleanly', () => {
    const cut = good.flatMap((answer) => Array.from(answer, (_, end) => answer.slice(0, end)));
    expect(complaints(name, cut)).toEqual([]);
    expect(complaints(name, cut.slice(0, 50), 1)).toEqual([]);
  });

  test('bytes changed at random are taken well', () => {
    const random = generator(SEED);
    const pick = (below: number) => Math.floor(random() * below);
    const garbled = Array.from({ length: 500 }, () => {
      const bytes = Buffer.from(good[pick(good.length)] ?? '');
      for (let count = 1 + pick(6); count > 0; count--) bytes[pick(bytes.length)] = pick(256);
      return bytes.toString('utf8');
    });
    expect(complaints(name, garbled), `seed ${SEED}`).toEqual([]);
  });

  test('words exchanged for nasty ones are taken well', () => {
    const spoilt = good.flatMap((answer) =>
      [...answer.matchAll(/[^\s,=:"{}]+/g)].flatMap(({ 0: word, index }) =>
        NASTY.map((nasty) => answer.slice(0, index) + nasty + answer.slice(index + word.length)),
      ),
    );
    expect(complaints(name, spoilt)).toEqual([]);
    expect(complaints(name, NASTY)).toEqual([]);
  });

  test('what other probes answer is taken well', () => {
    expect(
      complaints(
        name,
        names.flatMap((other) => samples[other]),
      ),
    ).toEqual([]);
  });

  test('a last good value from anywhere is not changed, and leads to nothing insane', () => {
    for (const stdout of good) {
      const parsed = parserOf(name)({ stdout, exitCode: 0 }, { atMs: 1, target: targetOf(name) });
      if (parsed.kind !== 'fact') continue;
      const before = JSON.stringify(parsed.value);
      expect(complaint(name, stdout, 0, deepFreeze(parsed.value))).toBeUndefined();
      expect(complaint(name, '', 0, parsed.value)).toBeUndefined();
      expect(JSON.stringify(parsed.value)).toBe(before);
    }
  });

  test('half a mebibyte of anything is dealt with soon', () => {
    const first = good[0] ?? '';
    const heads = [first.split('\n', 1)[0] ?? '', first];
    const slow = heads.flatMap((head) =>
      floods(good).flatMap((flood) => {
        const before = process.threadCpuUsage();
        const why = complaint(name, `${head}\n${flood}`);
        const { user, system } = process.threadCpuUsage(before);
        const tookMs = (user + system) / 1_000;
        return why === undefined && tookMs < SOON_MS
          ? []
          : [`${why ?? `${tookMs} ms`} on ${JSON.stringify(flood.slice(0, 40))}`];
      }),
    );
    expect(slow).toEqual([]);
  });
});

/** Long answers: one byte again and again, random bytes, a good line again and again, sections without end, deep nesting. */
function floods(good: readonly string[]): readonly string[] {
  const size = 524_288;
  const random = generator(SEED);
  const noise = Buffer.from(Array.from({ length: 65_536 }, () => Math.floor(random() * 256))).toString('latin1');
  const units = [
    'a',
    '\n',
    ' ',
    '\\',
    '"',
    '(',
    '#',
    ', ',
    '== a\n',
    '\\040',
    '=',
    ': ',
    noise,
    '{"blockdevices":[',
    '[',
    '/a b(',
    '-> ',
    'dev a: ',
  ];
  const lines = good.flatMap((answer) => answer.split('\n').filter((line) => line !== ''));
  return [...units, ...lines.map((line) => `${line}\n`), ...lines, ...good].map((unit) =>
    unit.repeat(Math.ceil(size / unit.length)),
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}

describeCaptures('hostile', () => {
  test('captures of every kind are taken well by every parser, whole and cut', () => {
    const folders = [
      'mounts/mountinfo',
      'mounts/mountstats',
      'mounts/exports',
      'mounts/lsblk',
      'gpu/failures',
      'gpu/dmesg',
      'misc/usb',
    ];
    const random = generator(SEED);
    const answers = folders.flatMap(capturesIn).flatMap((path) => {
      const text = capture(path);
      const cuts = Array.from({ length: 8 }, () => text.slice(0, Math.floor(random() * text.length)));
      return [text, ...cuts];
    });
    for (const name of names) {
      const head = (samples[name][0] ?? '').split('\n', 1)[0] ?? '';
      expect(complaints(name, answers), name).toEqual([]);
      expect(
        complaints(
          name,
          answers.map((answer) => `${head}\n${answer}`),
        ),
        name,
      ).toEqual([]);
    }
  });
});
