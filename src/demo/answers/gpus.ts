import { readGpu } from '../gpu-reading.ts';
import { HOSTILE_TEXT } from '../hostile.ts';
import { type Job, pidOn } from '../jobs.ts';
import type { DemoGpu } from '../node-state.ts';
import { listGpus, migUuid, queryGpu, smiVersion, working } from './nvidia-smi.ts';
import { type Answerer, type Asked, NOTHING, type Reply, text } from './reply.ts';

/** A question to a driver that does not answer waits until it is killed. */
const WEDGED: Reply = { kind: 'blocked', isKillable: true };

/** The cards with their figures, and the MIG devices where a card is split. */
export const gpus = {
  isInline: false,
  isStill: false,
  answer: ({ node, nowMs, columns }) => {
    if (node.driver === undefined) return NOTHING;
    if (node.ailments.isDriverWedged) return WEDGED;
    const { lines, exitCode } = queryGpu(node, columns.gpu, nowMs);
    const list = working(node).some((gpu) => gpu.isMigEnabled) ? ['== list', ...listGpus(node)] : [];
    return text([`== gpus ${exitCode}`, ...lines, ...list]);
  },
} satisfies Answerer;

/** Cards on the PCI bus and the driver's versions. A lost card is gone from the driver, not from the bus. */
export const gpuDriver = {
  isInline: false,
  isStill: true,
  answer: ({ node }) => {
    const head = [`pci=${node.gpus.length}`, `module=${node.driver?.version ?? ''}`];
    if (node.driver === undefined) return text(head);
    return text([...head, '== version', ...(node.ailments.isDriverWedged ? ['', '== stuck'] : smiVersion(node))]);
  },
} satisfies Answerer;

/** Corrected memory errors and PCIe replays of the cards the driver still talks to. */
export const gpuErrors = {
  isInline: false,
  isStill: true,
  answer: ({ node }) => {
    if (node.driver === undefined) return NOTHING;
    if (node.ailments.isDriverWedged) return WEDGED;
    const { lines, exitCode } = queryGpu(node, ['pci.bus_id', 'ecc.errors.corrected.volatile.total'], 0);
    const replays = working(node).flatMap(({ busId, pcieReplays }) => [
      `GPU ${busId}`,
      `        Replays Since Reset               : ${pcieReplays}`,
    ]);
    return text([`== corrected ${exitCode}`, ...lines, '== replays', ...replays]);
  },
} satisfies Answerer;

/** Processes on the cards with their users, command lines and control groups. */
export const gpuProcesses = {
  isInline: false,
  isStill: false,
  answer: (asked) => {
    const { node } = asked;
    if (node.driver === undefined) return NOTHING;
    if (node.ailments.isDriverWedged) return WEDGED;
    const running = runningOn(asked);
    return text([
      '== apps 0',
      ...running.map((each) => `${each.uuid}, ${each.pid}, ${each.command.split(' ')[0]}, ${each.memoryMib}`),
      '== ps',
      ...running.map((each) => `${each.pid} ${each.job.user} ${each.seconds} ${each.command}`),
      ...running.flatMap((each) => [`== cgroup ${each.pid}`, cgroupOf(each.job, each.pid), '']),
    ]);
  },
} satisfies Answerer;

interface Running {
  readonly uuid: string;
  readonly pid: number;
  readonly command: string;
  readonly memoryMib: number;
  readonly seconds: number;
  readonly job: Job;
}

function runningOn(asked: Asked): readonly Running[] {
  const { node, nowMs } = asked;
  return working(node).flatMap((gpu) => {
    const { job, memoryUsedMib } = readGpu(node, gpu, nowMs);
    if (job === undefined) return [];
    const command = node.ailments.isHostile ? `${job.command}${HOSTILE_TEXT}` : job.command;
    const seconds = Math.floor((nowMs - job.startMs) / 1000);
    const owner = { pid: pidOn(job, gpu.index), command, memoryMib: memoryUsedMib - 4, seconds, job };
    return placesOf(gpu).map((uuid) => ({ uuid, ...owner }));
  });
}

/** A process on a split card works on one of its parts. */
function placesOf(gpu: DemoGpu): readonly string[] {
  return gpu.isMigEnabled ? [migUuid(gpu, 0)] : [gpu.uuid];
}

function cgroupOf(job: Job, pid: number): string {
  if (job.container !== undefined) return `0::/system.slice/docker-${job.container}.scope`;
  return `0::/user.slice/user-${1000 + (job.seed % 50)}.slice/session-${pid % 400}.scope`;
}
