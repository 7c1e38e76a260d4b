import type { Check, Signature } from '../model/check.ts';
import { ParseError } from '../model/errors.ts';
import { exitCodeOf, failedInWords, MAX_ROWS, present, sections } from '../probes/text.ts';

const NAME = 'signatures';

/**
 * What a disk and each of its partitions carry: `== device CODE /dev/sdb1` and wipefs(8) --no-act --json of it. wipefs looks at one
 * device only: signatures inside of partitions come back as soon as partitions are made at the same place.
 */
export const signatures = {
  name: NAME,
  deadlineMs: 15_000,
  sh: `
\${sudo-} sh -c '
export LC_ALL=C
disk=$(readlink -f -- "$1") || disk=$1
[ -b "$disk" ] || { printf "== device 1 %s\\nno such block device\\n" "$disk"; exit 0; }
name=\${disk##*/}
set -- "$disk"
for part in /sys/class/block/"$name"/"$name"*; do
  [ -f "$part/partition" ] && set -- "$@" "/dev/\${part##*/}"
done
for device; do
  words=$(wipefs --no-act --json -- "$device" 2>&1)
  printf "== device %s %s\\n%s\\n" "$?" "$device" "$words"
done' muster "$1"`,
  parse: ({ stdout, exitCode }): readonly Signature[] => {
    const parts = sections(stdout).filter(({ name }) => name === 'device');
    if (parts.length === 0) throw failedInWords(NAME, stdout, `the question ended with exit code ${exitCode}`);
    return parts
      .flatMap((part) => {
        if (exitCodeOf(part) !== 0) throw failedInWords(NAME, part.text, `wipefs ended with ${exitCodeOf(part)}`);
        const device = part.rest.slice(part.rest.indexOf(' ') + 1);
        if (!device.startsWith('/dev/')) throw new ParseError(NAME, part.line, part.rest);
        // Some versions print nothing for a device that carries nothing.
        return part.text.trim() === '' ? [] : fromJson(part.text, part.line, device);
      })
      .slice(0, MAX_ROWS);
  },
} satisfies Check<'signatures'>;

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fromJson(text: string, line: number, device: string): readonly Signature[] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new ParseError(NAME, line, text);
  }
  if (!isRecord(answer) || !Array.isArray(answer['signatures'])) throw new ParseError(NAME, line, text);
  return answer['signatures'].slice(0, MAX_ROWS).map((entry: unknown) => {
    const text = (key: string): string | undefined => {
      const value = isRecord(entry) ? entry[key] : undefined;
      return typeof value === 'string' && value !== '' ? value.slice(0, 1_024) : undefined;
    };
    const [type, offset] = [text('type'), text('offset')];
    if (type === undefined || offset === undefined) throw new ParseError(NAME, line, 'a signature without a type');
    return {
      device,
      offset,
      type,
      ...present<{ uuid?: string; label?: string }>({ uuid: text('uuid'), label: text('label') }),
    };
  });
}
