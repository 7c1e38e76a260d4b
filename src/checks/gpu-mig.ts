import type { Check } from '../model/check.ts';
import type { MigInstance, MigState } from '../model/gpu-state.ts';
import { exitCodeOf, failedInWords, MAX_ROWS, nonEmptyLines, type Section, section, sections } from '../probes/text.ts';

const NAME = 'gpuMig';

/**
 * What one card, by UUID, offers and has of MIG: `== profiles CODE`, `== instances CODE` and `== compute CODE` with the tables of
 * `nvidia-smi mig -lgip`, `-lgi` and `-lci`. NVIDIA MIG User Guide, "Getting Started with MIG"; listing instances wants root there.
 */
export const gpuMig = {
  name: NAME,
  deadlineMs: 20_000,
  sh: `
command -v nvidia-smi >/dev/null 2>&1 || { echo '== none'; exit 0; }
for pair in profiles:-lgip instances:-lgi compute:-lci; do
  rows=$(\${sudo-} nvidia-smi mig "\${pair#*:}" -i "$1" 2>&1 </dev/null)
  printf '== %s %s\\n%s\\n' "\${pair%%:*}" "$?" "$rows"
done`,
  parse: ({ stdout, exitCode }): MigState => {
    const parts = sections(stdout);
    if (section(parts, 'none') !== undefined) throw failedInWords(NAME, '', 'no nvidia-smi on this node');
    const tables = ['profiles', 'instances', 'compute'].map((name) => section(parts, name));
    const [profiles, instances, compute] = tables;
    if (profiles === undefined || instances === undefined || compute === undefined)
      throw failedInWords(NAME, stdout, `the question ended with exit code ${exitCode}`);
    for (const table of [profiles, instances, compute]) throwUnlessListed(table);
    const computeIds = rows(compute, /^\|\s+\d+\s+(\d{1,4})\s+MIG (\S{1,40})\s+\d+\s+(\d{1,4})\s/);
    return {
      profiles: rows(profiles, /^\|\s+\d+\s+MIG (\S{1,40})\s+\d+\s+(\d{1,3})\/(\d{1,3})\s/).map(
        ([, name = '', free, total]) => ({
          name,
          free: Number(free),
          total: Number(total),
        }),
      ),
      instances: rows(instances, /^\|\s+\d+\s+MIG (\S{1,40})\s+\d+\s+(\d{1,4})\s+\d+:\d+/).map(
        ([, profile = '', id]): MigInstance => ({
          id: Number(id),
          profile,
          computeIds: computeIds.flatMap(([, gpuInstance, , own]) => (gpuInstance === id ? [Number(own)] : [])),
        }),
      ),
    };
  },
} satisfies Check<'gpuMig'>;

/** What nvidia-smi says where there is nothing to list: no MIG mode, no such card's feature, no instance. */
const NOTHING = /No MIG-(?:enabled|supported) devices|No (?:GPU|compute) instance\S* found|Not Found|Not Supported/i;

function throwUnlessListed(table: Section): void {
  const words = nonEmptyLines(table.text).slice(0, 2).join('; ');
  if (exitCodeOf(table) !== 0 && !NOTHING.test(words))
    throw failedInWords(NAME, words, `nvidia-smi ended with ${exitCodeOf(table)}`);
}

const rows = ({ text }: Section, shape: RegExp): readonly RegExpExecArray[] =>
  nonEmptyLines(text)
    .slice(0, MAX_ROWS)
    .map((line) => shape.exec(line.slice(0, 300)))
    .filter((found) => found !== null);
