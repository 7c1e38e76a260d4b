import { queryGpu, whyDriverFails, working } from '../answers/nvidia-smi.ts';
import { type Answerer, type Reply, text } from '../answers/reply.ts';
import { computeTable, instanceTable, profileTable } from '../cards/mig.ts';
import { cardUsers } from '../cards/users.ts';
import { spoken } from '../hostile.ts';
import type { DemoGpu, NodeState } from '../node-state.ts';

const COLUMNS =
  'index,uuid,pci.bus_id,name,persistence_mode,compute_mode,power.limit,power.min_limit,power.max_limit,power.default_limit,mig.mode.current,mig.mode.pending,memory.used,memory.total';
const SLICES = ['Default', 'Short', 'Medium', 'Long'];

/** What the kernel calls the place of a card. */
export const shortBusOf = ({ busId }: DemoGpu): string => busId.slice(4).toLowerCase();

const WEDGED: Reply = { kind: 'blocked', isKillable: true };

/** The cards with what can be set on them. */
export const gpuSettings = {
  isInline: false,
  isStill: false,
  answer: ({ node, nowMs }) => {
    if (node.driver === undefined) return text(['== none']);
    if (node.ailments.isDriverWedged) return WEDGED;
    const { lines, exitCode } = queryGpu(node, COLUMNS.split(','), nowMs);
    const policy = working(node).map(
      ({ index, settings }) => `GPU  ${index}: Timeslice: ${SLICES[settings.timeSlice] ?? ''}`,
    );
    const minors = node.stack.isLoaded ? working(node).map((gpu) => `${shortBusOf(gpu)} ${gpu.index}`) : [];
    return text([
      `== cards ${exitCode}`,
      ...lines,
      '== policy',
      ...(exitCode === 0 ? policy : []),
      '== minors',
      ...minors,
    ]);
  },
} satisfies Answerer;

/** Who has cards open, in all containers. */
export const gpuHolders = {
  isInline: false,
  isStill: false,
  answer: ({ node, privilege, nowMs }) => {
    if (privilege === 'none') return text(['== refused']);
    const users = node.stack.isLoaded ? cardUsers(node, nowMs) : [];
    return text([
      '== holders',
      ...daemonOf(node),
      ...users.map(
        ({ pid, user, command, gpuIndex }) =>
          `${pid} ${user} nvidiactl,nvidia-uvm,nvidia${gpuIndex} ${spoken(node, command).replace(/[\n\0]/g, ' ')}`,
      ),
      ...users.flatMap(({ pid, container }) =>
        container === undefined ? [] : [`== cgroup ${pid}`, `0::/system.slice/docker-${container}.scope`],
      ),
    ]);
  },
} satisfies Answerer;

function daemonOf(node: NodeState): readonly string[] {
  const runs = node.services.some(({ name, isActive }) => name === 'nvidia-persistenced.service' && isActive);
  const devices = working(node).map(({ index }) => `nvidia${index}`);
  return runs && node.stack.isLoaded && devices.length > 0
    ? [`612 nvidia-persistenced ${devices.join(',')} /usr/bin/nvidia-persistenced --user nvidia-persistenced`]
    : [];
}

/** What one card offers and has of MIG. */
export const gpuMig = {
  isInline: false,
  isStill: false,
  answer: ({ node, target }) => {
    if (node.driver === undefined) return text(['== none']);
    if (node.ailments.isDriverWedged) return WEDGED;
    const failure = whyDriverFails(node);
    const gpu = working(node).find(({ uuid }) => uuid === target);
    const off = failure ?? { lines: ['No MIG-enabled devices found.'], exitCode: 6 };
    if (failure !== undefined || gpu === undefined || !gpu.isMigEnabled)
      return text(['profiles', 'instances', 'compute'].flatMap((name) => [`== ${name} ${off.exitCode}`, ...off.lines]));
    const none = (kind: string) => [`No ${kind} instances found: Not Found`];
    const isBare = gpu.instances.length === 0;
    const hasCompute = gpu.instances.some((each) => each.hasCompute);
    return text([
      '== profiles 0',
      ...profileTable(gpu),
      `== instances ${isBare ? 6 : 0}`,
      ...(isBare ? none('GPU') : instanceTable(gpu)),
      `== compute ${hasCompute ? 0 : 6}`,
      ...(hasCompute ? computeTable(gpu) : none('compute')),
    ]);
  },
} satisfies Answerer;

/** Modules, cards on the bus, and MPS. */
export const gpuStack = {
  isInline: false,
  isStill: false,
  answer: ({ node }) => {
    const modules =
      node.stack.isLoaded && node.driver !== undefined
        ? ['nvidia_uvm 2', 'nvidia_drm 0', 'nvidia_modeset 1', 'nvidia 42']
        : [];
    const driver = node.stack.isLoaded ? 'nvidia' : '-';
    return text([
      '== modules',
      ...modules,
      '== cards',
      ...node.gpus.map((gpu) => `${shortBusOf(gpu)} ${driver}`),
      '== mps',
      ...(node.stack.runsMps ? ['4100 root control'] : []),
    ]);
  },
} satisfies Answerer;
