import type { Live } from './cli/context.ts';
import { compactAfterBursts, compactHeap, SECOND_THREAD_MS } from './compact-heap.ts';
import { resolveEndpoints } from './config/endpoint.ts';
import { createDiagnosisInParts } from './diagnosis/diagnose.ts';
import { type PreparedFleet, prepareFleetInWorker } from './engine/fleet-worker.ts';
import { oncePeriods } from './engine/schedule.ts';
import type { ClusterPlan, WorkerPlan } from './kubernetes/follow-clusters.ts';
import { startLastingFleet } from './lasting-fleet.ts';
import { isExporter, metersKey } from './model/card-meters.ts';
import { directoryWishes } from './model/directories.ts';
import { type Endpoint, localEndpoint } from './model/endpoint.ts';
import { type NodeName, nodeName, whyNotNodeName } from './model/ids.ts';
import type { Inventory, InventoryNode } from './model/inventory.ts';
import type { ClusterSpec } from './model/kubernetes.ts';
import { talosMachines } from './model/talos.ts';
import { wishOf } from './model/wishes.ts';
import { probes } from './probes/registry.ts';
import { keepHeapSmall } from './small-heap.ts';
import { fleetHistory } from './store/history.ts';
import { createIngest } from './store/ingest.ts';
import type { State } from './store/state.ts';
import { createFleetStore, initialState } from './store/store.ts';
import { clock } from './transport/clock.ts';

/** At most this many handshakes at once; more make the console late without being sooner (measured: 64 with the transport in a worker). */
const MAX_CONNECTING = 64;

/** What to watch: an inventory and how to reach its nodes; the demo brings its own endpoints. */
export interface LiveSource {
  readonly inventory: Inventory;
  readonly endpoints: readonly Endpoint[];
  /** The file or folder it was read from, from the root. */
  readonly from?: string;
  readonly demo?: Live['demo'];
  readonly end?: () => Promise<void>;
}

/** How a fleet is opened; `engine` is one that was prepared for it. */
interface OpenOptions {
  readonly isLook?: boolean;
  readonly isOnce?: boolean;
  readonly engine?: PreparedFleet;
}

/** A single look is diagnosed once, when all have answered. One that takes longer than this is diagnosed as it goes: some signs must last. */
const UNDIAGNOSED_MS = 10_000;

const ENGINE = new URL('./worker.js', import.meta.url);

/** Begins to load the engine, beside the inventory on another core: 0.2 s of CPU each with 256 nodes. For one `openLive`, or to be left. */
export const prepareEngine = (): PreparedFleet => prepareFleetInWorker(ENGINE);

/** Starts the engine in its worker and fills a store from it until closed. `isLook`: findings are not wanted before it is settled; `isOnce`: nor any second answer. */
export function openLive(
  { inventory, endpoints, demo, end }: LiveSource,
  store = createFleetStore(inventory),
  { isLook = false, isOnce = false, engine }: OpenOptions = {},
): Live {
  if (!isOnce) keepHeapSmall(inventory.nodes.length);
  const { rollouts, orphans } = store.getState();
  store.setState({ ...initialState(inventory), rollouts, orphans }, true);
  const fleet = startLastingFleet(planOf(inventory, endpoints, isOnce), ENGINE, engine);
  const diagnosis = createDiagnosisInParts();
  let diagnosedFromMs = isLook ? clock.nowMs() + UNDIAGNOSED_MS : Number.NEGATIVE_INFINITY;
  const ingest = createIngest({
    store,
    clock,
    *diagnose(state, nowMs) {
      return nowMs < diagnosedFromMs ? state.findings : yield* diagnosis(state, nowMs);
    },
    history: fleetHistory,
    isUnattended: isOnce,
  });
  const unsubscribe = fleet.subscribe(ingest.push);
  if (!isOnce) fleet.subscribe(compactAfterBursts(clock, compactHeap, SECOND_THREAD_MS));
  return {
    store,
    request: fleet.request,
    subscribe: fleet.subscribe,
    ...(demo === undefined ? {} : { demo }),
    settled: async (withinMs) => {
      await until(
        store,
        (state) => hasSettled(state) && (!isOnce || clusterNodesAwaited(state).length === 0),
        withinMs,
      );
      diagnosedFromMs = Number.NEGATIVE_INFINITY;
      ingest.flush();
      const state = store.getState();
      const missing = inventory.nodes.flatMap(({ name }) => (isAwaited(state, name) ? [name] : []));
      return isOnce ? [...new Set([...missing, ...clusterNodesAwaited(state)])] : missing;
    },
    close: async () => {
      unsubscribe();
      ingest.close();
      await Promise.all([fleet.close(), end?.()]);
    },
  };
}

