import { ailing, type Fault } from './fault.ts';
import { readGpu } from './gpu-reading.ts';
import { pidOn } from './jobs.ts';
import type { DemoGpu, DemoHolder, DemoStack, NodeState } from './node-state.ts';
import { logKernel } from './transitions.ts';
import type { World } from './world.ts';

const KERNEL_ERROR = 3;
const UNCORRECTED = 3;
const CORRECTED = 412;
const REPLAYS = 40;

/** What is left of a session whose terminal went away. */
const HOLDER: DemoHolder = {
  pid: 3_104_711,
  user: 'hiro',
  command: 'python -i explore.py',
  gpuIndex: 1,
  memoryMib: 20_480,
  computes: false,
};

/** A fault that is something of the driver as a whole. */
const onStack = (ill: Partial<DemoStack>, well: Partial<DemoStack>): Pick<Fault, 'inject' | 'heal'> => {
  const set = (change: Partial<DemoStack>) => (world: World, name: string) =>
    world.change(name, (node) => ({ ...node, stack: { ...node.stack, ...change } }));
  return { inject: set(ill), heal: set(well) };
};

/** The card faults happen to: the second one, so that the first and the last stay well. */
const ILL_CARD = 1;

/** What can happen to cards and their driver. */
export const GPU_FAULTS: readonly Fault[] = [
  {
    name: 'gpu-lost',
    title: 'a GPU falls off the bus',
    summary:
      'the driver loses card 1: Xid 79 in the kernel log, nvidia-smi prints "GPU is lost" for it and goes on with the others',
    needs: 'a GPU',
    inject: (world, name) =>
      world.change(name, (node) => {
        const text = (gpu: DemoGpu) =>
          `NVRM: Xid (PCI:${shortBus(gpu)}): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.`;
        return logAbout(changeCard(node, { isLost: true }), text, world.clock.nowMs());
      }),
    heal: (world, name) => world.change(name, (node) => changeCard(node, { isLost: false })),
  },
  {
    name: 'xid',
    title: 'a GPU reports an Xid error',
    summary: 'Xid 48 (double-bit ECC error) of card 1 in the kernel log, naming the process that ran on it',
    needs: 'a GPU',
    inject: (world, name) => {
      const nowMs = world.clock.nowMs();
      world.change(name, (node) => logAbout(node, (gpu) => xidText(node, gpu, 48, nowMs), nowMs));
    },
    heal: (world, name) =>
      world.change(name, (node) => ({
        ...node,
        kernelLog: node.kernelLog.filter((line) => !/Xid .*\): 48,/.test(line.text)),
      })),
  },
  {
    name: 'ecc',
    title: 'a GPU counts memory errors',
    summary: 'card 1 has 412 corrected and 3 uncorrected ECC errors since the driver was loaded',
    needs: 'a GPU',
    inject: (world, name) =>
      world.change(name, (node) => changeCard(node, { eccCorrected: CORRECTED, eccUncorrected: UNCORRECTED })),
    heal: (world, name) => world.change(name, (node) => changeCard(node, { eccCorrected: 0, eccUncorrected: 0 })),
  },
  {
    name: 'pcie-replays',
    title: "a GPU's link repeats packets",
    summary: 'the PCIe link of card 1 had to send 40 packets again',
    needs: 'a GPU',
    inject: (world, name) =>
      world.change(name, (node) => changeCard(node, { pcieReplays: (illCard(node)?.pcieReplays ?? 0) + REPLAYS })),
    // A counter does not run backwards by itself: the errors of the last minutes grow old.
    heal: () => undefined,
  },
  {
    name: 'wedged-gpu',
    title: 'nvidia-smi never answers',
    summary: 'the driver is wedged: every nvidia-smi waits until it is killed, everything else goes on',
    needs: 'a GPU',
    ...ailing('isDriverWedged', true, false),
  },
  {
    name: 'gpu-module-gone',
    title: 'the NVIDIA module is not loaded',
    summary:
      'the cards are on the bus, but no module drives them: nvidia-smi cannot reach the driver; gpu-recover loads it',
    needs: 'a GPU',
    ...onStack({ isLoaded: false }, { isLoaded: true }),
  },
  {
    name: 'gpu-driver-updated',
    title: 'a driver is updated under its module',
    summary:
      'nvidia-smi says "Driver/library version mismatch" until the modules are loaded anew, which gpu-recover does',
    needs: 'a GPU',
    ...onStack({ isMismatched: true }, { isMismatched: false }),
  },
  {
    name: 'gpu-memory-held',
    title: 'GPU memory is held by nothing that computes',
    summary: 'a process without work keeps card 1 open with 20 GiB of its memory; gpu-free names it',
    needs: 'a GPU',
    ...onStack({ holders: [HOLDER] }, { holders: [] }),
  },
];

/** A kernel line about an Xid of a card, with the process that ran there. */
export function xidText(node: NodeState, gpu: DemoGpu, xid: number, nowMs: number): string {
  const { job } = readGpu(node, gpu, nowMs);
  const who =
    job === undefined
      ? "pid='<unknown>', name=<unknown>"
      : `pid=${pidOn(job, gpu.index)}, name=${job.command.split(' ')[0]}`;
  const what: { readonly [xid: number]: string } = {
    48: 'An uncorrectable double bit error (DBE) has been detected on GPU in the framebuffer at physical address 0x1a2b3c40 partition 2, subpartition 0.',
    63: 'Row Remapper: New row (0x00000000006a8c20) marked for remapping, reset gpu to activate.',
  };
  return `NVRM: Xid (PCI:${shortBus(gpu)}): ${xid}, ${who}, ${what[xid] ?? 'Graphics Engine Exception'}`;
}

/** The card of a node that faults happen to; undefined without cards. */
function illCard(node: NodeState): DemoGpu | undefined {
  return node.gpus[ILL_CARD] ?? node.gpus[0];
}

function changeCard(node: NodeState, change: Partial<DemoGpu>): NodeState {
  const ill = illCard(node);
  return { ...node, gpus: node.gpus.map((gpu) => (gpu === ill ? { ...gpu, ...change } : gpu)) };
}

function logAbout(node: NodeState, text: (gpu: DemoGpu) => string, atMs: number): NodeState {
  const gpu = illCard(node);
  return gpu === undefined ? node : logKernel(node, { atMs, level: KERNEL_ERROR, text: text(gpu) });
}

/** `0000:1b:00` as the driver writes a card's place in its messages. */
function shortBus(gpu: DemoGpu): string {
  return gpu.busId.slice(4, -2).toLowerCase();
}
