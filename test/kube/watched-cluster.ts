// A cluster followed into a state: through the real kubectl where this machine has one, and through a stand-in that asks the API server itself.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Session, Transport } from '../../src/engine/ports.ts';
import { followClusters } from '../../src/kubernetes/follow-clusters.ts';
import { END } from '../../src/kubernetes/program.ts';
import { localEndpoint } from '../../src/model/endpoint.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import { type Cluster, type ClusterSpec, emptyCluster } from '../../src/model/kubernetes.ts';
import { applyEvents } from '../../src/store/apply-observations.ts';
import type { State } from '../../src/store/state.ts';
import { initialState } from '../../src/store/store.ts';
import { clock } from '../../src/transport/clock.ts';
import { createTransport } from '../../src/transport/transport.ts';
import { inventory } from '../store/builders.ts';
import type { ApiServer } from './api-server.ts';

/** Whether this machine has a kubectl. */
export const hasKubectl = spawnSync('kubectl', ['version', '--client'], { timeout: 20_000 }).status === 0;

/** The ways to an API server. */
export const WAYS = [...(hasKubectl ? (['kubectl'] as const) : []), 'stand-in'] as const;
export type Way = (typeof WAYS)[number];

const HERE = localEndpoint(nodeName('localhost'));

export interface WatchedCluster {
  readonly state: () => State;
  readonly cluster: () => Cluster;
  /** Resolves with the cluster as soon as it is so. */
  readonly until: (isSo: (cluster: Cluster) => boolean) => Promise<Cluster>;
  readonly retry: () => void;
  readonly close: () => Promise<void>;
}

/** Follows the cluster of an API server. */
export function watchCluster(
  api: Pick<ApiServer, 'url'>,
  way: Way,
  {
    spec = {},
    nodes = [],
    over = {},
  }: { spec?: Partial<ClusterSpec>; nodes?: readonly string[]; over?: Partial<Inventory> } = {},
): WatchedCluster {
  const folder = mkdtempSync(join(tmpdir(), 'muster-kube-'));
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, kubeconfigOf(api.url));
  const named: ClusterSpec = { name: 'talos', kubeconfig, ...spec };
  const fleet = inventory(nodes, { clusters: [named], ...over });
  let state = initialState(fleet);
  const waiting = new Set<() => void>();
  const real = createTransport({ askSecret: async () => undefined });
  const transport = way === 'kubectl' ? real : { open: standIn(api.url, real) };
  const clusters = followClusters([{ spec: named, endpoint: HERE, clone: HERE }], {
    transport,
    clock,
    random: () => 0,
    tell: (events) => {
      state = applyEvents(state, events, clock.nowMs());
      for (const look of waiting) look();
    },
  });
  const cluster = () => state.clusters.get(named.name) ?? emptyCluster(named);
  return {
    state: () => state,
    cluster,
    until: (isSo) =>
      new Promise((resolve) => {
        const look = () => {
          if (!isSo(cluster())) return;
          waiting.delete(look);
          resolve(cluster());
        };
        waiting.add(look);
        look();
      }),
    retry: clusters.retry,
    close: async () => {
      clusters.close();
      await real.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A kubeconfig for an API server without TLS. */
export const kubeconfigOf = (server: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    users: [{ name: 'test', user: { token: 'not-a-secret' } }],
    'current-context': 'test',
  });

/** What kubectl does for `get --raw`, in its words; files are read by the real transport. */
const standIn =
  (url: string, real: Pick<Transport, 'open'>): Transport['open'] =>
  (endpoint, program, events): Session => {
    const uri = /get --raw '?([^'\s]+)'?/.exec(program)?.[1];
    if (uri === undefined) return real.open(endpoint, program, events);
    const end = (code: number) => events.onStdout(Buffer.from(`\n${END} ${code}\n`));
    const say = (words: string) => {
      events.onStderr(Buffer.from(`${words}\n`));
      end(1);
    };
    const request = get(`${url}${uri}`, (answer) => {
      if (answer.statusCode === 200) {
        answer.on('data', (chunk: Buffer) => events.onStdout(chunk));
        answer.on('end', () => end(0));
        return;
      }
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk));
      answer.on('end', () => {
        const { reason, message }: { reason: string; message: string } = JSON.parse(body);
        say(
          reason === 'Unauthorized'
            ? 'error: You must be logged in to the server (Unauthorized)'
            : `Error from server (${reason}): ${message}`,
        );
      });
    });
    request.on('error', () =>
      say('The connection to the server was refused - did you specify the right host or port?'),
    );
    return { write: () => {}, close: () => request.destroy() };
  };
