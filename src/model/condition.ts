import type { Need, Observed } from './check.ts';
import type { FileId } from './contents.ts';
import type { DrainLeave } from './drain.ts';
import type { TimeSlice } from './gpu-state.ts';
import type { AbsolutePath, DevicePath } from './ids.ts';
import type { ApplicationWish, KubeWay } from './kube-sharing.ts';
import type { KubectlCall } from './kubectl.ts';

/** What makes a disk this disk, whatever the kernel calls it today. Without any of id, serial and wwn nothing is written to it. */
export interface DeviceIdentity {
  readonly path: DevicePath;
  /** Name under /dev/disk/by-id. */
  readonly id?: string;
  readonly serial?: string;
  readonly wwn?: string;
  readonly sizeBytes: number;
}

/** Entries of a directory, known by what they are and not by their names alone. */
export interface EntriesWish {
  readonly folder: AbsolutePath;
  readonly folderId: FileId;
  readonly entries: readonly { readonly name: string; readonly id: FileId }[];
}

/**
 * What a step's guard and `done` ask of fresh facts: plain data, so that a plan can be read, stored, sent and judged again
 * elsewhere. Each kind has one entry in `src/conditions`.
 */
export type Condition =
  /** The disk at this path is the one the plan was made for. */
  | { readonly kind: 'same-disk'; readonly disk: DeviceIdentity }
  /** Nothing uses the disk or a part of it: no mount, swap, holder, RAID, LVM or ZFS member, fstab line; and it is not the system's. */
  | { readonly kind: 'disk-unused'; readonly device: DevicePath }
  /** wipefs(8) finds nothing on the device nor on its partitions. A disk that has the partition of this name by now is left alone. */
  | { readonly kind: 'disk-blank'; readonly device: DevicePath; readonly unlessPartition?: string }
  /** The signatures are the ones the operator was shown: `type:uuid` each, sorted. */
  | { readonly kind: 'same-signatures'; readonly device: DevicePath; readonly signatures: readonly string[] }
  /** `name` is that of the one partition. */
  | {
      readonly kind: 'partitioned';
      readonly device: DevicePath;
      readonly table: 'gpt';
      readonly partitions: number;
      readonly name?: string;
    }
  | {
      readonly kind: 'filesystem';
      readonly device: DevicePath;
      readonly fsType: string;
      readonly label?: string;
      readonly uuid?: string;
    }
  /** The device, or the filesystem on it, has at least so many bytes. */
  | {
      readonly kind: 'extent';
      readonly device: DevicePath;
      readonly of: 'device' | 'filesystem';
      readonly leastBytes: number;
    }
  /** The topmost mount at the target is this one. `options` are those that must hold, in the kernel's words. */
  | {
      readonly kind: 'mounted';
      readonly target: AbsolutePath;
      readonly fsType?: string;
      readonly source?: string;
      /** Of the filesystem on the device that is mounted. */
      readonly uuid?: string;
      readonly options?: readonly string[];
    }
  /** An automount that waits is no mount. With `unless`, what is mounted there already as it should be is left alone. */
  | {
      readonly kind: 'not-mounted';
      readonly target: AbsolutePath;
      readonly unless?: {
        readonly source?: string;
        readonly fsType?: string;
        readonly options?: readonly string[];
        /** It also has to answer. */
        readonly answers: boolean;
      };
    }
  /** At most so many mounts lie upon each other at the target, automounts not counted. */
  | { readonly kind: 'stacked'; readonly target: AbsolutePath; readonly most: number }
  /** statfs(2) of what is mounted there comes back in time. It counts as use of an automount. */
  | { readonly kind: 'answers'; readonly target: AbsolutePath }
  /** No process has anything open below it. */
  | { readonly kind: 'no-users'; readonly target: AbsolutePath }
  /** A regular file with exactly this content. */
  | { readonly kind: 'file'; readonly path: AbsolutePath; readonly sha256: string; readonly mode?: string }
  /** The file is as it was when the plan was made; `sha256` undefined: there was none. */
  | { readonly kind: 'file-unchanged'; readonly path: AbsolutePath; readonly sha256?: string }
  | { readonly kind: 'no-file'; readonly path: AbsolutePath }
  | {
      readonly kind: 'directory';
      readonly path: AbsolutePath;
      readonly owner?: string;
      readonly group?: string;
      readonly mode?: string;
    }
  /** In this very directory lie these very entries, under these names. */
  | ({ readonly kind: 'entries-same' } & EntriesWish)
  /** In this very directory none of these entries lies any more; others may bear their names by now. */
  | ({ readonly kind: 'entries-gone' } & EntriesWish)
  /** No process has any of these entries open, or anything below them. */
  | { readonly kind: 'entries-unused'; readonly folder: AbsolutePath; readonly names: readonly string[] }
  /** None of these processes runs any more; others may have their numbers by now. */
  | {
      readonly kind: 'processes-gone';
      readonly pattern: string;
      readonly processes: readonly { readonly pid: number; readonly startTicks: number }[];
    }
  /** The kernel exports the path to the client with at least these options. */
  | {
      readonly kind: 'exported';
      readonly path: AbsolutePath;
      readonly client: string;
      readonly options: readonly string[];
    }
  /** Without a client: to nobody. */
  | { readonly kind: 'not-exported'; readonly path: AbsolutePath; readonly client?: string }
  /** A unit's state; what is left out is not asked. `active` of an automount that waits is `active`. */
  | {
      readonly kind: 'unit';
      readonly unit: string;
      readonly load?: 'loaded' | 'not-found';
      /** `inactive` holds for a failed unit as well: neither runs. */
      readonly active?: 'active' | 'inactive';
      readonly isEnabled?: boolean;
      /** systemd has read the file as it is now. */
      readonly isFresh?: true;
    }
  /** The unit runs, and was started since it had this invocation id. */
  | { readonly kind: 'started-since'; readonly unit: string; readonly invocationId: string }
  /** The kernel's NFS server has at least so many threads. */
  | { readonly kind: 'nfsd-threads'; readonly least: number }
  /** The node has booted since: its boot id is another. */
  | { readonly kind: 'booted-since'; readonly bootId: string }
  /** The remote branch of a clone (`-`: the one its own follows) has this content of the file, after a fetch. */
  | { readonly kind: 'git-file'; readonly ref: string; readonly path: AbsolutePath; readonly sha256: string }
  /** As many GPUs answer as before. */
  | { readonly kind: 'gpus'; readonly count: number }
  | GpuCondition
  | KubeCondition
  | DrainCondition;

