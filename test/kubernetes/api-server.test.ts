// The test API server held against the real kubectl: what it says it can do, kubectl does with it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ApiServer, startApiServer } from '../kube/api-server.ts';
import { kubeConfigMap, kubeNode, kubePlugin } from '../kube/objects.ts';
import { hasKubectl, kubeconfigOf } from '../kube/watched-cluster.ts';

if (!hasKubectl) test('kubectl is not installed here: the test API server is not held against it', () => {});

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function cluster(): Promise<{ api: ApiServer; kubectl: (...args: string[]) => Promise<Said> }> {
  const api = await startApiServer(['nodes', 'pods', 'configmaps', 'daemonsets', 'clusterpolicies', 'applications']);
  const folder = mkdtempSync(join(tmpdir(), 'muster-api-'));
  writeFileSync(join(folder, 'config'), kubeconfigOf(api.url));
  onTestFinished(async () => {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: join(folder, 'config') };
  const kubectl = (...args: string[]) =>
    new Promise<Said>((resolve) => {
      const child = spawn('kubectl', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      const said = { out: '', err: '' };
      child.stdout.on('data', (chunk: Buffer) => (said.out += chunk));
      child.stderr.on('data', (chunk: Buffer) => (said.err += chunk));
      child.on('close', (code) => resolve({ code, ...said }));
    });
  return { api, kubectl };
}

describe.runIf(hasKubectl)('kubectl', () => {
  test('labels a node, which whoever watches hears of', async () => {
    const { api, kubectl } = await cluster();
    api.put('nodes', kubeNode('gpu-0', { cards: 2 }));
    expect(await kubectl('label', 'node', 'gpu-0', 'nvidia.com/device-plugin.config=shared')).toMatchObject({
      code: 0,
      out: 'node/gpu-0 labeled\n',
    });
    expect(api.store.get('nodes', 'gpu-0')?.metadata.labels?.['nvidia.com/device-plugin.config']).toBe('shared');
    expect(api.asked).toContain('patch nodes/gpu-0');
  });

  test('merges a patch, is told of a conflict by its version, and of what is not there', async () => {
    const { api, kubectl } = await cluster();
    api.put('configmaps', kubeConfigMap('slices', { any: 'a', other: 'b' }));
    const patch = (version: string) =>
      JSON.stringify({ metadata: { resourceVersion: version }, data: { any: 'c', other: null } });
    const version = String(api.store.get('configmaps', 'slices', 'gpu-operator')?.metadata['resourceVersion']);
    const ask = ['patch', 'configmap', 'slices', '-n', 'gpu-operator', '--type', 'merge', '-p'];
    expect(await kubectl(...ask, patch(version))).toMatchObject({ code: 0 });
    expect(api.store.get('configmaps', 'slices', 'gpu-operator')?.['data']).toEqual({ any: 'c' });
    expect((await kubectl(...ask, patch(version))).err).toContain('the object has been modified');
    expect((await kubectl('get', 'configmap', 'none', '-n', 'gpu-operator')).err).toContain(
      'configmaps "none" not found',
    );
  });

  test('restarts a DaemonSet and waits for it, and deletes an object', async () => {
    const { api, kubectl } = await cluster();
    const status = { desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 1, numberReady: 1 };
    const plugin = kubePlugin('slices', 'any');
    api.put('daemonsets', { ...plugin, status: { ...status, observedGeneration: 1 } });
    const name = 'daemonset/nvidia-device-plugin-daemonset';
    expect(await kubectl('rollout', 'restart', name, '-n', 'gpu-operator')).toMatchObject({ code: 0, err: '' });
    const restarted = api.store.get('daemonsets', 'nvidia-device-plugin-daemonset', 'gpu-operator');
    expect(JSON.stringify(restarted?.['spec'])).toContain('kubectl.kubernetes.io/restartedAt');
    expect(restarted?.metadata['generation']).toBe(2);
    const waiting = kubectl('rollout', 'status', name, '-n', 'gpu-operator', '--timeout=20s');
    await api.came('watch daemonsets');
    if (restarted !== undefined) api.put('daemonsets', { ...restarted, status: { ...status, observedGeneration: 2 } });
    expect(await waiting).toMatchObject({ code: 0, out: expect.stringContaining('successfully rolled out') });
    expect(await kubectl('delete', name, '-n', 'gpu-operator', '--wait=false')).toMatchObject({ code: 0 });
    expect(api.store.all('daemonsets')).toEqual([]);
  });

  test('is refused a verb, in the words of a real API server', async () => {
    const { api, kubectl } = await cluster();
    api.put('nodes', kubeNode('gpu-0'));
    api.refuse({ verb: 'patch', resource: 'nodes' });
    expect((await kubectl('label', 'node', 'gpu-0', 'a=b')).err).toContain(
      'nodes "gpu-0" is forbidden: User "operator" cannot patch resource "nodes"',
    );
  });
});
