import { createStore, type StoreApi } from 'zustand/vanilla';
import type { NodeName } from '../model/ids.ts';
import { type Inventory, type InventoryNode, whyNeverAsked } from '../model/inventory.ts';
import { emptyCluster } from '../model/kubernetes.ts';
import type { Link } from '../model/link.ts';
import type { NodeFacts } from '../model/observation.ts';
import { neverSeen, type SeenLedger } from '../model/seen.ts';
import type { State } from './state.ts';

/** The one store. It holds data only; what changes it are the functions beside it. */
export type FleetStore = StoreApi<State>;

/** A store in which nothing has been asked yet. */
export function createFleetStore(inventory: Inventory): FleetStore {
  return createStore<State>(() => initialState(inventory));
}

/** Every node of the inventory with no fact, no time and an idle link, in inventory order. */
export function initialState(inventory: Inventory): State {
  const names = inventory.nodes.map((node) => node.name);
  const links = inventory.nodes.map((node): readonly [NodeName, Link] => [node.name, firstLink(node)]);
  return {
    inventory,
    nodes: new Map(names.map((name): readonly [NodeName, NodeFacts] => [name, { name, slots: {}, usage: {} }])),
    seen: new Map(names.map((name): readonly [NodeName, SeenLedger] => [name, neverSeen()])),
    links: new Map(links),
    clusters: new Map((inventory.clusters ?? []).map((spec) => [spec.name, emptyCluster(spec)])),
    meters: new Map(),
    findings: [],
    reviews: [],
    events: [],
    rollouts: new Map(),
    orphans: new Set(),
    log: undefined,
    podLog: undefined,
  };
}

function firstLink(node: InventoryNode): Link {
  const because = whyNeverAsked(node);
  return because === undefined ? { kind: 'idle' } : { kind: 'none', because };
}
