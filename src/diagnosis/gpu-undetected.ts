import type { GpuDriver } from '../model/facts.ts';
import { goodValueOf } from '../model/observation.ts';
import { quote } from '../model/quote.ts';
import type { FleetRule, Found, NodeView, Symptom } from './rule.ts';
import { listed, planOf, verb } from './words.ts';

/** One link of the chain from the bus to nvidia-smi, broken. */
interface Broken {
  readonly link: 'driver' | 'module' | 'tool' | 'files';
  readonly text: string;
  readonly move: (nodes: string) => string;
}

/** What only shows that cards do not answer; what is below says why. */
const SHOWN_BY: ReadonlySet<string> = new Set(['driver-failing', 'gpu-missing']);

/**
 * GPUs that are on the PCI bus and do not answer, by the first broken link of the chain: kernel driver, module, nvidia-smi installed,
 * files below /dev. Where all of these hold, what nvidia-smi itself says is the finding.
 */
export const gpuUndetected = {
  kind: 'fleet',
  name: 'gpu-undetected',
  title: 'GPU not detected',
  severities: ['critical'],
  find: (_, found, view) => {
    const explained = new Set<Found>();
    const symptoms: Symptom[] = [];
    for (const shown of found.filter(({ rule }) => SHOWN_BY.has(rule))) {
      const { node } = shown.evidence;
      const seen = view(node);
      const broken = seen === undefined ? undefined : brokenLink(seen);
      if (broken === undefined) continue;
      explained.add(shown);
      symptoms.push({
        cause: `${broken.link}: ${broken.text}`,
        severity: 'critical',
        evidence: { node, about: 'driver', text: broken.text },
        ...(shown.sinceMs === undefined ? {} : { sinceMs: shown.sinceMs }),
        words: { move: broken.move('NODES') },
      });
    }
    return { symptoms, explained };
  },
  tell: ({ nodes, first, word }) => ({
    title: `the GPUs of ${nodes} are not detected: ${first.text}`,
    nextMove: moveFor(word('move'), nodes),
  }),
} satisfies FleetRule;

/** Without a move of its own, as in the table of rules, gpu-recover says which link it is. */
const moveFor = (move: string, nodes: string): string =>
  move.includes('NODES')
    ? move.replaceAll('-l NODES', `-l ${quote([nodes])}`).replaceAll('NODES', nodes)
    : `Mend the first broken link on ${nodes}; ${planOf('gpu-recover', nodes)} names it and loads a module that is not.`;

function brokenLink({ facts }: NodeView): Broken | undefined {
  const driver = goodValueOf(facts.slots.gpuDriver);
  // A program of another version does not tell what stands below.
  if (driver === undefined || driver.pciGpuCount === 0 || driver.deviceFiles === undefined) return undefined;
  const slot = facts.slots.gpus;
  const said = slot?.kind === 'absent' || slot?.kind === 'failed' ? slot.because : '';
  return whoseDriver(driver) ?? whyNoTool(driver, said) ?? (NO_CARDS.test(said) ? whyNoFiles(driver) : undefined);
}

/** What nvidia-smi says where it cannot open the cards; a lost card or a wedged driver is another matter. */
const NO_CARDS = /no GPU|no devices|communicate with the nvidia driver|NVML: (?:Unknown|Not Found|Driver Not Loaded)/i;

function whoseDriver({ foreignDrivers = [] }: GpuDriver): Broken | undefined {
  if (foreignDrivers.length === 0) return undefined;
  const names = listed(foreignDrivers);
  return {
    link: 'driver',
    text: `${names} ${verb(foreignDrivers.length, 'has', 'have')} them on the PCI bus`,
    move: foreignDrivers.includes('nouveau')
      ? (nodes) =>
          `Keep nouveau from loading on ${nodes} ("blacklist nouveau" in /etc/modprobe.d), make the initramfs anew and reboot.`
      : (nodes) =>
          `Look on ${nodes} which virtual machine has the cards, or give them back to the nvidia driver (driverctl).`,
  };
}

function whyNoTool({ moduleVersion }: GpuDriver, because: string): Broken | undefined {
  if (/no nvidia-smi/i.test(because) && moduleVersion === undefined)
    return {
      link: 'tool',
      text: 'they are on the PCI bus, the NVIDIA driver is not installed',
      move: (nodes) => `Install the NVIDIA driver on ${nodes}.`,
    };
  if (/no nvidia-smi/i.test(because))
    return {
      link: 'tool',
      text: 'the module is loaded, nvidia-smi is not installed',
      move: (nodes) => `Install the driver's tools on ${nodes} (nvidia-utils), of the version of the module.`,
    };
  return moduleVersion !== undefined
    ? undefined
    : {
        link: 'module',
        text: 'they are on the PCI bus, the kernel module nvidia is not loaded',
        move: (nodes) =>
          `Run ${planOf('gpu-recover', nodes)}: it loads the modules; if there is none for the running kernel, build it (dkms).`,
      };
}

const whyNoFiles = ({ deviceFiles }: GpuDriver): Broken | undefined =>
  deviceFiles !== 0
    ? undefined
    : {
        link: 'files',
        text: 'the module is loaded, there are no files of cards below /dev',
        move: (nodes) => `Run "nvidia-modprobe -u -c 0" on ${nodes}, and look for NVRM lines in the kernel log there.`,
      };
