import type { Contents, Holder } from './contents.ts';
import type { KubeNodeState, KubePodsState } from './drain.ts';
import type { GpuHolder, GpuSettings, GpuStack, MigState } from './gpu-state.ts';
import type { AbsolutePath } from './ids.ts';
import type { KubeApplication, KubeSharing } from './kube-sharing.ts';
import type { Answer, KnownFacts, ProbeName } from './probe.ts';

/** What a step can ask about one thing on a node, only when it needs it; what is asked again and again is a probe. */
export interface CheckFacts {
  /** By path. */
  readonly file: FileState;
  /** By directory: what lies directly in it. */
  readonly entries: readonly DirectoryEntry[];
  /** By block device: what wipefs(8) finds on it, without touching it. */
  readonly signatures: readonly Signature[];
  /** By disk or partition: how much of it what stands on it takes. */
  readonly extent: Extent;
  /** By mount point: who has files open below it. */
  readonly users: readonly PathUser[];
  /** By unit name, any kind of unit. */
  readonly service: ServiceState;
  /** By directory: what lies in it, measured. */
  readonly contents: Contents;
  /** By directory: what lies in it, directories without size and age. */
  readonly identities: Contents;
  /** By pattern of the command line: who runs it. */
  readonly processes: readonly RunningProcess[];
  /** By directory: who has which of its entries open. */
  readonly holders: readonly Holder[];
  /** By `BRANCH PATH`, `-` for the branch that the clone's own follows: a file of a Git clone as the remote has it. */
  readonly gitFile: GitFile;
  /** By `CONTEXT KUBECONFIG NAMESPACE`: how a cluster's GPUs are shared. */
  readonly kubeSharing: KubeSharing;
  /** By `CONTEXT KUBECONFIG NAMESPACE NAME REF ROOT`: an Application of Argo CD. */
  readonly kubeApplication: KubeApplication;
  /** Of all cards of the node; the target is `all`. */
  readonly gpuSettings: readonly GpuSettings[];
  /** Of the whole node; the target is `all`. */
  readonly gpuHolders: readonly GpuHolder[];
  /** By the UUID of a card. */
  readonly gpuMig: MigState;
  /** Of the whole node; the target is `all`. */
  readonly gpuStack: GpuStack;
  /** A node of a cluster, by what `kubectlTarget` writes. */
  readonly kubeNode: KubeNodeState;
  /** Pods of a cluster, by what `kubectlTarget` writes. */
  readonly kubePods: KubePodsState;
}

export type CheckName = keyof CheckFacts;

/** lstat(2) of a path, with the text where it is a regular file of at most 64 KiB. */
export type FileState =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'file' | 'directory' | 'link' | 'other';
      readonly uid: number;
      readonly gid: number;
      readonly owner: string;
      readonly group: string;
      /** Four octal digits, e.g. `0755`. */
      readonly mode: string;
      readonly sizeBytes: number;
      readonly modifiedAtMs: number;
      /** Hex; of regular files only. */
      readonly sha256?: string;
      readonly text?: string;
      /** Of a link. */
      readonly linkTo?: string;
    };

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Of a directory: everything below it on the same filesystem. */
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  readonly owner: string;
}

/** One signature of wipefs(8) --json --no-act. */
export interface Signature {
  readonly device: string;
  readonly offset: string;
  readonly type: string;
  readonly uuid?: string;
  readonly label?: string;
}

/** How much of a device is taken by what stands on it. */
export interface Extent {
  /** Of the whole disk. */
  readonly diskBytes: number;
  /** Of the partition, or the disk again where it is none. */
  readonly deviceBytes: number;
  /** `count`: partitions of its disk. */
  readonly partition?: { readonly number: number; readonly startBytes: number; readonly count: number };
  /** Of ext4 always, of xfs while it is mounted. */
  readonly filesystemBytes?: number;
}

