import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DemoFleet, startDemoFleet } from '../../src/demo/fleet.ts';
import type { Plan } from '../../src/model/plan.ts';
import { type DemoHands, demoHands, quickClock } from './hands.ts';
import { watch } from './watcher.ts';

let fleet: DemoFleet;
let hands: DemoHands;
beforeAll(async () => {
  fleet = await startDemoFleet({ clock: quickClock(100) });
  hands = demoHands(fleet);
  // Jobs and people keep shares busy by chance: here only those a test puts there do.
  for (const name of fleet.world.names)
    fleet.world.change(name, (node) => ({ ...node, processes: [], gpus: node.role === 'gpu' ? [] : node.gpus }));
});
afterAll(async () => {
  await hands.close();
  await fleet.close();
});

const words = (plan: Plan): string =>
  plan.kind === 'change'
    ? `${plan.title}: ${plan.refused.map(({ because }) => because).join('; ')}`
    : `${plan.kind}: ${plan.because}`;

/** Plans, runs to the end, and expects every node to have succeeded and a second plan to change nothing. */
async function converge(action: string, given: Parameters<DemoHands['plan']>[1], hasSecond = true) {
  const plan = await hands.plan(action, given);
  expect(plan.kind, words(plan)).toBe('change');
  const { rollout, said } = await hands.run(plan);
  const jobs = rollout.stages.flat();
  const failures = jobs.flatMap(({ node, steps }) => steps.map(({ outcome }) => ({ node, outcome })));
  expect(
    failures.filter(({ outcome }) => outcome?.kind === 'failed'),
    said,
  ).toEqual([]);
  expect(new Set(jobs.map(({ state }) => state))).toEqual(new Set(['succeeded']));
  expect(said).not.toMatch(/not found|not simulated/);
  if (hasSecond) expect((await hands.plan(action, given)).kind).toBe('no-op');
  return { plan, rollout, said };
}

const mountOf = (node: string, target: string) =>
  fleet.world.node(node)?.mounts.findLast((each) => each.target === target && each.fsType !== 'autofs');

describe('a mount action on demo nodes', () => {
  test('ends succeeded, changes nothing a second time, and the poller then sees the mount', async () => {
    const eyes = watch(fleet, ['cpu02']);
    await eyes.until(() => eyes.fact('cpu02', 'mounts') !== undefined);
    expect(eyes.fact('cpu02', 'mounts')?.some(({ target }) => target === '/scratch')).toBe(false);
    const given = { nodes: 'cpu[01-03]', source: 'nfs-b:/export/scratch', target: '/scratch', how: 'unit' };
    await converge('mount', given);
    await eyes.until(() => eyes.fact('cpu02', 'mounts')?.some(({ target }) => target === '/scratch') === true);
    await eyes.until(
      () =>
        eyes
          .fact('cpu02', 'units')
          ?.units.some(({ name, active }) => name === 'scratch.mount' && active === 'active') === true,
    );
    await eyes.close();
  });

  test.each(['automount', 'fstab', 'plain'])('can be done as %s, too', async (how) => {
    const target = `/mnt/as-${how}`;
    const { rollout } = await converge('mount', { nodes: 'cpu04,edge01', source: 'nfs-a:/export/data', target, how });
    expect(rollout.phase).toBe('ended');
    expect(mountOf('cpu04', target)?.source).toBe('nfs-a:/export/data');
  });

  test('that is forgotten again leaves neither mount nor unit', async () => {
    await converge('unmount', { nodes: 'cpu[01-03]', target: '/scratch', keep: 'gone' });
    expect(mountOf('cpu01', '/scratch')).toBeUndefined();
    expect(
      [...(fleet.world.node('cpu01')?.files.keys() ?? [])].filter((path) => path.includes('scratch.mount')),
    ).toEqual([]);
  });

  test('of a share that is not exported to the node is refused before it starts or fails in the server’s words', async () => {
    const plan = await hands.plan('mount', {
      nodes: 'cpu01',
      source: 'nfs-a:/srv/secret',
      target: '/mnt/x',
      how: 'plain',
    });
    if (plan.kind === 'change') {
      const { said } = await hands.run(plan);
      expect(said).toContain('access denied by server');
    } else expect(words(plan)).toMatch(/export/);
  });
});

