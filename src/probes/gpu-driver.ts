import { ParseError } from '../model/errors.ts';
import type { GpuDriver } from '../model/facts.ts';
import { absent, fact, type Probe } from '../model/probe.ts';
import { nonEmptyLines, present, section, sections, wholeNumber } from './text.ts';

/**
 * What stands below the cards: `pci=8` NVIDIA display controllers on the bus, `module=595.71.05` of the loaded kernel module, with cards
 * `drivers=nvidia,nouveau,-` that have them, `files=8` below /dev, `toolkit=yes` for containers and `cdi=PATH VERSION`, then
 * `== version` and `nvidia-smi --version`. Before, that tool is tried out apart from our pipe for five seconds, and not at all beside
 * one that is stuck in the driver, so that the count of cards is known even when the driver does not answer; `== stuck` then takes
 * the versions' place.
 */
export const gpuDriver = {
  name: 'gpuDriver',
  ask: {
    kind: 'child',
    brief: true,
    deadlineMs: 15_000,
    early: `
lacks nvidia-smi && [ ! -e /sys/module/nvidia ] || return
for device in /sys/bus/pci/devices/*; do read -r vendor < "$device/vendor" && [ "$vendor" = 0x10de ] && return 1; done
answer='pci=0
module='`,
    sh: `
count=0 drivers=
for device in /sys/bus/pci/devices/*; do
  read -r vendor < "$device/vendor" && [ "$vendor" = 0x10de ] && read -r class < "$device/class" || continue
  case $class in 0x03*) ;; *) continue ;; esac
  count=$((count + 1)) driver=-
  [ ! -e "$device/driver" ] || { cd -P "$device/driver" && driver=\${PWD##*/}; }
  drivers="\${drivers:+$drivers,}$driver"
done 2>/dev/null
cd /
module=
[ ! -r /sys/module/nvidia/version ] || read -r module < /sys/module/nvidia/version
printf 'pci=%s\\nmodule=%s\\n' "$count" "$module"
if [ "$count" -gt 0 ]; then
  files=0 toolkit=no
  for file in /dev/nvidia[0-9]*; do [ ! -e "$file" ] || files=$((files + 1)); done
  ! command -v nvidia-ctk >/dev/null 2>&1 && ! command -v nvidia-container-runtime >/dev/null 2>&1 || toolkit=yes
  printf 'drivers=%s\\nfiles=%s\\ntoolkit=%s\\n' "$drivers" "$files" "$toolkit"
  for file in /etc/cdi/*nvidia*.yaml /etc/cdi/*nvidia*.json /var/run/cdi/*nvidia*.yaml /var/run/cdi/*nvidia*.json; do
    [ -r "$file" ] || continue
    version= lines=0
    while read -r line && [ "$lines" -lt 5000 ]; do
      lines=$((lines + 1))
      case $line in *libcuda.so.[0-9]*.[0-9]*) version=\${line##*libcuda.so.} version=\${version%%[!0-9.]*}; break ;; esac
    done < "$file"
    printf 'cdi=%s %s\\n' "$file" "$version"
    break
  done
fi
if command -v nvidia-smi >/dev/null 2>&1; then
  stuck=
  for stat in /proc/[0-9]*/stat; do
    read -r line < "$stat" && case $line in *'(nvidia-smi) D '*) stuck=yes ;; esac
  done 2>/dev/null
  if [ -z "$stuck" ]; then
    nvidia-smi --version >/dev/null 2>&1 </dev/null &
    child=$! waited=0
    while kill -0 "$child" 2>/dev/null && [ "$waited" -lt 25 ]; do
      if sleep 0.2 2>/dev/null; then waited=$((waited + 1)); else sleep 1; waited=$((waited + 5)); fi
    done
    kill -9 "$child" 2>/dev/null && stuck=yes
  fi
  if [ -n "$stuck" ]; then echo '== stuck'; else echo '== version'; nvidia-smi --version 2>&1 </dev/null || :; fi
fi`,
  },
  everyMs: 600_000,
  parse: ({ stdout }, { previous }) => {
    const parts = sections(stdout);
    const head = parts[0]?.text ?? '';
    const pciGpuCount = wholeNumber(/^pci=(\d+)$/m.exec(head)?.[1] ?? '');
    if (pciGpuCount === undefined || pciGpuCount > 10_000) throw new ParseError('gpuDriver', 1, stdout);
    const moduleVersion = /^module=(\S{1,40})$/m.exec(head)?.[1];
    const versions = section(parts, 'version')?.text;
    const stuck = section(parts, 'stuck') !== undefined;
    if (pciGpuCount === 0 && moduleVersion === undefined && versions === undefined)
      return absent('no NVIDIA GPU on the PCI bus');
    return fact<GpuDriver>({
      pciGpuCount,
      ...present<Partial<GpuDriver>>({
        moduleVersion,
        driverVersion: version(versions, 'DRIVER version') ?? (stuck ? previous?.value.driverVersion : undefined),
        ...belowTheTool(head),
        cudaVersion: version(versions, 'CUDA Version') ?? (stuck ? previous?.value.cudaVersion : undefined),
      }),
    });
  },
} satisfies Probe<'gpuDriver'>;

/** What stands between bus and tool, and what containers are told; an older program said none of it. */
function belowTheTool(head: string): Partial<GpuDriver> {
  const drivers = /^drivers=([\w.,-]{1,2000})$/m.exec(head)?.[1]?.split(',') ?? [];
  const foreign = [...new Set(drivers)].filter((name) => name !== 'nvidia' && name !== '-' && name !== '');
  const toolkit = /^toolkit=(yes|no)$/m.exec(head)?.[1];
  const files = wholeNumber(/^files=(\d{1,5})$/m.exec(head)?.[1] ?? '');
  const [, path, version = ''] = /^cdi=(\/[\w./-]{1,200}) ?([\d.]{0,40})$/m.exec(head) ?? [];
  return present<Partial<GpuDriver>>({
    foreignDrivers: foreign.length === 0 ? undefined : foreign.slice(0, 10),
    deviceFiles: files,
    hasToolkit: toolkit === undefined ? undefined : toolkit === 'yes',
    cdi: path === undefined ? undefined : { path, ...(version === '' ? {} : { driverVersion: version }) },
  });
}

/** `DRIVER version      : 595.71.05` */
function version(text: string | undefined, key: string): string | undefined {
  const line = nonEmptyLines(text ?? '').find((candidate) => candidate.toLowerCase().startsWith(key.toLowerCase()));
  return /:\s*(\d[\w.+-]{0,39})\s*$/.exec(line ?? '')?.[1];
}