/** What is asked of a cluster through kubectl, where `kubectl` says it works. */
export type DrainCondition =
  /** The node is this very one; `isCordoned`: and new pods are kept off it, or are not. */
  | {
      readonly kind: 'kube-node';
      readonly kubectl: KubectlCall;
      readonly node: string;
      readonly uid: string;
      readonly isCordoned?: boolean;
    }
  /** No pod that a drain takes is on the node any more; `uids`: none of these, others may bear their names by now. */
  | {
      readonly kind: 'kube-drained';
      readonly kubectl: KubectlCall;
      readonly node: string;
      readonly leave: DrainLeave;
      readonly uids?: readonly string[];
    }
  /** Nothing on the node, or none of these pods, would be lost but what the operator lets go. */
  | {
      readonly kind: 'kube-drainable';
      readonly kubectl: KubectlCall;
      readonly node: string;
      readonly leave: DrainLeave;
      readonly uids?: readonly string[];
    };

/** What is asked of a card, by its UUID; `about` is what it is called in words: `gpu3`. */
export type GpuCondition =
  /** What is set on it; what is left out is not asked. */
  | {
      readonly kind: 'gpu-set';
      readonly gpu: string;
      readonly about: string;
      readonly computeMode?: string;
      readonly persistence?: boolean;
      readonly powerLimitW?: number;
      readonly timeSlice?: TimeSlice;
      readonly mig?: boolean;
      readonly migPending?: boolean;
    }
  /**
   * Nothing computes on it or has its device open but the driver's own helpers. Without a card: on none, and nobody has the driver open.
   * `mps`: but for MPS itself; `unseen`: but for what only the driver still knows, which is what a reset is to end.
   */
  | { readonly kind: 'gpu-unused'; readonly gpu?: string; readonly about: string; readonly except?: 'mps' | 'unseen' }
  /** nvidia-smi answers for the card at this PCI address, and it waits for no reset. */
  | { readonly kind: 'gpu-answers'; readonly busId: string; readonly about: string }
  /** It holds no more memory than the driver itself keeps. */
  | { readonly kind: 'gpu-memory-free'; readonly gpu: string; readonly about: string }
  /** The card lists this MIG profile. */
  | { readonly kind: 'mig-offers'; readonly gpu: string; readonly about: string; readonly profile: string }
  /** How many GPU instances of a profile it has; whole ones have a compute instance in them, bare ones none. */
  | {
      readonly kind: 'mig-count';
      readonly gpu: string;
      readonly about: string;
      readonly profile: string;
      readonly leastWhole?: number;
      readonly mostWhole?: number;
      /** The instance of this id is not bare: gone, or whole. */
      readonly notBare?: number;
      readonly most?: number;
    }
  /** The control daemon of CUDA MPS runs, or does not. */
  | { readonly kind: 'mps'; readonly runs: boolean }
  /** The kernel module `nvidia` is loaded. */
  | { readonly kind: 'gpu-module' };

