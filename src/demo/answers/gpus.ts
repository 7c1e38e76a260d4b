import { readGpu } from '../gpu-reading.ts';
import { HOSTILE_TEXT } from '../hostile.ts';
import { type Job, pidOn } from '../jobs.ts';
import { podCgroup } from '../kube/pod-cgroup.ts';
import type { DemoGpu, NodeState } from '../node-state.ts';
import { listGpus, migUuid, queryGpu, smiVersion, whyDriverFails, working } from './nvidia-smi.ts';
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
    const head = driverHead(node);
    if (node.driver === undefined) return text(head);
    return text([...head, '== version', ...(node.ailments.isDriverWedged ? ['', '== stuck'] : smiVersion(node))]);
  },
} satisfies Answerer;

/** A GPU node has the container toolkit, and devices described for containers as the driver was when that was set up. */
function driverHead({ gpus: cards, driver, stack }: NodeState): readonly string[] {
  const isLoaded = driver !== undefined && stack.isLoaded;
  const head = [`pci=${cards.length}`, `module=${isLoaded ? driver.version : ''}`];
  if (cards.length === 0 || driver === undefined) return head;
  return [
    ...head,
    `drivers=${cards.map(() => (isLoaded ? 'nvidia' : '-')).join(',')}`,
    `files=${isLoaded ? cards.length : 0}`,
    'toolkit=yes',
    `cdi=/etc/cdi/nvidia.yaml ${driver.version}`,
  ];
}

/** Corrected memory errors and PCIe replays of the cards the driver still talks to. */
export const gpuErrors = {
  isInline: false,
  isStill: true,
  answer: ({ node }) => {
    if (node.driver === undefined) return NOTHING;
    if (node.ailments.isDriverWedged) return WEDGED;
    const { lines, exitCode } = queryGpu(node, ['pci.bus_id', 'ecc.errors.corrected.volatile.total'], 0);
    const cards = working(node).flatMap(({ busId, uuid, pcieReplays }) => [
      `GPU ${busId}`,
      `    GPU UUID                              : ${uuid}`,
      '    GPU Recovery Action                   : None',
      `        Replays Since Reset               : ${pcieReplays}`,
    ]);
    return text([`== corrected ${exitCode}`, ...lines, '== cards', ...cards, '== links']);
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
    const failure = whyDriverFails(node);
    if (failure !== undefined) return text([`== apps ${failure.exitCode}`, ...failure.lines, '== ps']);
    const running = runningOn(asked);
    return text([
      '== apps 0',
      ...running.map((each) => `${each.uuid}, ${each.pid}, ${each.command.split(' ')[0]}, ${each.memoryMib}`),
      '== ps',
      ...running.map((each) => `${each.pid} ${each.user} ${each.seconds} ${each.command}`),
      ...running.flatMap((each) => [`== cgroup ${each.pid}`, each.cgroup, '']),
    ]);
  },
} satisfies Answerer;

interface Running {
  readonly uuid: string;
  readonly pid: number;
  readonly user: string;
  readonly command: string;
  readonly memoryMib: number;
  readonly seconds: number;
  readonly cgroup: string;
}

/** The jobs, and what else the driver names among those that compute. */
function runningOn(asked: Asked): readonly Running[] {
  const { node, nowMs } = asked;
  const spokenBy = (command: string) => (node.ailments.isHostile ? `${command}${HOSTILE_TEXT}` : command);
  return working(node).flatMap((gpu) => {
    const { job, memoryUsedMib } = readGpu(node, gpu, nowMs);
    const others = node.stack.holders.filter(({ gpuIndex, computes }) => computes && gpuIndex === gpu.index);
    const owners = [
      ...(job === undefined
        ? []
        : [
            {
              pid: pidOn(job, gpu.index),
              user: job.user,
              command: spokenBy(job.command),
              memoryMib: memoryUsedMib - 4,
              seconds: Math.floor((nowMs - job.startMs) / 1000),
              cgroup: podCgroup(asked.world, node, job, gpu.index, nowMs) ?? cgroupOf(job, pidOn(job, gpu.index)),
            },
          ]),
      ...others.map(({ pid, user, command, memoryMib }) => ({
        pid,
        user,
        command: spokenBy(command),
        memoryMib,
        seconds: 60,
        cgroup: '0::/system.slice/ssh.service',
      })),
    ];
    return owners.flatMap((owner) => placesOf(gpu).map((uuid) => ({ uuid, ...owner })));
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
