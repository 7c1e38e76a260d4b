import type { Gpu, MigDevice } from '../model/facts.ts';
import { busId } from '../model/pci-address.ts';
import { absent, fact, type Probe } from '../model/probe.ts';
import { GPU_FIELDS, type GpuField, OLD_GPU_FIELDS, THROTTLE_BITS } from './gpu-fields.ts';
import {
  decimal,
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

const NAME = 'gpus';
const MIB = 1_048_576;

/**
 * Cards of one node, as the driver sees them: `== gpus CODE` with the CSV of `nvidia-smi --query-gpu`, and `== list` with
 * `nvidia-smi -L` where a card has MIG on. Older drivers know fewer columns; their number tells which list was asked.
 */
export const gpus = {
  name: NAME,
  ask: {
    kind: 'child',
    brief: true,
    // Without persistence mode the driver wakes eight cards one by one, which takes up to ten seconds.
    deadlineMs: 15_000,
    early: 'lacks nvidia-smi',
    sh: `
if command -v nvidia-smi >/dev/null 2>&1; then
  rows=$(nvidia-smi --query-gpu=${GPU_FIELDS.join()} --format=csv,noheader,nounits 2>&1 </dev/null)
  code=$?
  for fields in ${throttleName(GPU_FIELDS.join())} ${OLD_GPU_FIELDS.join()}; do
    case $rows in *'is not a valid field'*) ;; *) break ;; esac
    rows=$(nvidia-smi --query-gpu="$fields" --format=csv,noheader,nounits 2>&1 </dev/null)
    code=$?
  done
  printf '== gpus %s\\n%s\\n' "$code" "$rows"
  case "$rows
" in *', Enabled
'*) echo '== list'; nvidia-smi -L 2>&1 </dev/null || : ;; esac
fi`,
  },
  everyMs: 5_000,
  parse: ({ stdout, exitCode }) => {
    const parts = sections(stdout);
    const answer = section(parts, 'gpus');
    if (answer === undefined) return nothing(NAME, exitCode, 'no nvidia-smi on this node');
    const lines = nonEmptyLines(answer.text).slice(0, MAX_ROWS);
    const mig = migDevices(section(parts, 'list')?.text ?? '');
    const cards = lines.flatMap((line) => parseCard(line, mig));
    // With a card in the answer, other lines tell of cards the driver lost; alone, they are the answer.
    if (cards.length > 0) return fact(withLost(cards, lines));
    if (/^No devices were found/i.test(lines[0] ?? '')) return absent('the driver finds no GPU on this node');
    const code = exitCodeOf(answer);
    if (lines.length === 0 && code === 0) return absent('the driver finds no GPU on this node');
    throw failedInWords(NAME, said(lines), `nvidia-smi ended with ${code}`);
  },
} satisfies Probe<'gpus'>;

/** The name of the reasons column before driver 535. */
function throttleName(fields: string): string {
  return fields.replace('clocks_event_reasons', 'clocks_throttle_reasons');
}

/** The driver's sentence: its first line, and a second one that names the library of a version mismatch. */
const said = (lines: readonly string[]): string => lines.slice(0, 2).join('; ');

const placesOf = (fields: readonly GpuField[]): ReadonlyMap<GpuField, number> =>
  new Map(fields.map((field, at) => [field, at]));
const PLACES = placesOf(GPU_FIELDS);
const OLD_PLACES = placesOf(OLD_GPU_FIELDS);

/** One CSV line, or nothing where the line is none. */
function parseCard(line: string, mig: ReadonlyMap<string, readonly MigDevice[]>): readonly Gpu[] {
  const words = line.split(', ');
  const places = words.length === PLACES.size ? PLACES : words.length === OLD_PLACES.size ? OLD_PLACES : undefined;
  if (places === undefined) return [];
  const said: Text = (field) => words[places.get(field) ?? words.length]?.trim();
  const index = wholeNumber(said('index') ?? '');
  const uuid = said('uuid') ?? '';
  if (index === undefined || index > 1_000 || !/^GPU-[0-9A-Za-z-]{1,80}$/.test(uuid)) return [];
  const text: Text = (field) => given(said(field));
  const error = TROUBLE.test(line) ? errorOf(words, said) : undefined;
  return [
    {
      index,
      uuid,
      name: text('name') ?? 'unknown',
      busId: busId(text('pci.bus_id')) ?? '',
      driverVersion: text('driver_version') ?? '',
      throttleReasons: throttleReasons(text('clocks_event_reasons.active')),
      migDevices: mig.get(uuid) ?? [],
      ...figures(text),
      ...present<Partial<Gpu>>({ error }),
    },
  ];
}

type Text = (field: GpuField) => string | undefined;

/** Everything a card may not give; a figure outside what a card can have is treated as not given. */
function figures(text: Text): Partial<Gpu> {
  const number = (field: GpuField, most: number): number | undefined => {
    const value = decimal(text(field) ?? '');
    return value !== undefined && value <= most ? value : undefined;
  };
  const percent = (field: GpuField): number | undefined => scaled(number(field, 1_000), 0.01);
  const bytes = (field: GpuField): number | undefined => scaled(number(field, 2 ** 40), MIB);
  // In two parts, because copying more than a dozen members one by one makes V8 keep a table of names for each card.
  return {
    ...present<Partial<Gpu>>({
      utilisationRatio: percent('utilization.gpu'),
      memoryUsedBytes: bytes('memory.used'),
      memoryTotalBytes: bytes('memory.total'),
      temperatureC: number('temperature.gpu', 1_000),
      powerW: number('power.draw', 100_000),
      powerLimitW: number('power.limit', 100_000),
      smClockMhz: number('clocks.current.sm', 100_000),
      maxSmClockMhz: number('clocks.max.sm', 100_000),
      memoryClockMhz: number('clocks.current.memory', 100_000),
      performanceState: text('pstate'),
      pcieGen: number('pcie.link.gen.current', 100),
      pcieGenMax: number('pcie.link.gen.max', 100),
      pcieWidth: number('pcie.link.width.current', 100),
      pcieWidthMax: number('pcie.link.width.max', 100),
      persistence: enabled(text('persistence_mode')),
      computeMode: text('compute_mode'),
    }),
    ...present<Partial<Gpu>>({
      memoryTemperatureC: number('temperature.memory', 1_000),
      fanRatio: percent('fan.speed'),
      eccEnabled: enabled(text('ecc.mode.current')),
      eccCorrected: number('ecc.errors.corrected.volatile.total', 2 ** 63),
      eccUncorrected: number('ecc.errors.uncorrected.volatile.total', 2 ** 63),
      retiredPagesPending: enabled(text('retired_pages.pending')),
      remappedRowsPending: enabled(text('remapped_rows.pending')),
      remappedRowsFailed: enabled(text('remapped_rows.failure')),
      migEnabled: enabled(text('mig.mode.current')),
      serial: text('serial'),
    }),
  };
}

/** Hundredths multiply inexactly (0.07 * 100), so ratios divide. */
const scaled = (value: number | undefined, by: number): number | undefined =>
  value === undefined ? undefined : by < 1 ? value / Math.round(1 / by) : value * by;

/** `[N/A]`, `[Not Supported]`, `[Unknown Error]`, `ERR!`, `[Requested functionality has been deprecated]` are no values. */
const given = (text: string | undefined): string | undefined =>
  text === undefined ||
  text === '' ||
  (text.startsWith('[') && text.endsWith(']')) ||
  text === 'N/A' ||
  text.startsWith('ERR!')
    ? undefined
    : text;

/** nvidia-smi says yes in three ways. */
function enabled(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(?:Enabled|Yes|1)$/i.test(text)) return true;
  return /^(?:Disabled|No|0)$/i.test(text) ? false : undefined;
}

