// The whole GitOps story: the GPU configuration seed's own values in a real Git repository, a small Argo CD that syncs it, an operator and device plugins on
// the test API server, and the real git and kubectl between them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { timeSlice } from '../../src/actions/time-slice.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import { type ApiServer, startApiServer } from '../kube/api-server.ts';
import { type ByHand, byHand } from '../kube/by-hand.ts';
import { SEED_VALUES } from '../kube/cluster.ts';
import { type FakeArgo, fakeArgo } from '../kube/fake-argo.ts';
import { fakePlugin } from '../kube/fake-plugin.ts';
import { hurry, shortWaits } from '../kube/short-waits.ts';
import { hasKubectl, kubeconfigOf } from '../kube/watched-cluster.ts';
import { inventory } from '../store/builders.ts';

if (!hasKubectl) test('kubectl is not installed here: sharing by Git is not followed to its end', () => {});

const WISH = { cluster: 'talos', replicas: '4' };

interface Story {
  readonly api: ApiServer;
  readonly argo: FakeArgo;
  readonly hand: ByHand;
  readonly offers: () => Record<string, string | undefined>;
  readonly onServer: () => string;
  /** Somebody else's commit of the values. */
  readonly commit: (values: string) => void;
  /** The server takes no push from now on. */
  readonly protect: () => void;
  /** What the clone looks like. */
  readonly clone: () => readonly string[];
  /** From now on 25 s pass at every look at the clock. */
  readonly hurry: () => void;
}

