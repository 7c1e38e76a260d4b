import type { GpuErrors } from '../model/gpu-errors.ts';
import { grown } from '../model/growth.ts';
import { absent, fact, type ParseContext, type Probe } from '../model/probe.ts';
import {
  busId,
  exitCodeOf,
  failedInWords,
  MAX_ROWS,
  nonEmptyLines,
  nothing,
  present,
  section,
  sections,
  wholeNumber,
} from './text.ts';

const NAME = 'gpuErrors';

/**
 * Counters whose growth tells of a card or a link going bad: `== corrected CODE` with CSV `bus id, errors`, and `== replays` with the
 * lines `GPU 00000000:1B:00.0` and `Replays Since Reset : 9` of `nvidia-smi -q`. No driver knows replays as a column (595 does not);
 * -q asks the card for everything, which is why this question comes once a minute. An older driver leaves out what it does not know.
 */
export const gpuErrors = {
  name: NAME,
  ask: {
    kind: 'child',
    brief: true,
    deadlineMs: 20_000,
    sh: `
if command -v nvidia-smi >/dev/null 2>&1; then
  columns=pci.bus_id,ecc.errors.corrected.volatile.total
  rows=$(nvidia-smi "--query-gpu=$columns" --format=csv,noheader,nounits 2>&1 </dev/null)
  printf '== corrected %s\\n%s\\n== replays\\n' "$?" "$rows"
  nvidia-smi -q 2>&1 </dev/null | sed -n '/^GPU [0-9A-Fa-f]/p; /^ *Replays [Ss]ince [Rr]eset/p'
fi`,
  },
  everyMs: 60_000,
  parse: ({ stdout, exitCode }, { atMs, previous }) => {
    const parts = sections(stdout);
    const answer = section(parts, 'corrected');
    if (answer === undefined) return nothing(NAME, exitCode, 'no nvidia-smi on this node');
    const lines = nonEmptyLines(answer.text).slice(0, MAX_ROWS);
    const corrected = correctedIn(lines);
    const replays = replaysIn(section(parts, 'replays')?.text ?? '');
    const cards = [...new Set([...corrected.keys(), ...replays.keys()])].slice(0, MAX_ROWS);
    if (cards.length > 0)
      return fact(cards.map((card) => cardOf(card, corrected.get(card), replays.get(card), { atMs, previous })));
    if (/^No devices were found/i.test(lines[0] ?? '')) return absent('the driver finds no GPU on this node');
    if (lines.length === 0 && exitCodeOf(answer) === 0) return absent('the driver finds no GPU on this node');
    throw failedInWords(NAME, lines.slice(0, 2).join('; '), `nvidia-smi ended with ${exitCodeOf(answer)}`);
  },
} satisfies Probe<'gpuErrors'>;

function cardOf(
  card: string,
  corrected: number | undefined,
  replays: number | undefined,
  { atMs, previous }: { readonly atMs: number; readonly previous: ParseContext<readonly GpuErrors[]>['previous'] },
): GpuErrors {
  const before = previous?.value.find((known) => known.busId === card);
  const growth = (name: 'corrected' | 'replays', value: number | undefined) =>
    grown(
      before?.[name === 'corrected' ? 'correctedGrowth' : 'replayGrowth'] ?? [],
      before === undefined || previous === undefined ? undefined : { value: before[name], atMs: previous.atMs },
      { value, atMs },
    );
  return {
    busId: card,
    ...present<Pick<GpuErrors, 'corrected' | 'replays'>>({ corrected, replays }),
    correctedGrowth: growth('corrected', corrected),
    replayGrowth: growth('replays', replays),
  };
}

const BUS_ID = /^[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7]$/;

/** By card; a card without the figure (`[N/A]`) is in it without one. */
function correctedIn(lines: readonly string[]): ReadonlyMap<string, number | undefined> {
  return new Map(
    lines.flatMap((line) => {
      const [address = '', value = ''] = line.split(', ');
      return BUS_ID.test(address) ? [[busId(address) ?? '', countIn(value)] as const] : [];
    }),
  );
}

function replaysIn(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  let card: string | undefined;
  for (const line of nonEmptyLines(text).slice(0, 2 * MAX_ROWS)) {
    if (line.startsWith('GPU ')) card = BUS_ID.test(line.slice(4).trim()) ? busId(line.slice(4).trim()) : undefined;
    const value = countIn(/^ *Replays since reset *: *(\d+)$/i.exec(line)?.[1] ?? '');
    if (card !== undefined && value !== undefined) found.set(card, value);
  }
  return found;
}

/** A counter of 64 bits; more is no counter. */
function countIn(text: string): number | undefined {
  const value = wholeNumber(text.trim());
  return value !== undefined && value <= 2 ** 63 ? value : undefined;
}