/** A process with something open below a mount point. */
export interface PathUser {
  readonly pid: number;
  readonly user: string;
  readonly command: string;
}

/** A process, known by its number and its start together: a number is given to another one later. proc_pid_stat(5) */
export interface RunningProcess {
  readonly pid: number;
  /** Clock ticks after the boot, as the kernel tells them. */
  readonly startTicks: number;
  readonly ageMs: number;
  readonly user: string;
  /** Its control group, e.g. `/user.slice/user-1000.slice/session-3.scope`. */
  readonly group: string;
  readonly command: string;
}

/** systemctl(1) show of one unit; `load` is `not-found` where there is none. */
export interface ServiceState {
  readonly load: string;
  readonly active: string;
  readonly sub: string;
  readonly result: string;
  /** `enabled`, `disabled`, `static`, `masked`, or empty. */
  readonly fileState: string;
  readonly killMode: string;
  readonly mainPid: number;
  /** Another one after every start; empty for a unit that never ran. */
  readonly invocationId: string;
  /** The unit's file changed since systemd read it. */
  readonly isStale: boolean;
  readonly description: string;
  /** The last lines of its journal, oldest first. */
  readonly lastLines: readonly string[];
  /** Units that require or want it and are active. */
  readonly neededBy: readonly string[];
  readonly fragmentPath?: AbsolutePath;
}

/** A file of a Git clone as the remote branch has it after a fetch, or why nothing can be said of it. */
export type GitFile =
  | { readonly kind: 'none'; readonly because: string }
  | {
      readonly kind: 'clone';
      readonly remote: string;
      readonly branch: string;
      /** The branch is not there yet; what is told is of the branch it would start from. */
      readonly isNewBranch: boolean;
      /** Commit id of the remote branch. */
      readonly tip: string;
      readonly root: AbsolutePath;
      /** Relative to the root. */
      readonly path: string;
      /** Longer than 256 KiB: its text is not told. */
      readonly isLarge: boolean;
      /** Both undefined where the branch has no such file, or none that is text. */
      readonly text?: string;
      readonly sha256?: string;
    };

/**
 * A read-only question about one thing: a fragment in the sense of `Question`, its target is `$1`. Members in this order: `name, sh,
 * deadlineMs, parse`. `parse` is pure and throws `ParseError` and nothing else.
 */
export interface Check<C extends CheckName> {
  readonly name: C;
  readonly sh: string;
  readonly deadlineMs: number;
  readonly parse: (answer: Answer, target: string) => CheckFacts[C];
}

export type CheckSet = { readonly [C in CheckName]: Check<C> };

/** One thing to look at on a node: a fact its probe tells, or a check of a target. */
export type Need =
  | { readonly kind: 'probe'; readonly probe: ProbeName; readonly target?: string }
  | { readonly kind: 'check'; readonly check: CheckName; readonly target: string };

/** What came of one look, all of it asked after the look began. A need that failed has its reason under `failed` and no value. */
export interface Observed {
  readonly atMs: number;
  readonly facts: KnownFacts;
  /** `check target` to its value. */
  readonly checks: ReadonlyMap<string, CheckFacts[CheckName]>;
  /** By the name of the probe or `check target`: why there is no value, e.g. `no answer within 5s`. */
  readonly failed: ReadonlyMap<string, string>;
  /** By the name of the probe: why the node has no such thing (no NFS server, no GPU), which is an answer and no failure. */
  readonly absent: ReadonlyMap<string, string>;
}

/** What an answer, or why there is none, is kept under in `Observed`. */
export function needKey(need: Need): string {
  const name = need.kind === 'probe' ? need.probe : need.check;
  return need.target === undefined ? name : `${name} ${need.target}`;
}

/** The value of one check, or undefined where it was not asked or failed. */
export function checked<C extends CheckName>(seen: Observed, check: C, target: string): CheckFacts[C] | undefined {
  return seen.checks.get(`${check} ${target}`) as CheckFacts[C] | undefined;
}
