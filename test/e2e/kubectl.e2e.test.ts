// The built program with a cluster whose kubectl works on a node: a real sshd, the real kubectl there, and the test API server behind it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ApiServer, startApiServer } from '../kube/api-server.ts';
import { budgetKeeper } from '../kube/evictions.ts';
import { type KubeObject, kubeNode, kubePod } from '../kube/objects.ts';
import { hasKubectl, kubeconfigOf } from '../kube/watched-cluster.ts';
import { hasOpenSsh, type Sshd, startSshd } from '../transport/sshd.ts';
import { type Home, knownLine, muster, newHome, nodeAt, processesOf, trust } from './nodes.ts';

const KINDS = ['nodes', 'pods', 'configmaps', 'daemonsets', 'clusterpolicies', 'poddisruptionbudgets'];
const SET = { kind: 'ReplicaSet', name: 'web-7c9f' };

interface Far {
  readonly api: ApiServer;
  readonly sshd: Sshd;
  readonly home: Home;
  /** Plans or applies an action of the cluster. */
  readonly run: (verb: 'plan' | 'apply', action: string, ...args: readonly string[]) => ReturnType<typeof muster>;
}

/** A cluster whose kubectl works on the node `control` alone. */
async function far(): Promise<Far> {
  const api = await startApiServer(KINDS, { eviction: budgetKeeper });
  onTestFinished(() => api.close());
  const sshd = await startSshd();
  const made = newHome();
  const home = { ...made, env: { ...made.env, MUSTER_SPOOL: join(made.path, 'spool') } };
  trust(home, knownLine(sshd));
  const kubeconfig = join(sshd.folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigOf(api.url));
  const file = home.inventory({ control: nodeAt(sshd) }, { clusters: { talos: { from: 'control', kubeconfig } } });
  const yes = { plan: [], apply: ['--yes'] };
  return {
    api,
    sshd,
    home,
    run: (verb, action, ...args) => muster(home, [verb, action, '-i', file, ...yes[verb], ...args]),
  };
}

const web = (name: string, app?: string): KubeObject => {
  const made = kubePod(name, { node: 'gpu-0', owner: SET });
  return { ...made, metadata: { ...made.metadata, ...(app === undefined ? {} : { labels: { app } }) } };
};

const budget = (app: string, disruptionsAllowed: number): KubeObject => ({
  metadata: { name: app, namespace: 'ai' },
  spec: { selector: { matchLabels: { app } } },
  status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1 },
});

/** Pods that were asked to go, in the order of the requests. */
const evictions = ({ asked }: ApiServer): readonly string[] =>
  asked.flatMap((words) => /^create pods\/(.*)\/eviction$/.exec(words)?.[1] ?? []);

