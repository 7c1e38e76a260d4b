import { ParseError } from '../model/errors.ts';
import type { Unit } from '../model/facts.ts';
import { absent, fact, type Probe } from '../model/probe.ts';
import { exitCodeOf, failedInWords, MAX_ROWS, nonEmptyLines, nothing, present, section, sections } from './text.ts';

const NAME = 'units';

/**
 * Mount and automount units with their state, and every failed unit: `== units CODE` with systemctl(1) show, a block of `Key=value`
 * lines per unit (`--all`, else a pattern finds none that is inactive, such as the mount behind an automount), and `== failed` with `systemctl --failed`. Names stay as systemd escapes them: `mnt-gpu\x2dstorage.mount`.
 * Where systemd is installed and does not run, its own test (sd_booted(3)) spares the node two programs.
 */
export const units = {
  name: NAME,
  ask: {
    kind: 'child',
    brief: true,
    deadlineMs: 10_000,
    early: `
lacks systemctl && return
[ ! -d /run/systemd/system ] && answer='== units 1
System has not been booted with systemd'`,
    sh: `
if command -v systemctl >/dev/null 2>&1 && [ ! -d /run/systemd/system ]; then
  printf '== units 1\\nSystem has not been booted with systemd\\n'
elif command -v systemctl >/dev/null 2>&1; then
  shown=$(systemctl --no-pager --all show -p Id,LoadState,ActiveState,SubState,Result,Where,What,Type,Options,FragmentPath,UnitFileState '*.mount' '*.automount' 2>&1)
  printf '== units %s\\n%s\\n== failed\\n' "$?" "$shown"
  systemctl --no-pager --failed --plain --no-legend --full 2>/dev/null || :
fi`,
  },
  everyMs: 15_000,
  parse: ({ stdout, exitCode }) => {
    const parts = sections(stdout);
    const shown = section(parts, 'units');
    if (shown === undefined) return nothing(NAME, exitCode, 'no systemd on this node');
    if (/not been booted with systemd|Failed to connect to bus: No such file/.test(shown.text)) {
      return absent('systemd does not run this node');
    }
    if (exitCodeOf(shown) !== 0) throw failedInWords(NAME, shown.text, `systemctl ended with ${exitCodeOf(shown)}`);
    return fact({
      units: blocks(shown.text, shown.line)
        .flatMap(({ values, line }) => parseUnit(values, line))
        .slice(0, MAX_ROWS),
      failed: nonEmptyLines(section(parts, 'failed')?.text ?? '')
        .flatMap(failedName)
        .slice(0, MAX_ROWS),
    });
  },
} satisfies Probe<'units'>;

interface Block {
  readonly values: ReadonlyMap<string, string>;
  readonly line: number;
}

/** Blocks parted by empty lines. A value may hold `=` and, in theory, anything; what is no `Key=value` line is skipped. */
function blocks(text: string, firstLine: number): readonly Block[] {
  const found: Block[] = [];
  let values = new Map<string, string>();
  let number = firstLine - 1;
  for (const line of [...text.split('\n'), '']) {
    number += 1;
    if (line === '') {
      if (values.size > 0) found.push({ values, line: number - values.size });
      values = new Map();
      continue;
    }
    const [, key, value] = /^([A-Za-z][A-Za-z0-9]*)=(.*)$/s.exec(line) ?? [];
    if (key !== undefined) values.set(key, value ?? '');
  }
  return found;
}

/** Units of other kinds yield nothing; one without its three states is an answer cut short. */
function parseUnit(values: ReadonlyMap<string, string>, line: number): readonly Unit[] {
  const name = values.get('Id');
  const load = values.get('LoadState');
  const active = values.get('ActiveState');
  const sub = values.get('SubState');
  if (!name || !load || !active || !sub) throw new ParseError(NAME, line, [...values].join(' '));
  const kind = name.endsWith('.mount') ? 'mount' : name.endsWith('.automount') ? 'automount' : undefined;
  if (kind === undefined) return [];
  const value = (key: string): string | undefined => values.get(key) || undefined;
  return [
    {
      name,
      kind,
      load,
      active,
      sub,
      ...present<Omit<Unit, 'name' | 'kind' | 'load' | 'active' | 'sub'>>({
        result: value('Result'),
        where: value('Where'),
        what: value('What'),
        fsType: value('Type'),
        options: value('Options'),
        fragmentPath: value('FragmentPath'),
        fileState: value('UnitFileState'),
      }),
    },
  ];
}

/** `mnt-data.mount loaded failed failed /mnt/data`; older systemctl puts a dot before the name even with --plain. */
function failedName(line: string): readonly string[] {
  const [first = '', second = ''] = line
    .replace(/^[^\w@/.:\\-]+/u, '')
    .trim()
    .split(/\s+/);
  return second !== '' && /^[\w@:.\\-]+\.[a-z]+$/.test(first) ? [first] : [];
}