/** What is asked of a cluster, on the node its kubectl runs on. */
export type KubeCondition =
  /** A key of a ConfigMap in the device plugin's namespace has this text, blanks at its end aside; without `map` any of them has, without `sha256` it has none. */
  | {
      readonly kind: 'kube-map';
      readonly way: KubeWay;
      readonly map?: string;
      readonly key: string;
      readonly sha256?: string;
    }
  /** The operator's ClusterPolicy names this ConfigMap and this default; undefined: none. */
  | {
      readonly kind: 'kube-policy';
      readonly way: KubeWay;
      readonly policy: string;
      readonly configMap?: string;
      readonly defaultKey?: string;
    }
  /** The nodes have these values of the label `nvidia.com/device-plugin.config`; undefined: none. */
  | {
      readonly kind: 'kube-labels';
      readonly way: KubeWay;
      readonly labels: readonly { readonly node: string; readonly value?: string }[];
    }
  /** The device plugin reads the ConfigMap, where one is named, and every pod of it began after that changed. */
  | { readonly kind: 'kube-fresh'; readonly way: KubeWay; readonly map?: string }
  /** The nodes have exactly so much allocatable. */
  | {
      readonly kind: 'kube-offers';
      readonly way: KubeWay;
      readonly offers: readonly { readonly node: string; readonly resource: string; readonly amount: number }[];
    }
  /** Argo CD has synced the Application, to what was pushed where the clone is named, and it is healthy. */
  | { readonly kind: 'kube-synced'; readonly way: KubeWay; readonly application: ApplicationWish };

export type ConditionKind = Condition['kind'];

/** Whether it holds; where it does not, what was found instead, e.g. `/dev/sdb is mounted at /data`. `unknown`: the node could not say. */
export type Verdict =
  | { readonly kind: 'holds' }
  | { readonly kind: 'fails'; readonly because: string }
  | { readonly kind: 'unknown'; readonly because: string };

/** How one kind of condition is asked, judged and told. Members in this order: `needs, judge, words`. */
export interface ConditionRule<K extends ConditionKind> {
  needs(condition: Extract<Condition, { kind: K }>): readonly Need[];
  judge(condition: Extract<Condition, { kind: K }>, seen: Observed): Verdict;
  /** For plans and `unverified` failures: `/dev/sdb1 holds ext4 labelled data`. */
  words(condition: Extract<Condition, { kind: K }>): string;
}

export type ConditionRules = { readonly [K in ConditionKind]: ConditionRule<K> };