describe('a busy mount', () => {
  const users = [{ pid: 4711, user: 'alice', command: 'rsync -a /data/in/ /data/out/', directory: '/data/alice' }];

  test('is not unmounted, and the plan names the process', async () => {
    fleet.world.change('cpu05', (node) => ({ ...node, processes: users }));
    const plan = await hands.plan('unmount', { nodes: 'cpu05', target: '/data' });
    expect(plan.kind).toBe('refused');
    expect(JSON.stringify(plan)).toContain('4711 alice rsync -a /data/in/ /data/out/');
  });

  test('is unmounted once its processes may be ended', async () => {
    await converge('unmount', { nodes: 'cpu05', target: '/data', users: 'end' });
    expect(fleet.world.node('cpu05')?.processes).toEqual([]);
    await converge('mount', {
      nodes: 'cpu05',
      source: 'nfs-a:/export/data',
      target: '/data',
      how: 'fstab',
      options: 'hard,noatime',
    });
  });
});

test('the drift of an untouched demo is mended by a remount', async () => {
  expect(mountOf('gpu06', '/data')?.superOptions).toContain('soft');
  await converge('remount', { nodes: 'gpu06', target: '/data' });
  expect(mountOf('gpu06', '/data')?.superOptions).toContain('hard');
});

test('a disk is wiped, formatted, mounted and exported, and clients mount it: the whole story, twice', async () => {
  const disk = fleet.world.node('nfs-a')?.disks.find(({ name }) => name === 'sdb');
  const given = {
    server: 'nfs-a',
    disk: disk?.serial ?? '',
    label: 'projects',
    target: '/srv/projects',
    directories: ['alice 1001:1001 0750'],
    clients: ['127.77.0.0/16(rw,sync,no_subtree_check,root_squash)'],
    nodes: 'cpu[01-03]',
    mountPoint: '/projects',
  };
  await converge('share-storage', given);
  expect(mountOf('cpu02', '/projects')?.source).toBe('127.77.0.1:/srv/projects');
});

test('an export comes and goes, and a client that has it mounted keeps it from going', async () => {
  const client = '127.77.0.0/16(ro,no_subtree_check,root_squash)';
  await converge('export', { nodes: 'nfs-b', path: '/export/scratch/job-4100', clients: [client] });
  await converge('unexport', { nodes: 'nfs-b', path: '/export/scratch/job-4100' });
  const inUse = await hands.plan('unexport', { nodes: 'nfs-a', path: '/export/data' });
  expect(JSON.stringify(inUse)).toMatch(/gpu\[01/);
});

test('services, notes, files and commands change the node they are meant for', async () => {
  await converge('service', { nodes: 'cpu06', unit: 'slurmd', do: 'stop' });
  expect(fleet.world.node('cpu06')?.services.find(({ name }) => name === 'slurmd.service')?.isActive).toBe(false);
  await converge('drain-note', { nodes: 'cpu06', reason: 'new fans', author: 'ada' });
  await converge('copy-file', { nodes: 'cpu06', path: '/etc/motd', text: ['hello'] });
  await converge('edit-file', { nodes: 'cpu06', path: '/etc/motd', find: 'hello', replace: 'good evening' });
  const { said } = await converge('run-command', { nodes: 'cpu06', command: 'cat /etc/motd' }, false);
  expect(said).toBe('good evening\n');
  const script = await converge('run-script', { nodes: 'cpu06', script: 'hostname\nuptime' }, false);
  expect(script.said).toMatch(/^cpu06\n up /);
});

test('a reboot is proven by another boot id, and mounts come back', async () => {
  const before = fleet.world.node('cpu07')?.bootId;
  await converge('reboot', { nodes: 'cpu07' }, false);
  expect(fleet.world.node('cpu07')?.bootId).not.toBe(before);
  expect(mountOf('cpu07', '/data')?.source).toBe('nfs-a:/export/data');
}, 120_000);
