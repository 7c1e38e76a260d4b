import { listGpus, queryGpu, smiVersion, whyDriverFails, working } from '../answers/nvidia-smi.ts';
import { driverFound } from '../boot.ts';
import { computeTable, instanceTable, profilesOf, profileTable, withInstance } from '../cards/mig.ts';
import {
  type CardChange,
  reset,
  setComputeMode,
  setMig,
  setPersistence,
  setPowerLimit,
  setTimeSlice,
} from '../cards/set.ts';
import { cardUsers, isInUse } from '../cards/users.ts';
import type { DemoGpu } from '../node-state.ts';
import { endProcesses } from '../users.ts';
import { type Bench, type Commands, change, type Doing, failed, parseArgs, say, stateOf, wait } from './doing.ts';
import { TAKES } from './durations.ts';
import type { Script } from './scripts.ts';

/** Programs of the NVIDIA driver. */
export const gpuCommands: Commands = {
  'nvidia-smi': { play: nvidiaSmi },
  'nvidia-cuda-mps-control': { play: mpsControl },
};

/** Scripts of the actions on cards, by the name they give them. */
export const GPU_SCRIPTS: { readonly [name: string]: Script } = {
  'muster-gpu-reload': reloadModules,
  'muster-gpu-end': endHolders,
  'muster-mig-remove': removeInstances,
};

const nowOf = ({ world }: Bench): number => world.clock.nowMs();

function* nvidiaSmi(bench: Bench, args: readonly string[]): Doing {
  if (stateOf(bench).driver === undefined) return yield* failed('sh: 1: nvidia-smi: not found', 127);
  const isWedged = () => stateOf(bench).ailments.isDriverWedged;
  if (isWedged()) yield { kind: 'stuck', isOver: () => !isWedged(), isKillable: true };
  const failure = whyDriverFails(stateOf(bench));
  if (failure !== undefined && !args.includes('--version')) return yield* printed(failure.lines, failure.exitCode);
  if (args[0] === 'mig') return yield* mig(bench, args.slice(1));
  const { flags, values } = parseArgs(args, ['i', 'c', 'pm', 'pl', 'mig']);
  const slice = [...flags].find((flag) => flag.startsWith('set-timeslice='))?.slice('set-timeslice='.length);
  const cards = chosen(bench, values.get('i'));
  const set = (by: (gpu: DemoGpu) => CardChange) => setCards(bench, cards, by);
  const value = (name: string): string => values.get(name) ?? '';
  if (values.has('c')) return yield* set((gpu) => setComputeMode(gpu, value('c')));
  if (values.has('pm')) return yield* set((gpu) => setPersistence(gpu, value('pm')));
  if (values.has('pl')) return yield* set((gpu) => setPowerLimit(gpu, value('pl')));
  if (slice !== undefined) return yield* set((gpu) => setTimeSlice(gpu, slice));
  if (values.has('mig'))
    return yield* set((gpu) => setMig(gpu, value('mig'), isInUse(stateOf(bench), gpu, nowOf(bench))));
  if (flags.has('gpu-reset') || args.includes('-r'))
    return yield* set((gpu) => reset(gpu, isInUse(stateOf(bench), gpu, nowOf(bench))));
  return yield* look(bench, args);
}

function* printed(lines: readonly string[], exitCode: number): Doing {
  for (const line of lines) yield { kind: 'say', text: `${line}\n` };
  return exitCode;
}

function* look(bench: Bench, args: readonly string[]): Doing {
  const node = stateOf(bench);
  const asked = args.find((arg) => arg.startsWith('--query-gpu='))?.slice('--query-gpu='.length);
  const columns = asked?.split(',') ?? [
    'index',
    'name',
    'utilization.gpu',
    'memory.used',
    'temperature.gpu',
    'power.draw',
  ];
  if (args.includes('-L')) return yield* printed(listGpus(node), 0);
  if (args.includes('--version')) return yield* printed(smiVersion(node), 0);
  const { lines, exitCode } = queryGpu(node, columns, nowOf(bench));
  return yield* printed(lines, exitCode);
}

/** The cards an option names by index, UUID or PCI address; all of them without it. */
function chosen(bench: Bench, ids: string | undefined): readonly DemoGpu[] {
  const words = ids?.toLowerCase().split(',');
  return working(stateOf(bench)).filter(
    ({ index, uuid, busId }) =>
      words === undefined ||
      words.some(
        (word) =>
          word === String(index) ||
          word === uuid.toLowerCase() ||
          (word.length > 4 && busId.toLowerCase().endsWith(word)),
      ),
  );
}

function* setCards(bench: Bench, cards: readonly DemoGpu[], by: (gpu: DemoGpu) => CardChange): Doing {
  if (cards.length === 0) return yield* failed('No devices were found', 6);
  for (const { index, busId } of cards) {
    if (!bench.isRoot) return yield* failed(`Unable to change GPU ${busId}: Insufficient Permissions`, 4);
    yield wait(TAKES.reload);
    const gpu = stateOf(bench).gpus[index];
    const made = gpu === undefined ? undefined : by(gpu);
    if (made === undefined) return yield* failed('No devices were found', 6);
    if (made.kind === 'failed') return yield* failed(made.words, made.exitCode);
    yield say(made.words);
    replace(bench, made.gpu);
  }
  yield say('All done.');
  return 0;
}

const replace = (bench: Bench, gpu: DemoGpu): void =>
  change(bench, (node) => ({ ...node, gpus: node.gpus.map((each) => (each.index === gpu.index ? gpu : each)) }));

