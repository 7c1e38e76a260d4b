import type { Endpoint } from '../model/endpoint.ts';
import { nodeName } from '../model/ids.ts';
import type { Inventory } from '../model/inventory.ts';
import { type DemoClock, systemClock } from './chance.ts';
import { DEFAULT_DEMO_NODES, MAX_DEMO_NODES } from './cluster.ts';
import { demoEndpoint, demoInventory, type Reach } from './demo-inventory.ts';
import { createFaultDesk } from './fault-desk.ts';
import { nodeFor, parseFault } from './faults.ts';
import { newKeyPair, storeClientKey } from './keys.ts';
import { freePort, listenFor, type NodeListener } from './node-listener.ts';
import type { NodeState } from './node-state.ts';
import { type FleetKeys, sshNode } from './ssh-node.ts';
import { createWorld, type World } from './world.ts';

/** What kind of fleet to simulate. */
export interface DemoOptions {
  /** 1 to 1,000; 24 when left out. */
  readonly nodes?: number;
  /** The same seed gives the same fleet. */
  readonly seed?: number;
  readonly clock?: DemoClock;
  /** Faults to start with, as `NAME` or `NAME@NODE`. */
  readonly faults?: readonly string[];
}

/** A running demo fleet: simulated nodes behind real SSH servers on the loopback network. */
export interface DemoFleet {
  readonly inventory: Inventory;
  readonly endpoints: readonly Endpoint[];
  readonly world: World;
  /** Lets a fault happen, given as `NAME` or `NAME@NODE`. Throws `UsageError` that says what is possible. */
  readonly inject: (fault: string) => void;
  /** Puts a fault right, on its node or, without one, wherever it was injected. */
  readonly heal: (fault: string) => void;
  /** Ends every server and removes the client's key. */
  readonly close: () => Promise<void>;
}

const DEFAULT_SEED = 7;
/** Other programs may hold a port on one of the addresses: then another port is tried. */
const PORT_TRIES = 5;

/**
 * Starts the fleet. Throws a `RangeError` for a number of nodes it cannot simulate and when no free port is found, and a
 * `UsageError` for a fault that cannot be.
 */
export async function startDemoFleet(options: DemoOptions = {}): Promise<DemoFleet> {
  const { nodes = DEFAULT_DEMO_NODES, seed = DEFAULT_SEED, clock = systemClock, faults = [] } = options;
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > MAX_DEMO_NODES) {
    throw new RangeError(`a demo fleet has 1 to ${MAX_DEMO_NODES} nodes, not ${nodes}`);
  }
  const world = createWorld(nodes, seed, clock);
  // Looked at before anything is open, so that a wrong one costs nothing.
  for (const fault of faults) nodeFor(world, parseFault(fault));
  const keys = { host: newKeyPair('demo'), otherHost: newKeyPair('demo-changed'), client: newKeyPair('demo') };
  const listeners = await listenForAll(world, keys);
  const stored = await storeClientKey(keys.client);
  const unwatch = [...listeners].map(([name, listener]) => world.watch(name, listener.follow));
  const { inject, heal } = createFaultDesk(world);
  for (const fault of faults) inject(fault);

  const reachOf = ({ name }: Pick<NodeState, 'name'>): Reach => ({
    address: listeners.get(name)?.address ?? '127.0.0.1',
    port: listeners.get(name)?.port ?? 0,
    hostKey: keys.host.fingerprint,
    identityFile: stored.file,
  });
  const states = world.names.map((name) => world.node(name)).filter((node) => node !== undefined);
  return {
    inventory: demoInventory(states, reachOf),
    endpoints: states.map((node) => demoEndpoint(nodeName(node.name), reachOf(node))),
    world,
    inject,
    heal,
    close: async () => {
      stored.remove();
      for (const stop of unwatch) stop();
      for (const listener of listeners.values()) listener.close();
    },
  };
}

/** Linux has all of 127.0.0.0/8: an address a node, one port for all. Elsewhere there is one address: a port a node. */
async function listenForAll(world: World, keys: FleetKeys): Promise<ReadonlyMap<string, NodeListener>> {
  const hasNetwork = process.platform === 'linux';
  for (let tries = 1; ; tries++) {
    const first = hasNetwork ? await freePort() : 0;
    const opened = await Promise.allSettled(
      world.names.map(async (name) => {
        const address = (hasNetwork ? world.node(name)?.address : undefined) ?? '127.0.0.1';
        return [name, await listenFor(world, name, { address, port: first }, sshNode(world, name, keys))] as const;
      }),
    );
    const failed = opened.find((each) => each.status === 'rejected');
    const listeners = opened.filter((each) => each.status === 'fulfilled').map((each) => each.value);
    if (failed === undefined) return new Map(listeners);
    for (const [, listener] of listeners) listener.close();
    if (tries === PORT_TRIES)
      throw new RangeError(`the demo found no free port on the loopback network: ${failed.reason}`);
  }
}
