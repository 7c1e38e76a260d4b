import { describe, expect, test } from 'vitest';
import { ANSWERERS } from '../../src/demo/answers/registry.ts';
import type { DemoClock } from '../../src/demo/chance.ts';
import { activitySec } from '../../src/demo/chance.ts';
import { planCluster } from '../../src/demo/cluster.ts';
import { readGpu } from '../../src/demo/gpu-reading.ts';
import { jobOn } from '../../src/demo/jobs.ts';
import type { NodeState } from '../../src/demo/node-state.ts';
import { exportPath, mount, unexport, unmount } from '../../src/demo/transitions.ts';
import { createWorld, type World } from '../../src/demo/world.ts';
import { probes } from '../../src/probes/registry.ts';

const START_MS = 1_795_000_000_000;

/** A clock that stands still until it is turned. */
function handClock(): DemoClock & { turn: (ms: number) => void } {
  let nowMs = START_MS;
  return {
    nowMs: () => nowMs,
    after: () => () => {},
    turn: (ms) => {
      nowMs += ms;
    },
  };
}

function nodeOf(world: World, name: string): NodeState {
  const node = world.node(name);
  if (node === undefined) throw new Error(`no ${name}`);
  return node;
}

/** The text of one answer of one node now. */
function textOf(world: World, name: string, question: string, target = ''): string {
  const columns = { gpu: ['index', 'uuid', 'utilization.gpu', 'memory.used', 'temperature.gpu'], lsblk: [], units: [] };
  const asked = {
    node: nodeOf(world, name),
    world,
    nowMs: world.clock.nowMs(),
    privilege: 'sudo',
    target,
    columns,
  } as const;
  const reply = ANSWERERS.get(question)?.answer(asked);
  return reply?.kind === 'text' ? reply.text : '';
}

describe('the cluster', () => {
  test('has two servers, fourteen GPU nodes, seven CPU nodes and an edge node by default', () => {
    const names = planCluster(24).map((plan) => plan.name);
    expect(names).toHaveLength(24);
    expect(names.filter((name) => name.startsWith('gpu'))).toHaveLength(14);
    expect(names.filter((name) => name.startsWith('cpu'))).toHaveLength(7);
    expect(names.filter((name) => /^(?:nfs|edge)/.test(name))).toEqual(['nfs-a', 'nfs-b', 'edge01']);
  });

  test('of any size has so many nodes with addresses of their own', () => {
    for (const size of [1, 2, 3, 4, 5, 100, 1_000]) {
      const plans = planCluster(size);
      expect(plans).toHaveLength(size);
      expect(new Set(plans.map((plan) => plan.address)).size).toBe(size);
      expect(new Set(plans.map((plan) => plan.name)).size).toBe(size);
    }
  });

  test('of any size mounts only what a server of it exports', () => {
    for (const size of [1, 2, 3, 4, 24]) {
      const world = createWorld(size, 7, handClock());
      const sources = world.names.flatMap(
        (name) => world.node(name)?.mounts.filter(({ fsType }) => fsType === 'nfs4') ?? [],
      );
      const servers = new Set(sources.map(({ source }) => source.split(':')[0] ?? ''));
      expect([...servers].filter((server) => world.node(server) === undefined)).toEqual([]);
    }
  });

  test('is the same for the same seed and time, and another for another seed', () => {
    const [one, two, other] = [7, 7, 8].map((seed) => createWorld(24, seed, handClock()));
    const everything = (world: World | undefined) =>
      world?.names.flatMap((name) => [...ANSWERERS.keys()].map((question) => textOf(world, name, question, '/')));
    expect(everything(one)).toEqual(everything(two));
    expect(everything(one)).not.toEqual(everything(other));
  });
});

describe('as time goes on', () => {
  test('counters never fall', () => {
    for (let sec = 0; sec < 2_000; sec++) {
      expect(activitySec(99, (sec + 1) * 1_000)).toBeGreaterThanOrEqual(activitySec(99, sec * 1_000));
    }
  });

  test('load, NFS counters and usage move', () => {
    const clock = handClock();
    const world = createWorld(8, 7, clock);
    const before = ['load', 'nfsStats', 'usage'].map((question) => textOf(world, 'gpu01', question, '/data'));
    clock.turn(60_000);
    const after = ['load', 'nfsStats', 'usage'].map((question) => textOf(world, 'gpu01', question, '/data'));
    for (const [at, text] of after.entries()) expect(text).not.toBe(before[at]);
  });

  test('jobs start and end on every card, and warm it up', () => {
    const gpu01 = nodeOf(createWorld(8, 7, handClock()), 'gpu01');
    for (const gpu of gpu01.gpus) {
      const minutes = Array.from({ length: 180 }, (_, at) => START_MS + at * 60_000);
      const readings = minutes.map((atMs) => readGpu(gpu01, gpu, atMs));
      const jobs = new Set(minutes.map((atMs) => jobOn(gpu01, gpu.index, atMs).now?.seed));
      expect(jobs.size).toBeGreaterThan(3);
      const hottest = Math.max(...readings.map((reading) => reading.temperatureC));
      const coolest = Math.min(...readings.map((reading) => reading.temperatureC));
      expect(hottest).toBeGreaterThan(coolest + 10);
      expect(hottest).toBeLessThan(90);
    }
  });
});

