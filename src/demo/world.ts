import { buildNode } from './build-node.ts';
import type { DemoClock } from './chance.ts';
import { planCluster } from './cluster.ts';
import { withImperfections } from './imperfections.ts';
import { TALOS_NODE, TALOS_PLAN, withTalos } from './kube/talos.ts';
import type { DemoMount, NodeState } from './node-state.ts';

/** All nodes of a demo fleet and their time. Nodes see each other only here: a mount's server, a server's clients. */
export interface World {
  readonly clock: DemoClock;
  /** Of those that listen to SSH; a machine of Talos has a state and is none of them. */
  readonly names: readonly string[];
  readonly node: (name: string) => NodeState | undefined;
  /** Replaces one node by what the change makes of it; a name that is not there is passed over. */
  readonly change: (name: string, change: (node: NodeState) => NodeState) => void;
  /** Calls after each change of one node until the returned function is called. */
  readonly watch: (name: string, listener: () => void) => () => void;
  /** Grows with every change: what was computed under another version may be out of date. */
  readonly version: () => number;
}

/** A new world of so many nodes, the same for the same seed. */
export function createWorld(nodes: number, seed: number, clock: DemoClock): World {
  const nowMs = clock.nowMs();
  const states = new Map(
    planCluster(nodes).map((plan) => [plan.name, withImperfections(buildNode(plan, seed, nowMs), plan.number, nowMs)]),
  );
  const names = [...states.keys()];
  states.set(TALOS_NODE, withTalos(buildNode(TALOS_PLAN, seed, nowMs)));
  const listeners = new Map<string, Set<() => void>>();
  let version = 0;
  return {
    clock,
    names,
    node: (name) => states.get(name),
    change: (name, change) => {
      const before = states.get(name);
      if (before === undefined) return;
      const after = change(before);
      if (after === before) return;
      states.set(name, after);
      version++;
      for (const listener of [...(listeners.get(name) ?? [])]) listener();
    },
    watch: (name, listener) => {
      const ofNode = listeners.get(name) ?? new Set();
      listeners.set(name, ofNode.add(listener));
      return () => ofNode.delete(listener);
    },
    version: () => version,
  };
}

/** The nodes that have something of this server mounted and are up themselves. */
export function clientsOf(world: World, server: string): readonly NodeState[] {
  return world.names
    .map((name) => world.node(name))
    .filter((node) => node !== undefined)
    .filter((node) => node.ailments.link === 'up' && node.mounts.some((each) => isServedBy(world, each, server)));
}

/** Whether a mount is a share of this node, by whatever of its names it was mounted. */
export function isServedBy(world: World, { source }: Pick<DemoMount, 'source'>, server: string): boolean {
  return source.startsWith(`${server}:`) || source.startsWith(`${world.node(server)?.address}:`);
}

/** The node with this name or address. */
export function findHost(world: World, host: string): NodeState | undefined {
  return world.node(host) ?? world.names.map((name) => world.node(name)).find((node) => node?.address === host);
}
