import { loadavgLine, memoryLines, uptimeLine } from '../answers/load.ts';
import { cleanPath, fileAt, placeOf } from '../files.ts';
import { type Bench, type Commands, type Doing, failed, parseArgs, say, stateOf } from './doing.ts';
import { mountTable } from './storage.ts';

/** Longest sleep(1) of the demo. */
const SLEEP_SEC = 86_400;
const PRINTED_LINES = 100_000;

/** Small tools that print, count and wait. */
export const textCommands: Commands = {
  true: { play: () => ended(0) },
  false: { play: () => ended(1) },
  ':': { play: () => ended(0) },
  echo: {
    play: function* (_, args) {
      const isOpen = args[0] === '-n';
      yield { kind: 'say', text: `${(isOpen ? args.slice(1) : args).join(' ')}${isOpen ? '' : '\n'}` };
      return 0;
    },
  },
  printf: {
    play: function* (_, [format = '', ...words]) {
      const left = words.values();
      const shown = format
        .replace(/\\n/g, '\n')
        .replace(/\\t/g, '\t')
        .replace(/%[sd]/g, () => left.next().value ?? '');
      yield { kind: 'say', text: shown };
      return 0;
    },
  },
  sleep: {
    play: function* (_, [text = '']) {
      const [, number = '', unit = 's'] = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(text) ?? [];
      if (number === '') return yield* failed(`sleep: invalid time interval '${text}'`);
      const sec = Math.min(SLEEP_SEC, Number(number) * ({ m: 60, h: 3_600 }[unit] ?? 1));
      yield { kind: 'wait', ms: sec * 1_000, isExact: true };
      return 0;
    },
  },
  seq: {
    play: function* (_, args) {
      const [first, last] = args.length === 1 ? [1, Number(args[0])] : [Number(args[0]), Number(args[1])];
      const count = Math.max(0, Math.min(PRINTED_LINES, last - first + 1));
      yield say(Array.from({ length: count }, (_each, at) => first + at).join('\n'));
      return 0;
    },
  },
  cat: { play: playCat },
  head: { play: (bench, args) => cutLines(bench, args, (lines, count) => lines.slice(0, count)) },
  tail: { play: (bench, args) => cutLines(bench, args, (lines, count) => lines.slice(-count)) },
  wc: {
    play: function* ({ stdin }, args) {
      yield say(String(args.includes('-c') ? Buffer.byteLength(stdin) : linesOf(stdin).length));
      return 0;
    },
  },
  grep: {
    play: function* ({ stdin }, args) {
      const { words, flags } = parseArgs(args);
      const sought = words[0] ?? '';
      const holds = (line: string) =>
        flags.has('i') ? line.toLowerCase().includes(sought.toLowerCase()) : line.includes(sought);
      const found = linesOf(stdin).filter((line) => holds(line) !== flags.has('v'));
      yield say(flags.has('c') ? String(found.length) : found.join('\n'));
      return found.length > 0 ? 0 : 1;
    },
  },
};

// biome-ignore lint/correctness/useYield: a command that says nothing.
function* ended(exitCode: number): Doing {
  return exitCode;
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

function* cutLines(
  { stdin }: Bench,
  args: readonly string[],
  cut: (lines: readonly string[], count: number) => readonly string[],
): Doing {
  const { values, flags } = parseArgs(args, ['n']);
  const digits = [...flags].filter((flag) => /^\d$/.test(flag)).join('');
  yield say(cut(linesOf(stdin), Number(values.get('n') ?? (digits || 10))).join('\n'));
  return 0;
}

/** Files of the kernel that change all the time. proc(5) */
const KERNEL_FILES: { readonly [path: string]: (bench: Bench) => string } = {
  '/proc/loadavg': (bench) => `${loadavgLine(timed(bench))}\n`,
  '/proc/uptime': (bench) => `${uptimeLine(timed(bench))}\n`,
  '/proc/meminfo': (bench) =>
    memoryLines(timed(bench))
      .map((line) => `${line}\n`)
      .join(''),
  '/proc/self/mountinfo': mountTable,
  '/proc/mounts': mountTable,
  '/proc/sys/kernel/random/boot_id': (bench) => `${stateOf(bench).bootId}\n`,
};

const timed = (bench: Bench) => ({ node: stateOf(bench), nowMs: bench.world.clock.nowMs() });

function* playCat(bench: Bench, args: readonly string[]): Doing {
  const { words } = parseArgs(args);
  if (words.length === 0) yield { kind: 'say', text: bench.stdin };
  let code = 0;
  for (const word of words) {
    const path = cleanPath(word);
    const kernel = Object.hasOwn(KERNEL_FILES, path) ? KERNEL_FILES[path] : undefined;
    const place = placeOf(bench.world, stateOf(bench), path);
    const file = place.kind === 'here' ? fileAt(place.node, place.path) : undefined;
    if (kernel !== undefined) yield { kind: 'say', text: kernel(bench) };
    else if (file?.kind === 'file') yield { kind: 'say', text: file.text };
    else {
      yield say(`cat: ${word}: ${file?.kind === 'directory' ? 'Is a directory' : 'No such file or directory'}`);
      code = 1;
    }
  }
  return code;
}
