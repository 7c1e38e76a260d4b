import { ParseError } from '../model/errors.ts';
import type { Identity } from '../model/facts.ts';
import { fact, type Probe } from '../model/probe.ts';
import { nonEmptyLines, nothing, present, section, sections, wholeNumber } from './text.ts';

const NAME = 'identity';

/**
 * Who the node is. Lines `hostname=gpu01`, `kernel=6.1.0`, `arch=x86_64`, `boot=UUID`, `cpus=64`, `virt=none`, then
 * os-release(5). `virt` is systemd-detect-virt's word; without that tool the processor's hypervisor flag says `vm-other`.
 */
export const identity = {
  name: NAME,
  ask: {
    kind: 'child',
    brief: true,
    deadlineMs: 10_000,
    sh: `
read -r name < /proc/sys/kernel/hostname || name=$(uname -n)
read -r boot < /proc/sys/kernel/random/boot_id || boot=
cpus=$(getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null || grep -c '^processor' /proc/cpuinfo)
virt=$(systemd-detect-virt 2>/dev/null)
[ -n "$virt" ] || ! grep -qw hypervisor /proc/cpuinfo 2>/dev/null || virt=vm-other
printf 'hostname=%s\\nkernel=%s\\narch=%s\\nboot=%s\\ncpus=%s\\nvirt=%s\\n== os-release\\n' "$name" "$(uname -r)" "$(uname -m)" "$boot" "$cpus" "$virt"
head -n 60 /etc/os-release 2>/dev/null || head -n 60 /usr/lib/os-release 2>/dev/null || :`,
  },
  everyMs: 0,
  parse: ({ stdout, exitCode }) => {
    if (stdout.trim() === '') return nothing(NAME, exitCode, 'the node said nothing about itself');
    const parts = sections(stdout);
    const about = pairs(parts[0]?.text ?? '');
    const hostname = about.get('hostname') ?? '';
    const kernel = about.get('kernel') ?? '';
    if (hostname === '' || kernel === '') throw new ParseError(NAME, 1, stdout);
    return fact<Identity>({
      hostname,
      kernel,
      osName: osName(section(parts, 'os-release')?.text ?? ''),
      architecture: about.get('arch') ?? '',
      bootId: about.get('boot') ?? '',
      cpuCount: Math.min(wholeNumber(about.get('cpus') ?? '') ?? 0, 1_000_000),
      ...present<Pick<Identity, 'virtualisation'>>({ virtualisation: about.get('virt') || undefined }),
    });
  },
} satisfies Probe<'identity'>;

function pairs(text: string): ReadonlyMap<string, string> {
  return new Map(
    nonEmptyLines(text).flatMap((line) => {
      const at = line.indexOf('=');
      return at > 0 ? [[line.slice(0, at).trim(), line.slice(at + 1).trim()]] : [];
    }),
  );
}

/** PRETTY_NAME, else NAME and VERSION_ID; quoted as a shell would. */
function osName(text: string): string {
  const release = pairs(text);
  const value = (key: string): string => unquote(release.get(key) ?? '');
  return (
    value('PRETTY_NAME') || [value('NAME') || value('ID'), value('VERSION_ID')].filter(Boolean).join(' ') || 'Linux'
  );
}

function unquote(text: string): string {
  const quote = text[0];
  const bare = (quote === '"' || quote === "'") && text.endsWith(quote) ? text.slice(1, -1) : text;
  return quote === "'" ? bare : bare.replace(/\\(["$`\\])/g, '$1');
}
