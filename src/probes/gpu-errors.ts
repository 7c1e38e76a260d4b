import type { GpuErrors } from '../model/gpu-errors.ts';
import { grown } from '../model/growth.ts';
import { busId } from '../model/pci-address.ts';
import { absent, fact, type ParseContext, type Probe } from '../model/probe.ts';
import { BUS_ID, type CardHealth, countIn, HEALTH_LINES, healthIn, linksIn } from './gpu-health.ts';
import { exitCodeOf, failedInWords, MAX_ROWS, nonEmptyLines, nothing, present, section, sections } from './text.ts';

const NAME = 'gpuErrors';

/**
 * Signs of a card or a link going bad: `== corrected CODE` with CSV `bus id, errors`, `== cards` with the lines of `nvidia-smi -q` that
 * gpu-health.ts reads, and `== links` with `GPU 0: NAME (UUID: GPU-…)`, ` Link 0: 26.562 GB/s`, ` Link 1: <inactive>` of `nvidia-smi nvlink`.
 * No driver knows replays as a column (595 does not); -q asks the card for everything, which is why this question comes once a minute.
 * An older driver leaves out what it does not know.
 */
export const gpuErrors = {
  name: NAME,
  ask: {
    kind: 'child',
    brief: true,
    deadlineMs: 20_000,
    early: 'lacks nvidia-smi',
    sh: `
if command -v nvidia-smi >/dev/null 2>&1; then
  columns=pci.bus_id,ecc.errors.corrected.volatile.total
  rows=$(nvidia-smi "--query-gpu=$columns" --format=csv,noheader,nounits 2>&1 </dev/null)
  printf '== corrected %s\\n%s\\n== cards\\n' "$?" "$rows"
  nvidia-smi -q 2>&1 </dev/null | sed -n '${HEALTH_LINES}'
  echo '== links'
  nvidia-smi nvlink -s 2>&1 </dev/null | sed -n '/^GPU [0-9]/p; /Link [0-9]*:/p'
fi`,
  },
  everyMs: 60_000,
  parse: ({ stdout, exitCode }, { atMs, previous }) => {
    const parts = sections(stdout);
    const answer = section(parts, 'corrected');
    if (answer === undefined) return nothing(NAME, exitCode, 'no nvidia-smi on this node');
    const lines = nonEmptyLines(answer.text).slice(0, MAX_ROWS);
    const corrected = correctedIn(lines);
    const health = healthIn(section(parts, 'cards')?.text ?? '');
    const links = linksIn(section(parts, 'links')?.text ?? '');
    const cards = [...new Set([...corrected.keys(), ...health.keys()])].slice(0, MAX_ROWS);
    if (cards.length > 0)
      return fact(
        cards.map((card) => {
          const told = health.get(card);
          return cardOf(card, corrected.get(card), told, links.get(told?.uuid ?? ''), { atMs, previous });
        }),
      );
    if (/^No devices were found/i.test(lines[0] ?? '')) return absent('the driver finds no GPU on this node');
    if (lines.length === 0 && exitCodeOf(answer) === 0) return absent('the driver finds no GPU on this node');
    throw failedInWords(NAME, lines.slice(0, 2).join('; '), `nvidia-smi ended with ${exitCodeOf(answer)}`);
  },
} satisfies Probe<'gpuErrors'>;

function cardOf(
  card: string,
  corrected: number | undefined,
  { replays, recovery, fabric }: CardHealth = {},
  nvlinks: GpuErrors['nvlinks'],
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
    ...present<Partial<GpuErrors>>({ corrected, replays, recovery, fabric, nvlinks }),
    correctedGrowth: growth('corrected', corrected),
    replayGrowth: growth('replays', replays),
  };
}

/** By card; a card without the figure (`[N/A]`) is in it without one. */
function correctedIn(lines: readonly string[]): ReadonlyMap<string, number | undefined> {
  return new Map(
    lines.flatMap((line) => {
      const [address = '', value = ''] = line.split(', ');
      return BUS_ID.test(address) ? [[busId(address) ?? '', countIn(value)] as const] : [];
    }),
  );
}