describe('a change of a node', () => {
  const world = () => createWorld(8, 7, handClock());
  const request = { source: '/dev/sdb', target: '/mnt/new', fsType: 'xfs', options: ['rw'], superOptions: ['rw'] };
  const mountsOf = (of: World) =>
    probes.mounts.parse({ stdout: textOf(of, 'nfs-a', 'mounts'), exitCode: 0 }, { atMs: 0 });

  test('shows in the next answer: a mount comes on top and goes again', () => {
    const one = world();
    const before = mountsOf(one);
    one.change('nfs-a', (node) => mount(node, request, START_MS));
    expect(textOf(one, 'nfs-a', 'mounts')).toContain(' /mnt/new rw shared:');
    one.change('nfs-a', (node) => unmount(node, '/mnt/new'));
    expect(mountsOf(one)).toEqual(before);
  });

  test('shows in the next answer: an export comes and goes', () => {
    const one = world();
    const entry = { path: '/export/new', client: '*', options: ['ro'], file: '/etc/exports.d/new.exports' };
    one.change('nfs-a', (node) => exportPath(node, entry));
    expect(textOf(one, 'nfs-a', 'exports')).toContain('/export/new  *(sync,wdelay,hide,no_subtree_check,sec=sys,ro,');
    one.change('nfs-a', (node) => unexport(node, '/export/new', '*'));
    expect(textOf(one, 'nfs-a', 'exports')).not.toContain('/export/new');
  });

  test('that changes nothing leaves the world as it was', () => {
    const one = world();
    const version = one.version();
    one.change('nfs-a', (node) => unmount(node, '/nowhere'));
    one.change('nobody', (node) => ({ ...node, name: 'somebody' }));
    expect(one.version()).toBe(version);
  });
});

describe('from the start', () => {
  const world = createWorld(24, 7, handClock());

  test('one mount has drifted, one disk is at 91 %, one card throttles and one remapped a row', () => {
    expect(nodeOf(world, 'gpu06').mounts.find((each) => each.target === '/data')?.superOptions).toContain('soft');
    const [, blocks = 0, free = 0, available = 0] = textOf(world, 'cpu05', 'usage', '/').split(' ').map(Number);
    expect(Math.floor(((blocks - free) / (blocks - free + available)) * 100)).toBe(91);
    expect(
      nodeOf(world, 'gpu03')
        .gpus.filter((gpu) => gpu.isThrottling)
        .map((gpu) => gpu.index),
    ).toEqual([5]);
    expect(textOf(world, 'gpu09', 'kernelLog')).toMatch(/Xid \(PCI:0000:[0-9a-f]{2}:00\): 63, /);
  });

  test('every other mount is as the inventory wishes', () => {
    const soft = world.names.filter((name) =>
      nodeOf(world, name).mounts.some((each) => each.superOptions.includes('soft')),
    );
    expect(soft).toEqual(['gpu06']);
  });
});

test('a large fleet has a small share of the same things wrong with it, the same in every run', () => {
  const wrong = () => {
    const world = createWorld(1_000, 7, handClock());
    const nodes = world.names.map((name) => nodeOf(world, name));
    const named = (is: (node: NodeState) => boolean) => nodes.filter(is).map(({ name }) => name);
    return {
      soft: named(({ mounts }) => mounts.some(({ superOptions }) => superOptions.includes('soft'))),
      full: named(({ mounts }) => mounts.some(({ space, target }) => target === '/' && (space?.usedRatio ?? 0) > 0.85)),
      airless: named(({ gpus }) => gpus.some(({ isThrottling }) => isThrottling)),
      remapped: named(({ kernelLog }) => kernelLog.some(({ text }) => /Xid .*: 63,/.test(text))),
    };
  };
  const first = wrong();
  expect(wrong()).toEqual(first);
  expect(first.soft).toContain('gpu006');
  expect(first.full).toContain('cpu005');
  expect(first.airless).toContain('gpu003');
  expect(first.remapped).toContain('gpu009');
  const ill = new Set(Object.values(first).flat()).size;
  expect(ill).toBeGreaterThan(15);
  expect(ill).toBeLessThan(45);
});
