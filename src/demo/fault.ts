import { VALUES_FILE } from './clone.ts';
import { fileAt } from './files.ts';
import { KUBE_FROM } from './kube/sharing.ts';
import type { Ailments, NodeState } from './node-state.ts';
import type { World } from './world.ts';

/** Something that can go wrong with a node, and be put right again. */
export interface Fault {
  readonly name: FaultName;
  readonly title: string;
  /** What it does to the node and what the console should show, in a sentence. */
  readonly summary: string;
  /** What a node must have for this to happen to it. */
  readonly needs:
    | 'any node'
    | 'a network mount'
    | 'NFS exports'
    | 'a GPU'
    | 'a disk'
    | 'sudo'
    | 'a Git clone'
    | 'talosctl';
  /** Takes the node off the network. With several such faults on one node it stays off until the last one is healed. */
  readonly cutsOff?: true;
  readonly inject: (world: World, node: string) => void;
  /** Undoes it; what the node has lost meanwhile (a boot, its counters) stays lost. */
  readonly heal: (world: World, node: string) => void;
}

export type FaultName =
  | 'node-lost'
  | 'black-hole'
  | 'hung-mount'
  | 'stale-handle'
  | 'server-down'
  | 'slow-node'
  | 'gpu-lost'
  | 'xid'
  | 'ecc'
  | 'pcie-replays'
  | 'wedged-gpu'
  | 'gpu-module-gone'
  | 'gpu-driver-updated'
  | 'gpu-memory-held'
  | 'sharing-dropped'
  | 'talos-misbuilt'
  | 'slow-nfs'
  | 'nfsd-busy'
  | 'disk-full'
  | 'host-key-changed'
  | 'garbage-output'
  | 'escape-injection'
  | 'clock-skew'
  | 'sudo-refused'
  | 'auth-refused';

/** Whether a fault can happen to a node. */
export function suits(fault: Pick<Fault, 'needs'>, node: NodeState): boolean {
  switch (fault.needs) {
    case 'any node':
      return true;
    case 'a network mount':
      return node.mounts.some((mount) => mount.fsType === 'nfs4');
    case 'NFS exports':
      return node.exports.length > 0;
    case 'a GPU':
      return node.gpus.length > 0;
    case 'a disk':
      return node.mounts.some((mount) => mount.space !== undefined && mount.source.startsWith('/dev/'));
    case 'a Git clone':
      return fileAt(node, VALUES_FILE) !== undefined;
    case 'talosctl':
      return node.name === KUBE_FROM;
    case 'sudo':
      return node.privilege === 'sudo';
  }
}

/** A fault that is one setting of the node's ailments. */
export function ailing<K extends keyof Ailments>(
  key: K,
  ill: Ailments[K],
  well: Ailments[K],
): Pick<Fault, 'inject' | 'heal'> {
  const set = (value: Ailments[K]) => (world: World, name: string) =>
    world.change(name, (node) => ({ ...node, ailments: { ...node.ailments, [key]: value } }));
  return { inject: set(ill), heal: set(well) };
}
