// Every registered action, planned and rolled out on demo nodes: no command of any plan is one they do not know.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { type DemoFleet, startDemoFleet } from '../../src/demo/fleet.ts';
import { jobOn } from '../../src/demo/jobs.ts';
import { podsOf } from '../../src/demo/kube/kubectl.ts';
import type { NodeState } from '../../src/demo/node-state.ts';
import type { GivenInput } from '../../src/model/input.ts';
import { type DemoHands, demoHands, quickClock } from './hands.ts';

let fleet: DemoFleet;
let hands: DemoHands;
beforeAll(async () => {
  fleet = await startDemoFleet({ clock: quickClock(200) });
  hands = demoHands(fleet);
  // Nobody works on the fleet, and only one node has cards that can fail.
  for (const name of fleet.world.names)
    fleet.world.change(name, (node) => ({ ...node, processes: [], gpus: name === CARDS ? node.gpus.slice(0, 2) : [] }));
  fleet.world.change(CARDS, (node) => ({ ...node, endedJobs: jobsSoon(node) }));
});
afterAll(async () => {
  await hands.close();
  await fleet.close();
});

const CARDS = 'gpu05';

/** Jobs that would begin on the cards while the tests run. */
const jobsSoon = (node: NodeState): readonly number[] =>
  node.gpus.flatMap(({ index }) =>
    Array.from({ length: 30 }, (_, minute) => jobOn(node, index, Date.now() + minute * 60_000).now?.seed ?? []).flat(),
  );

const spareDisk = (node: string): string =>
  fleet.world.node(node)?.disks.find(({ name }) => name === 'sdb')?.serial ?? '';

/** Only a node with cards has pods with cards. */
function giveCards(name: string): void {
  const { gpus = [] } = fleet.world.node(CARDS) ?? {};
  fleet.world.change(name, (node) => ({ ...node, gpus }));
}

/** A pod that somebody's owner makes anew elsewhere, as kubectl names it. */
function podOn(name: string): string {
  const node = fleet.world.node(name);
  const pod = node && podsOf(fleet.world, node).find(({ metadata }) => metadata.namespace === 'ai');
  return `${pod?.metadata.namespace}/${pod?.metadata.name}`;
}

/** An input for each action that plans a change on an untouched demo, in the order of the registry. */
const INPUTS: { readonly [action: string]: () => GivenInput } = {
  mount: () => ({ nodes: '@cpu', source: 'nfs-b:/export/scratch', target: '/mnt/scratch', how: 'automount' }),
  unmount: () => ({ nodes: 'gpu[01-12]', target: '/scratch', keep: 'gone', users: 'end' }),
  remount: () => ({ nodes: 'gpu06', target: '/data' }),
  export: () => ({ nodes: 'nfs-a', path: '/export/data/alice', clients: ['127.77.3.1(ro)'], where: 'exports' }),
  unexport: () => ({ nodes: 'nfs-a', path: '/export/data/alice' }),
  'provision-disk': () => ({ nodes: 'nfs-b', disk: spareDisk('nfs-b'), type: 'xfs', label: 'spare', target: '/spare' }),
  'grow-disk': () => ({ nodes: 'nfs-b', disk: 'DEMO0NFSB0001' }),
  'retire-disk': () => ({ nodes: 'nfs-b', disk: spareDisk('nfs-b'), wipe: true }),
  'share-storage': () => ({
    server: 'nfs-a',
    disk: spareDisk('nfs-a'),
    label: 'projects',
    target: '/srv/projects',
    clients: ['127.77.0.0/16'],
    nodes: 'cpu[01-03]',
    mountPoint: '/projects',
  }),
  'time-slice': () => ({
    ...{ cluster: 'lab', nodes: 'gpu11', config: 'shared', replicas: '6' },
    ...{ at: 'nfs-a', files: ['/srv/gitops/infrastructure/gpu-operator/values.yaml'] },
  }),
  converge: () => ({}),
  cleanup: () => ({ nodes: 'nfs-b', root: '/export/scratch', how: 'at-once' }),
  'run-command': () => ({ nodes: 'all', command: 'hostname' }),
  'run-script': () => ({ nodes: 'cpu01', script: 'uname -r && uptime' }),
  service: () => ({ nodes: 'cpu01', unit: 'slurmd', do: 'restart' }),
  reboot: () => ({ nodes: 'edge01' }),
  'edit-file': () => ({ nodes: 'cpu01', path: '/etc/fstab', replace: '# looked at' }),
  'copy-file': () => ({ nodes: '@cpu', path: '/etc/motd', text: ['hello'], validate: 'test -n "$1"' }),
  'gpu-mode': () => ({ nodes: CARDS, gpus: ['0'], computeMode: 'exclusive-process', timeSlice: 'short' }),
  'gpu-mig': () => ({ nodes: CARDS, gpus: ['1'], mode: 'on', instances: '3g.40gb,1g.10gb' }),
  'gpu-mps': () => ({ nodes: CARDS }),
  'gpu-recover': () => {
    fleet.world.change(CARDS, (node) => ({ ...node, stack: { ...node.stack, isMismatched: true } }));
    return { nodes: CARDS };
  },
  'gpu-free': () => {
    const held = { pid: 4711, user: 'eve', command: 'python', gpuIndex: 0, memoryMib: 20_000, computes: false };
    fleet.world.change(CARDS, (node) => ({ ...node, stack: { ...node.stack, holders: [held] } }));
    return { nodes: CARDS, holders: 'end' };
  },
  'drain-note': () => ({ nodes: 'cpu07', reason: 'new fans', author: 'ada' }),
  cordon: () => ({ nodes: 'gpu12' }),
  uncordon: () => ({ nodes: 'gpu12' }),
  drain: () => {
    giveCards('gpu12');
    return { nodes: 'gpu12' };
  },
  evict: () => {
    giveCards('gpu11');
    return { pod: podOn('gpu11') };
  },
};

/** A playbook is studied on this machine first, and there the demo refuses it: its nodes have no Python (`test/e2e/playbook.e2e.test.ts`). */
const played = actions.filter(({ studies }) => studies === undefined).map(({ name }) => name);

test.each(played)(
  '%s runs on demo nodes to its end',
  async (name) => {
    const input = INPUTS[name];
    if (input === undefined) throw new Error(`give ${name} an input in this file, and the demo its commands`);
    const plan = await hands.plan(name, input());
    expect(plan.kind, JSON.stringify(plan).slice(0, 500)).toBe('change');
    const { rollout, said } = await hands.run(plan);
    const failures = rollout.stages
      .flat()
      .flatMap(({ node, steps }) => steps.map(({ outcome }) => ({ node, outcome })))
      .filter(({ outcome }) => outcome?.kind === 'failed');
    expect(failures, said).toEqual([]);
    expect(said).not.toMatch(/: not found$|not simulated|does not know/m);
    expect(new Set(rollout.stages.flat().map(({ state }) => state))).toEqual(new Set(['succeeded']));
  },
  120_000,
);