function throttleReasons(mask: string | undefined): readonly string[] {
  if (mask === undefined || !/^0x[0-9A-Fa-f]{1,16}$/.test(mask)) return [];
  if (/^0x0+$/.test(mask)) return [];
  const bits = BigInt(mask);
  return THROTTLE_BITS.flatMap(([bit, reason]) => ((bits & bit) === 0n ? [] : [reason]));
}

/** What any of the words of a card in trouble has in it. */
const TROUBLE = /GPU is lost|requires reset|fallen off|Unknown Error|ERR!/i;

/** One figure that reads ERR! is a sensor; lost cards say so, and dying ones fail at several of the figures every card has. */
function errorOf(words: readonly string[], said: Text): string | undefined {
  const lost = words.find((text) => /GPU is lost|requires reset|fallen off/i.test(text))?.trim();
  if (lost !== undefined) return lost.replace(/^\[|\]$/g, '');
  const vital = (['utilization.gpu', 'memory.used', 'memory.total', 'temperature.gpu'] as const).map(
    (field) => said(field) ?? '',
  );
  const failing = vital.filter((text) => /Unknown Error|ERR!/.test(text));
  return failing.length >= 2 ? (failing[0] ?? '').replace(/^\[|\]$/g, '') : undefined;
}

/** `Unable to determine the device handle for GPU1: 0000:02:00.0: GPU is lost.  Reboot …`; without its number the first gap is its place. */
function withLost(cards: readonly Gpu[], lines: readonly string[]): readonly Gpu[] {
  const found = [...cards];
  for (const line of lines) {
    const [, number, address = '', sentence = ''] =
      /^Unable to determine the device handle for GPU ?(\d{1,3})?:? ?([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7]): (.+)$/.exec(
        line,
      ) ?? [];
    if (sentence === '' || found.length >= MAX_ROWS) continue;
    const index = wholeNumber(number ?? '') ?? firstGap(found);
    const error = sentence.slice(0, 300);
    const driverVersion = cards[0]?.driverVersion ?? '';
    found.push({
      index,
      uuid: '',
      name: 'unknown',
      busId: busId(address) ?? '',
      driverVersion,
      throttleReasons: [],
      migDevices: [],
      error,
    });
  }
  return found.sort((a, b) => a.index - b.index);
}

function firstGap(cards: readonly Gpu[]): number {
  const taken = new Set(cards.map(({ index }) => index));
  let index = 0;
  while (taken.has(index)) index += 1;
  return index;
}

/** By card: lines `  MIG 3g.40gb     Device  0: (UUID: MIG-…)` below `GPU 0: NVIDIA H100 (UUID: GPU-…)`. */
function migDevices(text: string): ReadonlyMap<string, readonly MigDevice[]> {
  const found = new Map<string, MigDevice[]>();
  let devices: MigDevice[] | undefined;
  for (const line of nonEmptyLines(text).slice(0, MAX_ROWS)) {
    const card = /^GPU \d+: .*\(UUID: (GPU-[0-9A-Za-z-]{1,80})\)/.exec(line)?.[1];
    if (card !== undefined) {
      devices = [];
      found.set(card, devices);
    }
    const [, profile = '', index = '', uuid] =
      /^\s+MIG (\S+)\s+Device\s+(\d{1,3}): \(UUID: (MIG-\S{1,200})\)/.exec(line) ?? [];
    if (uuid !== undefined) devices?.push({ index: Number(index), profile, uuid });
  }
  return found;
}
