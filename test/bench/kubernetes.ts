// A cluster of 500 nodes and 5,000 pods: from the API server's answer to the rows of both views, then one pod after another changing. In a
// process of its own, so that its memory is nobody else's. Run: node test/bench/main.ts kubernetes
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createDiagnosisInParts } from '../../src/diagnosis/diagnose.ts';
import { kinds } from '../../src/kubernetes/kinds.ts';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import type { KubeKind, KubeObjects } from '../../src/model/kubernetes.ts';
import { createIngest } from '../../src/store/ingest.ts';
import { createFleetStore } from '../../src/store/store.ts';
import { sharingView } from '../../views/sharing.ts';
import { workloadsView } from '../../views/workloads.ts';
import { type KubeObject, kubeConfigMap, kubeNode, kubePlugin, kubePod, sliced } from '../kube/objects.ts';
import { inventory, T0 } from '../store/builders.ts';
import type { Part, PartResult } from './figure.ts';

const NODES = 500;
const PODS = 5_000;
const PAGE = 500;
const CHANGES = 200;
/** What a real pod has besides what muster reads: about 8 KB of containers, volumes, conditions and managed fields. */
const BALLAST = 'x'.repeat(8_000);
/** The watch gathers for this long, and the screen's pace is a tenth of a second (follow.ts, ingest.ts): the longest wait. */
const PACE_MS = 20 + 100;

/** Reading and showing a large cluster. */
export const kubernetesPart: Part = {
  name: 'kubernetes',
  what: `${NODES} nodes and ${PODS} pods of a cluster: first rows, a change, memory`,
  run: () =>
    new Promise((resolve, reject) => {
      const child = fork(fileURLToPath(import.meta.url), ['--child'], { execArgv: ['--expose-gc'] });
      child.once('message', (result: PartResult) => resolve(result));
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the part ended with exit code ${code}`)));
    }),
};

function measure(): PartResult {
  const pages = [
    ['nodes', Array.from({ length: NODES }, (_, at) => kubeNode(`gpu-${at}`, { cards: 8, gpus: 32 }))],
    ...chunks(Array.from({ length: PODS }, (_, at) => podAt(at, 0))).map((items) => ['pods', items] as const),
    ['configMaps', [kubeConfigMap('time-slicing-config', { any: sliced(4) })]],
    ['daemonSets', [kubePlugin('time-slicing-config', 'any')]],
  ] as const satisfies readonly (readonly [KubeKind, readonly KubeObject[]])[];
  const answers = pages.map(([of, items]) => [of, JSON.stringify({ items })] as const);
  const heapBefore = heapBytes();
  const store = createFleetStore(inventory([], { clusters: [{ name: 'talos' }] }));
  const diagnose = createDiagnosisInParts();
  let nowMs = T0;
  const ingest = createIngest({ store, clock: { nowMs: () => nowMs, after: () => () => undefined }, diagnose });
  const firstMs = timed(() => {
    for (const kind of ['nodes', 'pods', 'configMaps', 'daemonSets'] as const) {
      const items = answers.filter(([each]) => each === kind).flatMap(([, text]) => readPage(kind, text));
      ingest.push([
        crossed({ kind: 'list', cluster: 'talos', of: kind, items, state: { kind: 'watching', sinceMs: T0 } }),
      ]);
    }
    ingest.flush();
    sharingView.rows(store.getState());
    workloadsView.rows(store.getState());
  });
  const changesMs = Array.from({ length: CHANGES }, (_, round) => {
    const line = JSON.stringify({ type: 'MODIFIED', object: podAt((round * 37) % PODS, round + 1) });
    nowMs += 500;
    return timed(() => {
      const item = kinds.pods.read(JSON.parse(line).object);
      const put = item === undefined ? [] : [[item.uid, item] as const];
      ingest.push([crossed({ kind: 'change', cluster: 'talos', of: 'pods', put, gone: [] })]);
      ingest.flush();
      sharingView.rows(store.getState());
      workloadsView.rows(store.getState());
    });
  }).toSorted((a, b) => a - b);
  const heap = heapBytes() - heapBefore;
  const p99 = changesMs[Math.floor(changesMs.length * 0.99)] ?? 0;
  return {
    figures: [
      {
        name: `a cluster of ${NODES} nodes and ${PODS} pods: answer to rows`,
        unit: 's',
        muster: firstMs / 1_000,
        target: { kind: 'value', atMost: 3 },
      },
      {
        name: 'the same: one pod changes, to rows and findings, p99, with the waits in between',
        unit: 'ms',
        muster: p99 + PACE_MS,
        target: { kind: 'value', atMost: 250 },
        note: `${p99.toFixed(1)} ms of CPU; the watch and the screen wait ${PACE_MS} ms at most`,
      },
      {
        name: 'the same: heap',
        unit: 'MB',
        muster: heap / 1e6,
        target: { kind: 'value', atMost: 150 },
      },
    ],
  };
}

function podAt(at: number, version: number): KubeObject {
  const pod = kubePod(`job-${at}`, { node: `gpu-${at % NODES}`, gpus: 1, priority: version });
  return { ...pod, metadata: { ...pod.metadata, resourceVersion: String(version), annotations: { ballast: BALLAST } } };
}

function readPage<K extends KubeKind>(of: K, text: string): readonly (readonly [string, KubeObjects[K]])[] {
  const { items }: { readonly items: readonly unknown[] } = JSON.parse(text);
  const { read, idOf } = kinds[of];
  return items.flatMap((object) => {
    const item = read(object);
    return item === undefined ? [] : [[idOf(item), item] as const];
  });
}

/** As it comes out of the worker: as text. */
const crossed = (event: object): FleetEvent => JSON.parse(JSON.stringify({ kind: 'cluster', event }));

/** Milliseconds of CPU: what else runs on the machine does not count. */
function timed(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function chunks<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / PAGE) }, (_, at) => all.slice(at * PAGE, (at + 1) * PAGE));
}

if (process.argv.includes('--child')) {
  const result = measure();
  process.send?.(result, () => process.exit(0));
}
