import type { Check } from '../model/check.ts';
import { ParseError } from '../model/errors.ts';
import type { GpuStack, MpsProcess } from '../model/gpu-state.ts';
import { busId } from '../model/pci-address.ts';
import { failedInWords, MAX_ROWS, nonEmptyLines, section, sections } from '../probes/text.ts';

const NAME = 'gpuStack';

/**
 * What stands below nvidia-smi, without asking the driver: `== modules` with `name users` of /proc/modules, `== cards` with
 * `0000:9b:00.0 nvidia` of sysfs, `== mps` with `pid user control` or `server`. The target is `all`.
 */
export const gpuStack = {
  name: NAME,
  deadlineMs: 10_000,
  sh: `
echo '== modules'
while read -r name size users rest; do
  case $name in nvidia|nvidia_*|nouveau) printf '%s %s\\n' "$name" "$users" ;; esac
done </proc/modules 2>/dev/null
echo '== cards'
for device in /sys/bus/pci/devices/*; do
  read -r vendor <"$device/vendor" && [ "$vendor" = 0x10de ] && read -r class <"$device/class" || continue
  case $class in 0x03*) ;; *) continue ;; esac
  driver=-
  [ ! -e "$device/driver" ] || { cd -P "$device/driver" && driver=\${PWD##*/}; }
  printf '%s %s\\n' "\${device##*/}" "$driver"
done 2>/dev/null
cd /
echo '== mps'
for file in /proc/[0-9]*/comm; do
  read -r name <"$file" || continue
  [ "$name" = nvidia-cuda-mps ] || continue
  pid=\${file%/comm} pid=\${pid##*/}
  case $(tr '\\000' ' ' <"/proc/$pid/cmdline") in *mps-server*) kind=server ;; *) kind=control ;; esac
  printf '%s %s %s\\n' "$pid" "$(stat -c %U "/proc/$pid" || echo '?')" "$kind"
done 2>/dev/null
:`,
  parse: ({ stdout, exitCode }): GpuStack => {
    const parts = sections(stdout);
    const [modules, cards, mps] = ['modules', 'cards', 'mps'].map((name) => section(parts, name));
    if (modules === undefined || cards === undefined || mps === undefined)
      throw failedInWords(NAME, stdout, `the question ended with exit code ${exitCode}`);
    const lines = (part: { readonly text: string }) => nonEmptyLines(part.text).slice(0, MAX_ROWS);
    return {
      modules: lines(modules).map((line, index) => {
        const [, name = '', users = ''] = /^([a-z][a-z0-9_]{1,60}) (\d{1,9})$/.exec(line) ?? [];
        if (users === '') throw new ParseError(NAME, modules.line + index, line);
        return { name, users: Number(users) };
      }),
      cards: lines(cards).map((line, index) => {
        const [, bus = '', driver = ''] = /^([0-9A-Fa-f:.]{7,20}) (\S{1,60})$/.exec(line) ?? [];
        if (driver === '') throw new ParseError(NAME, cards.line + index, line);
        return { busId: busId(bus) ?? '', ...(driver === '-' ? {} : { driver }) };
      }),
      mps: lines(mps).map((line, index): MpsProcess => {
        const [, pid = '', user = '', kind] = /^(\d{1,10}) (\S{1,256}) (control|server)$/.exec(line) ?? [];
        if (kind === undefined) throw new ParseError(NAME, mps.line + index, line);
        return { pid: Number(pid), user, kind: kind === 'server' ? 'server' : 'control' };
      }),
    };
  },
} satisfies Check<'gpuStack'>;
