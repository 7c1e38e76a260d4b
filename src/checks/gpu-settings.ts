import type { Check } from '../model/check.ts';
import type { GpuSettings, TimeSlice } from '../model/gpu-state.ts';
import { TIME_SLICES } from '../model/gpu-state.ts';
import { busId } from '../model/pci-address.ts';
import {
  decimal,
  exitCodeOf,
  failedInWords,
  MAX_ROWS,
  nonEmptyLines,
  present,
  section,
  sections,
  wholeNumber,
} from '../probes/text.ts';

const NAME = 'gpuSettings';
const MIB = 1_048_576;

/** Columns in the order they are asked for; every driver since MIG (450) knows them. nvidia-smi --help-query-gpu. */
const COLUMNS =
  'index,uuid,pci.bus_id,name,persistence_mode,compute_mode,power.limit,power.min_limit,power.max_limit,power.default_limit,mig.mode.current,mig.mode.pending,memory.used,memory.total';

/**
 * All cards of a node with what can be set on them: `== cards CODE` with the CSV, `== policy` with `nvidia-smi compute-policy --list`,
 * `== minors` with a line `0000:9b:00.0 3` for /dev/nvidia3. The target is `all`.
 */
export const gpuSettings = {
  name: NAME,
  deadlineMs: 20_000,
  sh: `
command -v nvidia-smi >/dev/null 2>&1 || { echo '== none'; exit 0; }
rows=$(nvidia-smi --query-gpu=${COLUMNS} --format=csv,noheader,nounits 2>&1 </dev/null)
printf '== cards %s\\n%s\\n== policy\\n' "$?" "$rows"
\${sudo-} nvidia-smi compute-policy --list 2>&1 </dev/null
echo '== minors'
for info in /proc/driver/nvidia/gpus/*/information; do
  [ -r "$info" ] || continue
  bus=\${info%/information}
  while read -r line; do
    case $line in 'Device Minor:'*) printf '%s %s\\n' "\${bus##*/}" "\${line##*[!0-9]}" ;; esac
  done < "$info"
done 2>/dev/null
:`,
  parse: ({ stdout, exitCode }): readonly GpuSettings[] => {
    const parts = sections(stdout);
    if (section(parts, 'none') !== undefined) throw failedInWords(NAME, '', 'no nvidia-smi on this node');
    const answer = section(parts, 'cards');
    if (answer === undefined) throw failedInWords(NAME, stdout, `the question ended with exit code ${exitCode}`);
    const lines = nonEmptyLines(answer.text).slice(0, MAX_ROWS);
    const slices = slicesIn(section(parts, 'policy')?.text ?? '');
    const minors = minorsIn(section(parts, 'minors')?.text ?? '');
    const cards = lines.flatMap((line) => parseCard(line, slices, minors));
    if (cards.length > 0) return cards;
    throw failedInWords(NAME, lines.slice(0, 2).join('; '), `nvidia-smi ended with ${exitCodeOf(answer)}`);
  },
} satisfies Check<'gpuSettings'>;

function parseCard(
  line: string,
  slices: ReadonlyMap<number, TimeSlice>,
  minors: ReadonlyMap<string, number>,
): readonly GpuSettings[] {
  const words = line.split(', ').map((word) => word.trim());
  const [number = '', uuid = '', bus = '', name = ''] = words;
  const [, , , , persistence, computeMode, limit, least, most, standard, mig, pending, used, total] = words;
  const index = wholeNumber(number);
  if (words.length !== 14 || index === undefined || index > 1_000) return [];
  if (!/^GPU-[0-9A-Za-z-]{1,80}$/.test(uuid) || !/^[0-9A-Fa-f:.]{7,20}$/.test(bus)) return [];
  const at = busId(bus) ?? '';
  return [
    {
      index,
      uuid,
      busId: at,
      name: name.slice(0, 100),
      ...present<Partial<GpuSettings>>({
        minor: minors.get(at),
        persistence: isOn(persistence),
        computeMode: /^[A-Z][A-Za-z_]{1,30}$/.test(computeMode ?? '') ? computeMode : undefined,
        powerLimitW: watts(limit),
        leastPowerW: watts(least),
        mostPowerW: watts(most),
        standardPowerW: watts(standard),
        mig: isOn(mig),
        migPending: isOn(pending),
        memoryUsedBytes: bytes(used),
        memoryTotalBytes: bytes(total),
        timeSlice: slices.get(index),
      }),
    },
  ];
}

/** `[N/A]`, `[Not Supported]` and the like are neither. */
const isOn = (text: string | undefined): boolean | undefined =>
  text === 'Enabled' ? true : text === 'Disabled' ? false : undefined;

function watts(text: string | undefined): number | undefined {
  const value = decimal(text ?? '');
  return value !== undefined && value <= 100_000 ? value : undefined;
}

function bytes(text: string | undefined): number | undefined {
  const value = wholeNumber(text ?? '');
  return value !== undefined && value <= 2 ** 30 ? value * MIB : undefined;
}

/**
 * By index of the card, from a line that has a number, `Timeslice` and one of its words in this order; drivers differ in what stands
 * between them (`GPU  0: Timeslice: Default`, or a row of a table).
 */
function slicesIn(text: string): ReadonlyMap<number, TimeSlice> {
  return new Map(
    nonEmptyLines(text)
      .slice(0, MAX_ROWS)
      .flatMap((line): readonly (readonly [number, TimeSlice])[] => {
        const [, index = '', word = ''] =
          /(\d{1,3})\D{1,40}time[- ]?slice\W{1,40}([a-z]{4,7})\b/i.exec(line.slice(0, 200)) ?? [];
        const slice = TIME_SLICES.find((each) => each === word.toLowerCase());
        return slice === undefined ? [] : [[Number(index), slice]];
      }),
  );
}

const minorsIn = (text: string): ReadonlyMap<string, number> =>
  new Map(
    nonEmptyLines(text)
      .slice(0, MAX_ROWS)
      .flatMap((line): readonly (readonly [string, number])[] => {
        const [, bus = '', minor = ''] = /^([0-9A-Fa-f:.]{7,20}) (\d{1,5})$/.exec(line) ?? [];
        return minor === '' ? [] : [[busId(bus) ?? '', Number(minor)]];
      }),
  );
