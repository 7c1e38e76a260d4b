import { ParseError } from '../model/errors.ts';
import type { Identity } from '../model/facts.ts';
import { fact, type Probe } from '../model/probe.ts';
import { nonEmptyLines, nothing, present, section, sections, wholeNumber } from './text.ts';

const NAME = 'identity';

/**
 * Who the node is. Lines `hostname=gpu01`, `kernel=6.1.0`, `arch=x86_64`, `boot=UUID`, `cpus=64`, `virt=none`, then the names in
 * os-release(5). Read from /proc and /sys without a process each, as far as the kernel tells it there. `virt` is systemd-detect-virt's word; without that tool the processor's hypervisor flag says `vm-other`.
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
read -r kernel < /proc/sys/kernel/osrelease || kernel=$(uname -r)
{ [ -r /proc/sys/kernel/arch ] && read -r arch < /proc/sys/kernel/arch; } || arch=$(uname -m)
cpus=0
if [ -r /sys/devices/system/cpu/online ] && read -r online < /sys/devices/system/cpu/online; then
  IFS=,
  for range in $online; do cpus=$((cpus + \${range#*-} - \${range%-*} + 1)); done
  unset IFS
fi
[ "$cpus" -gt 0 ] || cpus=$(getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null || grep -c '^processor' /proc/cpuinfo)
virt=$(systemd-detect-virt 2>/dev/null)
[ -n "$virt" ] || ! grep -qw hypervisor /proc/cpuinfo 2>/dev/null || virt=vm-other
printf 'hostname=%s\\nkernel=%s\\narch=%s\\nboot=%s\\ncpus=%s\\nvirt=%s\\n== os-release\\n' "$name" "$kernel" "$arch" "$boot" "$cpus" "$virt"
for file in /etc/os-release /usr/lib/os-release; do
  [ -r "$file" ] || continue
  left=60
  while [ "$left" -gt 0 ] && { IFS= read -r line || [ -n "$line" ]; }; do
    case $line in NAME=*|PRETTY_NAME=*|ID=*|VERSION_ID=*) printf '%s\\n' "$line" ;; esac
    left=$((left - 1))
  done < "$file"
  break
done`,
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
