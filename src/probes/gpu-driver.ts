import { ParseError } from '../model/errors.ts';
import type { GpuDriver } from '../model/facts.ts';
import { absent, fact, type Probe } from '../model/probe.ts';
import { nonEmptyLines, present, section, sections, wholeNumber } from './text.ts';

/**
 * What stands below the cards: `pci=8` NVIDIA display controllers on the bus, `module=595.71.05` of the loaded kernel module, then
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
    sh: `
count=0
for device in /sys/bus/pci/devices/*; do
  read -r vendor < "$device/vendor" && [ "$vendor" = 0x10de ] && read -r class < "$device/class" || continue
  case $class in 0x03*) count=$((count + 1)) ;; esac
done 2>/dev/null
module=
[ ! -r /sys/module/nvidia/version ] || read -r module < /sys/module/nvidia/version
printf 'pci=%s\\nmodule=%s\\n' "$count" "$module"
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
        cudaVersion: version(versions, 'CUDA Version') ?? (stuck ? previous?.value.cudaVersion : undefined),
      }),
    });
  },
} satisfies Probe<'gpuDriver'>;

/** `DRIVER version      : 595.71.05` */
function version(text: string | undefined, key: string): string | undefined {
  const line = nonEmptyLines(text ?? '').find((candidate) => candidate.toLowerCase().startsWith(key.toLowerCase()));
  return /:\s*(\d[\w.+-]{0,39})\s*$/.exec(line ?? '')?.[1];
}
