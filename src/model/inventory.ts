import type { CustomAction } from './custom-action.ts';
import type { NodeName } from './ids.ts';
import type { ClusterSpec } from './kubernetes.ts';

/** What the operator wishes: nodes, groups and the state they should be in. Read by src/config from one file or a folder. */
export interface Inventory {
  readonly name: string;
  /** Where it was read from, for messages; empty for the demo. */
  readonly files: readonly string[];
  /** The file, folder or program of an inventory that is Ansible's own: playbooks are given it as it is. */
  readonly ansible?: string;
  readonly nodes: readonly InventoryNode[];
  /** Members fully expanded, in inventory order; nested groups are already flattened. */
  readonly groups: { readonly [group: string]: readonly NodeName[] };
  readonly volumes: readonly VolumeSpec[];
  readonly exports: readonly ExportSpec[];
  readonly mounts: readonly MountSpec[];
  readonly sharing: readonly SharingSpec[];
  /** Kubernetes clusters, each with where its kubectl runs. */
  readonly clusters?: readonly ClusterSpec[];
  /** Poll periods in ms by probe, per class; `default` for all. */
  readonly pollEveryMs: { readonly [nodeClass: string]: { readonly [probe: string]: number } };
  readonly lateAfterMs: number;
  readonly lostAfterMs: number;
  /** Things worth telling that are no errors: vaulted values, unresolved templates, nodes without an address. */
  readonly notices: readonly Notice[];
  /** Actions of the user's own, which stand beside the built-in ones. */
  readonly actions?: readonly CustomAction[];
}

export interface Notice {
  readonly file: string;
  readonly line?: number;
  readonly text: string;
}

export interface InventoryNode {
  readonly name: NodeName;
  readonly via: 'ssh' | 'local' | 'kubernetes';
  /** `auto` takes the system ssh where the resolved configuration needs it. */
  readonly transport: 'auto' | 'ssh2' | 'openssh';
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
  readonly jump?: readonly string[];
  readonly identityFiles?: readonly string[];
  readonly password?: 'never' | 'ask';
  readonly hostKeys?: readonly string[];
  readonly hostKeyPolicy?: 'ask' | 'accept-new';
  readonly class?: string;
  readonly labels: { readonly [key: string]: string };
  /** Nothing may be changed there, and why. */
  readonly readOnly?: string;
  readonly groups: readonly string[];
  readonly gpus?: { readonly count: number; readonly model?: string; readonly driver?: string };
}

/** Why muster never asks a node anything, as the end of a sentence about the node; undefined where it does ask. */
export const whyNeverAsked = ({ via }: Pick<InventoryNode, 'via'>): string | undefined =>
  via === 'kubernetes' ? 'has no SSH (via: kubernetes); what Kubernetes says of it is in the view Sharing' : undefined;

/** A disk chosen by identity, its filesystem and what stands on it. */
export interface VolumeSpec {
  readonly name: string;
  readonly nodes: readonly NodeName[];
  readonly disk: { readonly id?: string; readonly serial?: string; readonly wwn?: string; readonly sizeBytes?: number };
  readonly fsType: string;
  readonly label?: string;
  readonly uuid?: string;
  readonly target: string;
  readonly options: readonly string[];
  readonly directories: readonly {
    readonly path: string;
    readonly owner?: string;
    readonly group?: string;
    readonly mode?: string;
  }[];
}

export interface ExportSpec {
  readonly node: NodeName;
  readonly path: string;
  readonly clients: readonly { readonly client: string; readonly options: readonly string[] }[];
}

export interface MountSpec {
  /** `nfs-a:/export/data`: for network filesystems the server is a node's name or an address. */
  readonly source: string;
  readonly fsType: string;
  readonly target: string;
  readonly options: readonly string[];
  readonly how: 'automount' | 'fstab' | 'unit';
  /** `true`: must not be mounted there. */
  readonly absent: boolean;
  readonly nodes: readonly NodeName[];
}

/** GPU time-slicing wished for a node set. */
export interface SharingSpec {
  readonly nodes: readonly NodeName[];
  readonly replicas: number;
  readonly resource: string;
  readonly renameByDefault: boolean;
}

/** An inventory without nodes, for the time before one is read. */
export function emptyInventory(name: string): Inventory {
  return {
    name,
    files: [],
    nodes: [],
    groups: {},
    volumes: [],
    exports: [],
    mounts: [],
    sharing: [],
    pollEveryMs: {},
    lateAfterMs: 15_000,
    lostAfterMs: 30_000,
    notices: [],
  };
}
