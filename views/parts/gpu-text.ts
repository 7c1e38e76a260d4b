import type { Gpu } from '../../src/model/facts.ts';
import type { GpuErrors } from '../../src/model/gpu-errors.ts';
import { formatBytes, formatRatio } from '../../src/model/units.ts';
import type { Cell, Role } from '../../src/ui/view.ts';
import type { Pair } from './describe.ts';

/** Share of the memory in use. */
export const memoryRatio = ({ memoryUsedBytes, memoryTotalBytes }: Gpu): number | undefined =>
  memoryUsedBytes === undefined || memoryTotalBytes === undefined || memoryTotalBytes <= 0
    ? undefined
    : memoryUsedBytes / memoryTotalBytes;

/** Drivers slow a card down from about here; operators alarm at 90 (requirements.md 4.26). */
const WARM_C = 83;
const HOT_C = 90;

/** The temperature in the role its height asks for. */
export function temperatureCell(temperatureC: number | undefined): Cell | undefined {
  if (temperatureC === undefined) return undefined;
  const role = temperatureC >= HOT_C ? 'critical' : temperatureC >= WARM_C ? 'warning' : 'plain';
  return [{ text: `${Math.round(temperatureC)}`, role }];
}

/** Power drawn of the limit: `212/300W`. */
export function powerCell({ powerW, powerLimitW }: Gpu): Cell | undefined {
  if (powerW === undefined) return undefined;
  return powerLimitW === undefined ? `${Math.round(powerW)}W` : `${Math.round(powerW)}/${Math.round(powerLimitW)}W`;
}

/** The name of a card without its maker. */
export const shortModel = (name: string): string => name.replace(/^NVIDIA\s+/, '');

/** Generation and width of the PCIe link, now and at most: `4x16/4x16`. */
export function pcieText({ pcieGen, pcieWidth, pcieGenMax, pcieWidthMax }: Gpu): string {
  if (pcieGen === undefined || pcieWidth === undefined) return '';
  const most = pcieGenMax === undefined || pcieWidthMax === undefined ? '' : `/${pcieGenMax}x${pcieWidthMax}`;
  return `${pcieGen}x${pcieWidth}${most}`;
}

/** The generation falls when a card idles, to save power; the width never does. */
export const pcieRole = ({ pcieWidth, pcieWidthMax }: Gpu): Role =>
  pcieWidth !== undefined && pcieWidthMax !== undefined && pcieWidth < pcieWidthMax ? 'warning' : 'plain';

/** Uncorrected and corrected memory errors, `0+12`; empty where ECC is off or unknown. */
export const eccText = ({ eccEnabled, eccUncorrected, eccCorrected }: Gpu): string =>
  eccEnabled === false || eccUncorrected === undefined ? '' : `${eccUncorrected}+${eccCorrected ?? 0}`;
/** Uncorrected errors are trouble. */
export const eccRole = ({ eccUncorrected }: Gpu): Role => ((eccUncorrected ?? 0) > 0 ? 'critical' : 'plain');

/** Heat and power trouble of the hardware is worth a colour, a cap an operator set is not. */
export const throttleRole = ({ throttleReasons }: Gpu): Role =>
  throttleReasons.some((reason) => reason.startsWith('hw-') || reason.startsWith('sw-thermal')) ? 'warning' : 'plain';

/** Clock now and at most, MHz. */
export const clockText = ({ smClockMhz, maxSmClockMhz }: Gpu): string =>
  smClockMhz === undefined ? '' : `${smClockMhz}${maxSmClockMhz === undefined ? '' : `/${maxSmClockMhz}`}`;

/** Profiles of the slices; empty where the card is whole. */
export const migText = ({ migEnabled, migDevices }: Gpu): string => {
  if (migEnabled !== true) return '';
  return migDevices.length === 0 ? 'no slice' : migDevices.map(({ profile }) => profile).join(' ');
};

/** All that is known of a card, for the describe pane. */
export function cardPairs(gpu: Gpu): readonly Pair[] {
  const ratio = memoryRatio(gpu);
  return [
    ['model', gpu.name],
    ['uuid', gpu.uuid],
    ['bus id', gpu.busId],
    ['serial', gpu.serial],
    ['driver', gpu.driverVersion],
    ['utilisation', gpu.utilisationRatio === undefined ? undefined : formatRatio(gpu.utilisationRatio)],
    [
      'memory',
      ratio === undefined
        ? undefined
        : `${formatBytes(gpu.memoryUsedBytes ?? 0)} of ${formatBytes(gpu.memoryTotalBytes ?? 0)} (${formatRatio(ratio)})`,
    ],
    ['temperature', gpu.temperatureC === undefined ? undefined : `${gpu.temperatureC} C`],
    ['memory temp', gpu.memoryTemperatureC === undefined ? undefined : `${gpu.memoryTemperatureC} C`],
    ['power', powerCell(gpu)],
    ['clock', clockText(gpu) === '' ? undefined : `${clockText(gpu)} MHz`],
    ['throttled by', gpu.throttleReasons.join(', ')],
    ['PCIe', pcieText(gpu)],
    [
      'ECC',
      eccText(gpu) === '' ? undefined : `${gpu.eccUncorrected ?? 0} uncorrected, ${gpu.eccCorrected ?? 0} corrected`,
    ],
    ['MIG', migText(gpu)],
    ['bad memory', whyMemory(gpu)],
    ['persistence', gpu.persistence === undefined ? undefined : gpu.persistence ? 'on' : 'off'],
    ['compute mode', gpu.computeMode],
  ];
}

/** What of the memory is set aside, or waits to be. */
function whyMemory({ remappedRowsFailed, remappedRowsPending, retiredPagesPending }: Gpu): string | undefined {
  if (remappedRowsFailed === true) return 'a row could not be remapped';
  return remappedRowsPending === true || retiredPagesPending === true ? 'waits for a reset to be set aside' : undefined;
}

/** Links and counters of a card, for the describe pane. */
export function healthPairs(health: GpuErrors | undefined): readonly Pair[] {
  if (health === undefined) return [];
  const { replays, recovery, fabric, nvlinks } = health;
  return [
    ['PCIe replays', replays === undefined ? undefined : String(replays)],
    ['NVLinks', nvlinks && `${nvlinks.active} of ${nvlinks.total} carry data`],
    [
      'fabric',
      fabric && [fabric.state, ...(fabric.status === undefined ? [] : [fabric.status])].join(', ').toLowerCase(),
    ],
    ['recovery', recovery?.toLowerCase()],
  ];
}