/** Ends every connection of an sshd as a cut cable would, and leaves alone what runs behind it. */
function cut(sshd: Sshd): void {
  for (const pid of processesOf(sshd)) {
    try {
      if (readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('sshd')) process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}

const DRAIN = ['--nodes', 'gpu-0', '--confirm', 'interrupt gpu-0'];

if (!hasKubectl || !hasOpenSsh) test('kubectl or OpenSSH is not installed here: nothing is asked over SSH', () => {});

describe.runIf(hasOpenSsh && hasKubectl)('kubectl on a node over SSH', () => {
  test('cordons, drains exactly the pods of the plan, has nothing to do a second time, and uncordons', async () => {
    const { api, run } = await far();
    const agent = kubePod('agent', { node: 'gpu-0', owner: { kind: 'DaemonSet', name: 'agent' } });
    api.put('nodes', kubeNode('gpu-0', { cards: 2 }));
    api.put('pods', web('web-1'), agent, web('web-2'), kubePod('elsewhere', { node: 'gpu-1' }));
    const unschedulable = () => api.store.get('nodes', 'gpu-0')?.['spec'];
    expect((await run('apply', 'cordon', '--nodes', 'gpu-0')).stdout).toContain('control: succeeded');
    expect(unschedulable()).toEqual({ unschedulable: true });
    const planned = await run('plan', 'drain', '--nodes', 'gpu-0');
    const goes = [...planned.stdout.matchAll(/ ai +(\S+) \(/g)].map(([, name]) => name);
    expect(goes).toEqual(['web-1', 'web-2']);
    expect(planned.stdout).toContain('ai/agent stays: DaemonSet agent wants it on every node');
    expect(evictions(api)).toEqual([]);
    const applied = await run('apply', 'drain', ...DRAIN);
    expect(applied).toMatchObject({ status: 0, stdout: expect.stringContaining('control: succeeded') });
    expect(evictions(api)).toEqual(goes);
    expect(api.store.all('pods').map(({ metadata }) => metadata.name)).toEqual(['agent', 'elsewhere']);
    expect((await run('plan', 'drain', '--nodes', 'gpu-0')).stdout).toContain('nothing to do');
    expect((await run('apply', 'uncordon', '--nodes', 'gpu-0')).status).toBe(0);
    expect(unschedulable()).toEqual({});
  }, 240_000);

  test('a budget that forbids and verbs that are missing are one sentence each, and the rest of the pods stays', async () => {
    const { api, run } = await far();
    api.put('nodes', kubeNode('gpu-0', { cards: 2 }));
    api.put('pods', web('web-1', 'web'));
    api.put('poddisruptionbudgets', budget('web', 0));
    const told = async (action: string, ...args: readonly string[]) => {
      const { status, stdout } = await run('apply', action, ...args);
      return [status, ...stdout.split('\n').filter((line) => /^(control|refused): |lets no pod go/.test(line))];
    };
    const [status, warning, outcome] = await told('drain', ...DRAIN, '--wait', '10');
    expect([status, outcome]).toEqual([
      1,
      'control: evict ai/web-1 from gpu-0: exited 1: after 10 s a PodDisruptionBudget still forbids that these go: ai/web-1; give it more replicas, or wait longer',
    ]);
    expect(warning).toContain('PodDisruptionBudget ai/web lets no pod go now (1 healthy, 1 needed)');
    api.refuse({ verb: 'create', resource: 'pods' });
    expect((await told('drain', ...DRAIN)).at(-1)).toBe(
      'control: exited 1: may not create pods/eviction in ai as operator; grant the verb in a role, then try again',
    );
    api.refuse({ verb: 'list', resource: 'pods' });
    expect((await told('drain', ...DRAIN))[1]).toBe(
      'refused: may not list pods as operator; grant the verb "list" to see them; mend that, then plan again',
    );
    api.refuse({ verb: 'patch', resource: 'nodes' });
    expect(await told('uncordon', '--nodes', 'gpu-0')).toEqual([
      1,
      'control: exited 1: may not patch nodes as operator; grant the verb in a role, then try again',
    ]);
    expect(api.store.all('pods').map(({ metadata }) => metadata.name)).toEqual(['web-1']);
  }, 240_000);

  test('the link is lost in the middle of a drain: the drain goes on there, its outcome is looked for, and no pod is evicted twice', async () => {
    const { api, sshd, run } = await far();
    api.put('nodes', kubeNode('gpu-0', { cards: 2 }));
    api.put('pods', web('web-1'), web('web-2'), web('web-3'));
    let cuts = 0;
    api.before((words) => {
      if (words !== 'create pods/web-2/eviction' || cuts > 0) return;
      cuts += 1;
      cut(sshd);
    });
    const applied = await run('apply', 'drain', ...DRAIN);
    expect({ cuts, status: applied.status, pods: evictions(api) }).toEqual({
      cuts: 1,
      status: 0,
      pods: ['web-1', 'web-2', 'web-3'],
    });
    expect(api.store.all('pods')).toEqual([]);
  }, 240_000);
});
