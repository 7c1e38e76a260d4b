import { ParseError } from '../model/errors.ts';
import { fact, type Probe } from '../model/probe.ts';
import type { UsbAccelerator } from '../model/usb-accelerator.ts';
import { MAX_ROWS, nonEmptyLines, nothing, present, wholeNumber } from './text.ts';

/** Google Coral: the boot loader's id before the runtime loads the firmware, and its own afterwards. */
const STATES: { readonly [vendorProduct: string]: UsbAccelerator['state'] } = {
  '1a6e:089a': 'waiting-for-firmware',
  '18d1:9302': 'ready',
};

/** USB accelerators, a line `1a6e:089a 2-4 5000` each: ids, place on the bus, speed in Mbit/s. Builtins on sysfs only. */
export const usb = {
  name: 'usb',
  ask: {
    kind: 'inline',
    builtinsOnly: true,
    sh: `
answer=
for device in /sys/bus/usb/devices/*; do
  [ -f "$device/idVendor" ] || continue
  read -r vendor < "$device/idVendor" && read -r product < "$device/idProduct" || continue
  case $vendor:$product in
    1a6e:089a|18d1:9302)
      speed=
      read -r speed < "$device/speed"
      answer="\${answer:+$answer
}$vendor:$product \${device##*/} $speed" ;;
  esac
done 2>/dev/null
[ -z "$answer" ] || printf '%s\\n' "$answer"`,
  },
  everyMs: 30_000,
  parse: ({ stdout, exitCode }) => {
    const lines = nonEmptyLines(stdout).slice(0, MAX_ROWS);
    return lines.length === 0
      ? nothing('usb', exitCode, 'no USB accelerator on this node')
      : fact(lines.map(parseAccelerator));
  },
} satisfies Probe<'usb'>;

function parseAccelerator(line: string, index: number): UsbAccelerator {
  const [vendorProduct = '', path = '', speed = ''] = line.split(' ');
  const state = Object.hasOwn(STATES, vendorProduct) ? STATES[vendorProduct] : undefined;
  if (state === undefined || !/^\d+-\d+(?:\.\d+)*$/.test(path)) throw new ParseError('usb', index + 1, line);
  const speedMbps = wholeNumber(speed);
  return { vendorProduct, kind: 'coral', state, path, ...present<Pick<UsbAccelerator, 'speedMbps'>>({ speedMbps }) };
}
