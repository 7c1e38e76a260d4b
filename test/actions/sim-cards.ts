// Cards of a simulated node: the demo's own, so that what plans read are the texts of real tools, parsed by the product's parsers.

import { checks } from '../../src/checks/registry.ts';
import { ANSWERERS } from '../../src/demo/answers/registry.ts';
import type { Answerer } from '../../src/demo/answers/reply.ts';
import { booted } from '../../src/demo/boot.ts';
import { buildNode } from '../../src/demo/build-node.ts';
import { CHECKS } from '../../src/demo/checks/registry.ts';
import { playArgv } from '../../src/demo/commands/play.ts';
import { MODELS } from '../../src/demo/gpu-models.ts';
import { jobOn } from '../../src/demo/jobs.ts';
import type { DemoGpu, DemoGpuSettings, DemoHolder, NodeState } from '../../src/demo/node-state.ts';
import type { World } from '../../src/demo/world.ts';
import type { CheckFacts } from '../../src/model/check.ts';
import type { Command } from '../../src/model/command.ts';
import { ParseError } from '../../src/model/errors.ts';
import type { Facts } from '../../src/model/facts.ts';
import { GPU_FIELDS } from '../../src/probes/gpu-fields.ts';
import { probes } from '../../src/probes/registry.ts';

/** Cards of a node of a case file. */
export interface CardsSpec {
  readonly model: keyof typeof MODELS;
  readonly count: number;
  /** By index: what is set there. */
  readonly set?: { readonly [index: string]: Partial<DemoGpuSettings> };
  /** By index: `3g.40gb` or, without a compute instance, `3g.40gb bare`; a card named here has MIG on. */
  readonly mig?: { readonly [index: string]: readonly string[] };
  /** `INDEX PID USER MIB COMMAND` each: computing, and with a card open only. */
  readonly computing?: readonly string[];
  readonly open?: readonly string[];
  readonly lost?: readonly number[];
  readonly module?: 'unloaded' | 'mismatched';
  readonly mps?: true;
  readonly wedged?: true;
}

const NOW_MS = Date.UTC(2026, 10, 22, 12);

/** A world of one node. */
export function simCards(name: string, spec: CardsSpec): World {
  const gpus = Array.from({ length: spec.count }, () => MODELS[spec.model]);
  const plan = { name, role: 'gpu', number: 1, address: '10.0.0.1', gpus, isMigNode: false, servers: [] } as const;
  const bare = buildNode(plan, 1, NOW_MS);
  const jobs = bare.gpus.flatMap(({ index }) => jobOn(bare, index, NOW_MS).now?.seed ?? []);
  let node: NodeState = {
    ...bare,
    endedJobs: jobs,
    gpus: bare.gpus.map((gpu) => cardOf(gpu, spec)),
    ailments: { ...bare.ailments, isDriverWedged: spec.wedged === true },
    stack: {
      isLoaded: spec.module !== 'unloaded',
      isMismatched: spec.module === 'mismatched',
      runsMps: spec.mps === true,
      holders: [
        ...(spec.computing ?? []).map((line) => holderOf(line, true)),
        ...(spec.open ?? []).map((line) => holderOf(line, false)),
      ],
    },
  };
  return {
    clock: { nowMs: () => NOW_MS, after: () => () => undefined },
    names: [name],
    node: (asked) => (asked === name ? node : undefined),
    change: (_, change) => {
      node = change(node);
    },
    watch: () => () => undefined,
    version: () => 0,
  };
}

function cardOf(gpu: DemoGpu, { set, mig, lost }: CardsSpec): DemoGpu {
  const wanted = mig?.[String(gpu.index)];
  const settings = { ...gpu.settings, isMigPending: wanted !== undefined, ...set?.[String(gpu.index)] };
  return {
    ...gpu,
    uuid: `GPU-${gpu.index}`,
    settings,
    isLost: lost?.includes(gpu.index) === true,
    isMigEnabled: wanted !== undefined,
    instances: (wanted ?? []).map((words, at) => ({
      id: at + 1,
      profile: words.split(' ')[0] ?? '',
      hasCompute: !words.endsWith(' bare'),
    })),
  };
}

function holderOf(line: string, computes: boolean): DemoHolder {
  const [index = '', pid = '', user = '', mib = '', ...command] = line.split(' ');
  return {
    gpuIndex: Number(index),
    pid: Number(pid),
    user,
    memoryMib: Number(mib),
    command: command.join(' '),
    computes,
  };
}

type CardFacts = { -readonly [P in keyof Facts]?: Facts[P] };

/** A fact about cards, in the driver's own words read by the product's parser; false for other facts. */
export function factOfCards(
  world: World,
  probe: string,
  facts: CardFacts,
  failed: Map<string, string>,
  absent: Map<string, string>,
): boolean {
  return told(world, ANSWERERS, probe, '', failed, probe, (stdout) => {
    const parsed = probes[probe as 'gpus'].parse({ stdout, exitCode: 0 }, { atMs: 1 });
    if (parsed.kind === 'absent') absent.set(probe, parsed.because);
    else facts[probe as 'gpus'] = parsed.value;
  });
}

/** A check of cards, likewise. */
export function checkOfCards(
  world: World,
  check: string,
  target: string,
  into: Map<string, CheckFacts[keyof CheckFacts]>,
  failed: Map<string, string>,
): boolean {
  const key = `${check} ${target}`;
  return told(world, CHECKS, check, target, failed, key, (stdout) => {
    into.set(key, checks[check as 'gpuMig'].parse({ stdout, exitCode: 0 }, target));
  });
}

function told(
  world: World,
  answerers: ReadonlyMap<string, Answerer>,
  name: string,
  target: string,
  failed: Map<string, string>,
  key: string,
  read: (stdout: string) => void,
): boolean {
  const node = world.node(world.names[0] ?? '');
  const answerer = answerers.get(name);
  if (answerer === undefined || node === undefined || !name.startsWith('gpu')) return false;
  const columns = { gpu: GPU_FIELDS, lsblk: [], units: [] };
  const reply = answerer.answer({ node, world, nowMs: NOW_MS, privilege: 'root', target, columns });
  try {
    if (reply.kind === 'blocked') failed.set(key, 'no answer within 20 s');
    else read(reply.text);
  } catch (error) {
    failed.set(key, error instanceof ParseError ? error.message : String(error));
  }
  return true;
}

/** Commands of the driver and scripts of the actions on cards. */
export const isOnCards = ([program, first, , name = '']: readonly string[]): boolean =>
  program === 'nvidia-smi' ||
  (program === 'env' && first?.startsWith('CUDA_MPS') === true) ||
  /^muster-(?:gpu|mig)-/.test(name);

/** Runs a command of the driver to its end. */
export function runOnCards(
  world: World,
  { argv, stdin = '' }: Command,
): { readonly exitCode: number; readonly words: string } {
  const doing = playArgv({ world, name: world.names[0] ?? '', isRoot: true, stdin }, argv);
  let words = '';
  for (;;) {
    const next = doing.next();
    if (next.done) return { exitCode: next.value, words };
    if (next.value.kind === 'say') words += next.value.text;
    if (next.value.kind === 'stuck') return { exitCode: 124, words: 'it does not answer' };
  }
}

/** After a boot. */
export const bootCards = (world: World): void => world.change('', (node) => booted(world, node));