/** `nvidia-smi mig …` of one card. */
function* mig(bench: Bench, args: readonly string[]): Doing {
  const { flags, values } = parseArgs(
    args.map((word) => (/^-(?:lgip|lgi|lci|dci|dgi|C)$/.test(word) ? `-${word}` : word)),
    ['i', 'cgi', 'gi'],
  );
  const gpu = chosen(bench, values.get('i')).find(({ isMigEnabled }) => isMigEnabled);
  if (gpu === undefined) return yield* failed('No MIG-enabled devices found.', 6);
  if (flags.has('lgip')) return yield* printed(profileTable(gpu), 0);
  if (flags.has('lgi')) return yield* printed(instanceTable(gpu), 0);
  if (flags.has('lci')) return yield* printed(computeTable(gpu), 0);
  if (!bench.isRoot) return yield* failed('Insufficient Permissions', 4);
  yield wait(TAKES.reload);
  if (values.has('cgi')) return yield* createInstance(bench, gpu, values.get('cgi') ?? '', flags.has('C'));
  return yield* destroyInstance(bench, gpu, Number(values.get('gi')), flags.has('dci') ? 'compute' : 'GPU');
}

function* createInstance(bench: Bench, gpu: DemoGpu, name: string, hasCompute: boolean): Doing {
  const profile = profilesOf(gpu).find((each) => each.name === name);
  const made = profile === undefined ? undefined : withInstance(gpu, profile, hasCompute);
  const words = profile === undefined ? 'Invalid Argument' : 'Insufficient Resources';
  if (made === undefined)
    return yield* failed(
      `Unable to create a GPU instance on GPU ${gpu.index} using profile ${name}: ${words}`,
      profile === undefined ? 2 : 23,
    );
  replace(bench, made);
  yield say(
    `Successfully created GPU instance ID ${made.instances.at(-1)?.id} on GPU ${gpu.index} using profile MIG ${name}`,
  );
  return 0;
}

function* destroyInstance(bench: Bench, gpu: DemoGpu, id: number, kind: 'compute' | 'GPU'): Doing {
  const found = gpu.instances.find((each) => each.id === id);
  if (found === undefined) return yield* failed(`No ${kind} instances found: Not Found`, 6);
  if (isInUse(stateOf(bench), gpu, nowOf(bench)) || (kind === 'GPU' && found.hasCompute))
    return yield* failed(
      `Unable to destroy ${kind} instance ID ${id} from GPU ${gpu.index}: In use by another client`,
      19,
    );
  const instances =
    kind === 'GPU'
      ? gpu.instances.filter((each) => each !== found)
      : gpu.instances.map((each) => (each === found ? { ...each, hasCompute: false } : each));
  replace(bench, { ...gpu, instances });
  yield say(`Successfully destroyed ${kind} instance ID ${id} from GPU ${gpu.index}`);
  return 0;
}

/** `-d` starts the daemon, `quit` on standard input stops it. */
function* mpsControl(bench: Bench, args: readonly string[]): Doing {
  const { runsMps } = stateOf(bench).stack;
  const set = (runs: boolean) => change(bench, (node) => ({ ...node, stack: { ...node.stack, runsMps: runs } }));
  yield wait(TAKES.start);
  if (args.includes('-d')) {
    if (runsMps) return yield* failed('An instance of this daemon is already running');
    set(true);
    return 0;
  }
  if (!runsMps) return yield* failed('Cannot find MPS control daemon process');
  if (bench.stdin.trim() === 'quit') set(false);
  return 0;
}

/** The modules go and come back, unless something uses them. */
function* reloadModules(bench: Bench): Doing {
  yield wait(TAKES.start);
  if (stateOf(bench).stack.isLoaded && cardUsers(stateOf(bench), nowOf(bench)).length > 0)
    return yield* failed('modprobe: FATAL: Module nvidia_uvm is in use.\nnvidia_uvm stays: something uses it');
  yield wait(TAKES.boot / 4);
  // A lost card is found by a boot only.
  change(bench, (node) => ({
    ...node,
    stack: { ...node.stack, isLoaded: true, isMismatched: false },
    gpus: node.gpus.map((gpu) => ({ ...driverFound(gpu), isLost: gpu.isLost })),
  }));
  return 0;
}

/** Asks what has a device open to end. */
function* endHolders(bench: Bench, [device = '']: readonly string[]): Doing {
  const here = cardUsers(stateOf(bench), nowOf(bench)).filter(({ gpuIndex }) => device === `nvidia${gpuIndex}`);
  if (here.length === 0) return 0;
  const pids = new Set(here.map(({ pid }) => pid));
  yield say(`asking to end: ${[...pids].join(' ')}`);
  yield wait(TAKES.endProcesses);
  change(bench, (node) => {
    const without = endProcesses(node, pids, nowOf(bench));
    const holders = node.stack.holders.filter(({ pid }) => !pids.has(pid));
    return { ...without, stack: { ...without.stack, holders } };
  });
  return 0;
}

function* removeInstances(bench: Bench, [card = '', profile = '', keep = '']: readonly string[]): Doing {
  yield wait(TAKES.reload);
  const gpu = working(stateOf(bench)).find(({ uuid }) => uuid === card);
  if (gpu === undefined) return yield* failed('No devices were found', 6);
  const surplus = gpu.instances.filter((each) => each.profile === profile).slice(Number(keep));
  replace(bench, { ...gpu, instances: gpu.instances.filter((each) => !surplus.includes(each)) });
  return 0;
}