async function story(isAutomated = true): Promise<Story> {
  const api = await startApiServer(['nodes', 'pods', 'configmaps', 'daemonsets', 'clusterpolicies', 'applications']);
  const folder = mkdtempSync(join(tmpdir(), 'muster-gitops-'));
  onTestFinished(async () => {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const bin = join(folder, 'bin');
  const env = { PATH: shortWaits(bin), HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
  writeFileSync(
    join(folder, '.gitconfig'),
    '[user]\n name = Ada\n email = ada@example.org\n[init]\n defaultBranch = main\n',
  );
  const git = (at: string, ...args: string[]) =>
    execFileSync('git', args, { cwd: join(folder, at), env, stdio: 'pipe' });
  git('.', 'init', '-q', '--bare', 'server');
  git('.', 'clone', '-q', 'server', 'mine');
  const commit = (values: string): void => {
    writeFileSync(join(folder, 'mine/values.yaml'), values);
    git('mine', 'add', '-A');
    git('mine', 'commit', '-q', '-m', 'values');
    git('mine', 'push', '-q', 'origin', 'HEAD:main');
  };
  commit(SEED_VALUES);
  writeFileSync(join(folder, 'config'), kubeconfigOf(api.url));
  await fakePlugin(api, {
    nodes: [
      { name: 'gpu-0', cards: 2 },
      { name: 'gpu-1', cards: 4 },
    ],
    map: { name: 'time-slicing-config', data: {}, by: 'gpu-operator' },
    defaultKey: '0',
    policy: { by: 'gpu-operator' },
  });
  const argo = fakeArgo(api, join(folder, 'server'), isAutomated);
  const clusters = [
    {
      ...{ name: 'talos', kubeconfig: '~/config', namespace: 'gpu-operator' },
      git: { file: join(folder, 'mine/values.yaml') },
    },
  ];
  const nodes = inventory(['deploy']).nodes.map((node) => ({ ...node, via: 'local' as const }));
  return {
    api,
    argo,
    commit,
    hand: byHand({ ...inventory([], { clusters }), nodes }, env),
    offers: () =>
      Object.fromEntries(
        api.store.all('nodes').map(({ metadata, status }) => {
          const { allocatable } = status as { allocatable: Record<string, string> };
          return [metadata.name, allocatable['nvidia.com/gpu']];
        }),
      ),
    onServer: () => git('server', 'show', 'main:values.yaml').toString(),
    protect: () =>
      writeFileSync(join(folder, 'server/hooks/pre-receive'), '#!/bin/sh\necho "main is protected" >&2\nexit 1\n', {
        mode: 0o755,
      }),
    clone: () =>
      [
        ['status', '--porcelain', '-b'],
        ['rev-parse', 'HEAD'],
        ['worktree', 'list'],
      ].map((args) => git('mine', ...args).toString()),
    hurry: () => hurry(bin, 25),
  };
}

const stepsOf = (plan: Plan): readonly Step[] =>
  plan.kind === 'change' ? plan.stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps)) : [];

const WHOLE = [
  'commit "Share nvidia.com/gpu in 4 slices per GPU" and push it to origin/main: changed',
  'wait until Argo CD has synced argocd/gpu-operator: changed',
  'restart the device plugin, DaemonSet gpu-operator/nvidia-device-plugin-daemonset: already',
  'see 2 nodes offer the slices: already',
];

describe.runIf(hasKubectl)('sharing by Git', { timeout: 300_000 }, () => {
  test('the seed configuration, which has no effect, is corrected, synced, taken by the device plugin, and offered by every node; then there is nothing to do', async () => {
    const { hand, offers, onServer } = await story();
    expect(offers()).toEqual({ 'gpu-0': '2', 'gpu-1': '4' });
    const plan = await hand.plan(timeSlice, WISH);
    expect(await hand.run(plan)).toEqual(WHOLE);
    expect(offers()).toEqual({ 'gpu-0': '8', 'gpu-1': '16' });
    expect(onServer()).toContain('default: "time-slicing"');
    expect(await hand.plan(timeSlice, WISH)).toMatchObject({ kind: 'no-op' });
    const back = stepsOf(plan)
      .toReversed()
      .flatMap(({ undo }) => ('never' in undo ? [] : undo));
    for (const step of back.slice(0, 2)) expect(['already', 'changed'], step.title).toContain(await hand.step(step));
    expect(onServer()).toBe(SEED_VALUES);
  });

  test('slices of a key that is there already: the edited ConfigMap has no effect before the device plugin is restarted', async () => {
    const { hand, offers } = await story();
    await hand.run(await hand.plan(timeSlice, WISH));
    const told = await hand.run(await hand.plan(timeSlice, { ...WISH, replicas: '2' }));
    expect(told[2]).toBe('restart the device plugin, DaemonSet gpu-operator/nvidia-device-plugin-daemonset: changed');
    expect(offers()).toEqual({ 'gpu-0': '4', 'gpu-1': '8' });
  });

  test('lost after any step, the same plan goes on where it was and nothing is pushed twice', async () => {
    for (const at of [0, 1, 2, 3]) {
      const { hand, offers } = await story();
      const plan = await hand.plan(timeSlice, WISH);
      await hand.run(plan, at, 'lost');
      const told = await hand.run(plan);
      expect(told[0]).toMatch(/: already$/);
      expect(told).toHaveLength(4);
      expect(offers()).toEqual({ 'gpu-0': '8', 'gpu-1': '16' });
    }
  });

  test('a push that is refused ends it before anything of the cluster is touched, and the clone is as it was', async () => {
    const { hand, api, protect, clone, offers } = await story();
    const plan = await hand.plan(timeSlice, WISH);
    const before = clone();
    protect();
    expect(await hand.run(plan)).toEqual([
      'commit "Share nvidia.com/gpu in 4 slices per GPU" and push it to origin/main: exit 1: origin refuses a push to main: main is protected; choose another branch',
    ]);
    expect(clone()).toEqual(before);
    expect(api.asked.filter((words) => /^(patch|update|create|delete) /.test(words))).toEqual([]);
    expect(offers()).toEqual({ 'gpu-0': '2', 'gpu-1': '4' });
  });

  test('broken YAML in Git is refused with its line before anything is pushed, and the cluster is left alone', async () => {
    const { hand, api, commit } = await story();
    commit('devicePlugin:\n  config: [\n');
    expect(await hand.plan(timeSlice, WISH)).toMatchObject({
      kind: 'refused',
      because: expect.stringMatching(/^values\.yaml:3 is no YAML: /),
      tryThis: 'mend the file, then plan again',
    });
    expect(api.asked.filter((words) => /^(patch|update|create|delete) /.test(words))).toEqual([]);
  });

  test('a sync that fails is told in its own words, and the device plugin is left alone', async () => {
    const { hand, argo, api } = await story();
    const plan = await hand.plan(timeSlice, WISH);
    argo.failure = 'one or more objects failed to apply';
    expect((await hand.run(plan)).at(-1)).toBe(
      'wait until Argo CD has synced argocd/gpu-operator: exit 1: the sync of gpu-operator failed: one or more objects failed to apply; mend what it says, then sync it again',
    );
    expect(api.asked.filter((words) => words.startsWith('patch daemonsets'))).toEqual([]);
  });

  test('an Application that is synced and stays degraded ends the step after a minute with where to look, and the device plugin is left alone', async () => {
    const { hand, argo, api, hurry } = await story();
    const plan = await hand.plan(timeSlice, WISH);
    argo.isDegraded = true;
    hurry();
    expect((await hand.run(plan)).at(-1)).toBe(
      'wait until Argo CD has synced argocd/gpu-operator: exit 1: gpu-operator is synced and has been degraded for a minute; see in Argo CD which of its objects is not well',
    );
    expect(api.asked.filter((words) => words.startsWith('patch daemonsets'))).toEqual([]);
  });

  test('an Application that is synced by hand is said so in the plan, and started where that is wished', async () => {
    const { hand, offers } = await story(false);
    const plan = await hand.plan(timeSlice, WISH);
    expect(stepsOf(plan)[1]?.warnings).toEqual([
      'Argo CD syncs argocd/gpu-operator by hand alone: press Sync in Argo CD when it waits, or choose sync: start',
    ]);
    await hand.run(await hand.plan(timeSlice, { ...WISH, sync: 'start' }));
    expect(offers()).toEqual({ 'gpu-0': '8', 'gpu-1': '16' });
  });

  test('a sync that does not come within the time ends the step with what it waits for', async () => {
    const { hand } = await story(false);
    const [push, sync] = stepsOf(await hand.plan(timeSlice, WISH));
    if (push === undefined || sync === undefined) throw new Error('no steps');
    await hand.step(push);
    const argv = sync.run.argv.map((word) => (word === '900' ? '1' : word));
    const [program = 'sh', ...rest] = argv;
    expect(await hand.step({ ...sync, run: { ...sync.run, argv: [program, ...rest] } })).toMatch(
      /^exit 1: after 0 min gpu-operator is synced by hand and waits for you: press Sync in Argo CD/,
    );
  });
});