/** Endpoints of an inventory by the user's own ssh configuration. */
export function endpointsOf(inventory: Inventory, notice?: (text: string) => void): readonly Endpoint[] {
  return resolveEndpoints(inventory.nodes, process.env, notice);
}

function planOf(inventory: Inventory, endpoints: readonly Endpoint[], isOnce: boolean): WorkerPlan {
  const byName = new Map(endpoints.map((endpoint) => [endpoint.node, endpoint]));
  return {
    nodes: inventory.nodes.flatMap((node) => {
      const endpoint = byName.get(node.name);
      return endpoint === undefined
        ? []
        : [
            {
              endpoint,
              everyMs: isOnce ? oncePeriods(probes) : periodsOf(inventory, node),
              directories: directoryWishes(wishOf(inventory, node.name)?.volumes ?? []),
            },
          ];
    }),
    lateAfterMs: inventory.lateAfterMs,
    lostAfterMs: inventory.lostAfterMs,
    maxConnecting: MAX_CONNECTING,
    clusters: (inventory.clusters ?? []).map((spec) => ({ ...clusterPlan(spec, byName), isOnce })),
  };
}

/** The machine muster runs on, by no name of the inventory. */
const HERE = localEndpoint(nodeName('localhost'));

function clusterPlan(spec: ClusterSpec, byName: ReadonlyMap<NodeName, Endpoint>): ClusterPlan {
  const placeOf = (node: NodeName | undefined): Endpoint =>
    node === undefined
      ? HERE
      : (byName.get(node) ?? { ...HERE, via: 'none', because: `${node} is left out by --limit` });
  return { spec, endpoint: placeOf(spec.from), clone: placeOf(spec.git?.from) };
}

function periodsOf({ pollEveryMs }: Inventory, { class: nodeClass }: InventoryNode): Readonly<Record<string, number>> {
  return { ...pollEveryMs['default'], ...(nodeClass === undefined ? {} : pollEveryMs[nodeClass]) };
}

/** The others are asked per mount, as soon as the mounts are known. */
const QUESTIONS = Object.entries(probes).flatMap(([name, probe]) => ('targets' in probe ? [] : [name]));

/** Every node that can be reached has answered each question once, one way or another. */
function hasSettled(state: State): boolean {
  for (const { tables } of state.clusters.values())
    if (Object.values(tables).some((table) => table.state.kind === 'asking')) return false;
  // Asked at every change: the first that is awaited is enough.
  return !state.inventory.nodes.some(({ name }) => isAwaited(state, name));
}

/** Nodes whose exporter or Talos may still answer. */
function clusterNodesAwaited({ clusters, meters }: State): readonly NodeName[] {
  const names = [...clusters.values()].flatMap((cluster) => [
    ...[...cluster.tables.pods.items.values()].flatMap((pod) =>
      isExporter(pod) && !meters.has(metersKey(cluster.spec.name, pod.node)) ? [pod.node] : [],
    ),
    ...talosMachines(cluster).flatMap(({ name, talos }) => (talos === undefined ? [name] : [])),
  ]);
  return names.flatMap((name) => (whyNotNodeName(name) === undefined ? [nodeName(name)] : []));
}

/** Whether an answer may still come from a node. */
function isAwaited(state: State, name: NodeName): boolean {
  const kind = state.links.get(name)?.kind ?? 'idle';
  if (kind === 'lost' || kind === 'refused' || kind === 'none') return false;
  const facts = state.nodes.get(name);
  if (kind === 'idle' || kind === 'connecting' || facts === undefined) return true;
  const slots = [
    ...Object.values(facts.slots),
    ...Object.values(facts.usage),
    ...Object.values(facts.directories ?? {}),
  ];
  const isAsked = QUESTIONS.every((probe) => probe in facts.slots);
  return !isAsked || slots.some((slot) => slot.kind === 'waiting' || slot.kind === 'never');
}

function until(store: Live['store'], question: (state: State) => boolean, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const timer = setTimeout(end, withinMs);
    const unsubscribe = store.subscribe((state) => {
      if (question(state)) end();
    });
  });
}
