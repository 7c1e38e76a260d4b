// dcgm-exporter read through the API server's proxy: by the real kubectl (where there is one) and by a stand-in for it.
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { metersKey, type NodeMeters } from '../../src/model/card-meters.ts';
import { type ApiServer, startApiServer } from '../kube/api-server.ts';
import { kubeExporter, kubeNode, kubePod } from '../kube/objects.ts';
import { WAYS, type WatchedCluster, type Way, watchCluster } from '../kube/watched-cluster.ts';

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const METRICS =
  'DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-a",pod="x",namespace="ai"} 80\nDCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="GPU-a"} 61\n';
const CARDS = [{ gpu: '0', uuid: 'GPU-a', utilisationRatio: 0.8, temperatureC: 61, pods: ['ai/x'] }];

const say = (text: string) => (answer: ServerResponse) => {
  answer.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
  answer.end(text);
};

/** An API server whose exporters answer so; what they were asked by is in the returned list. */
async function clusterOf(
  way: Way,
  answers: (answer: ServerResponse, pod: string) => void,
): Promise<{ api: ApiServer; watched: WatchedCluster; pods: readonly string[] }> {
  const pods: string[] = [];
  const api = await startApiServer(['nodes', 'pods', 'configmaps', 'daemonsets', 'clusterpolicies'], {
    proxy: ({ path: { name = '' } }, _, answer) => {
      pods.push(name);
      answers(answer, name);
    },
  });
  open.push(api);
  api.put('nodes', kubeNode('gpu-0', { cards: 1 }), kubeNode('gpu-1', { cards: 1 }));
  const watched = watchCluster(api, way);
  open.push(watched);
  return { api, watched, pods };
}

const metersOf = (watched: WatchedCluster, node: string): NodeMeters | undefined =>
  watched.state().meters.get(metersKey('talos', node));

describe.each(WAYS)('through %s', (way) => {
  test('every exporter is asked on its own port, one after the other, and nobody else is', async () => {
    const { api, watched, pods } = await clusterOf(way, say(METRICS));
    api.put('pods', kubePod('x', { node: 'gpu-0', gpus: 1 }), kubeExporter('gpu-0'), kubeExporter('gpu-1', 9_500));
    await watched.until(() => watched.state().meters.size === 2);
    expect(pods).toEqual(['nvidia-dcgm-exporter-gpu-0:9400', 'nvidia-dcgm-exporter-gpu-1:9500']);
    expect([metersOf(watched, 'gpu-0'), metersOf(watched, 'gpu-1')]).toEqual([
      { cards: CARDS, atMs: expect.any(Number) },
      { cards: CARDS, atMs: expect.any(Number) },
    ]);
  });

  test('the figures of a node go with its exporter', async () => {
    const { api, watched } = await clusterOf(way, say(METRICS));
    api.put('pods', kubeExporter('gpu-0'));
    await watched.until(() => watched.state().meters.size === 1);
    await api.came('watch pods');
    api.remove('pods', kubeExporter('gpu-0'));
    await watched.until(() => watched.state().meters.size === 0);
  });

  test('a refusal is one sentence for every node after one question, and what a person asks for again is asked at once', async () => {
    const { api, watched, pods } = await clusterOf(way, say(METRICS));
    api.refuse({ verb: 'get', resource: 'pods' });
    api.put('pods', kubeExporter('gpu-0'), kubeExporter('gpu-1'));
    await watched.until(() => watched.state().meters.size === 2);
    const refused = {
      cards: [],
      because: 'may not get pods/proxy in gpu-operator as operator; grant the verb "get" to see them',
    };
    expect([metersOf(watched, 'gpu-0'), metersOf(watched, 'gpu-1')]).toEqual([refused, refused]);
    expect(api.asked.filter((words) => words.startsWith('get pods/'))).toHaveLength(1);
    api.refuse();
    watched.retry();
    await watched.until(() => metersOf(watched, 'gpu-0')?.cards.length === 1);
    expect(metersOf(watched, 'gpu-0')).toEqual({ cards: CARDS, atMs: expect.any(Number) });
    expect(pods[0]).toBe('nvidia-dcgm-exporter-gpu-0:9400');
  });

  test.each<readonly [string, (answer: ServerResponse) => void, string]>([
    [
      'a page of something else',
      say('<html>\n'),
      'the metrics of gpu-operator/nvidia-dcgm-exporter-gpu-0 cannot be used: dcgm-exporter: line 1 is not as expected: "<html>"',
    ],
    [
      'an answer that ends within a line',
      say(METRICS.slice(0, -2)),
      'the metrics of gpu-operator/nvidia-dcgm-exporter-gpu-0 cannot be used: the answer ends in the middle of a line',
    ],
    [
      'an answer of two MiB',
      say('# filler\n'.repeat(233_017)),
      'no metrics of gpu-operator/nvidia-dcgm-exporter-gpu-0: more than 1 MiB came',
    ],
    [
      'a port nobody listens on',
      (answer) => {
        answer.writeHead(503, { 'content-type': 'application/json' });
        const message = 'error trying to reach service: dial tcp 10.0.0.7:9400: connect: connection refused';
        answer.end(
          JSON.stringify({
            kind: 'Status',
            apiVersion: 'v1',
            status: 'Failure',
            reason: 'ServiceUnavailable',
            message,
            code: 503,
          }),
        );
      },
      'the API server does not reach port 9400 of gpu-operator/nvidia-dcgm-exporter-gpu-0: dial tcp 10.0.0.7:9400: connect: connection refused',
    ],
  ])('%s is one sentence', async (_, answers, sentence) => {
    const { api, watched } = await clusterOf(way, answers);
    api.put('pods', kubeExporter('gpu-0'));
    await watched.until(() => watched.state().meters.size === 1);
    expect(metersOf(watched, 'gpu-0')).toEqual({ cards: [], because: sentence });
  });
});
