import type { GpuModel } from './gpu-models.ts';
import type { DemoSharing } from './kube/sharing.ts';

/** Everything true of one simulated node at a moment; answers are drawn from it and from the time, never stored in it. */
export interface NodeState {
  readonly name: string;
  readonly role: NodeRole;
  /** Chance of this node: the same name and fleet seed give the same node in every run. */
  readonly seed: number;
  /** Address it listens on where the machine has all of 127.0.0.0/8, and the one NFS servers see it under. */
  readonly address: string;
  readonly os: OsRelease;
  readonly bootId: string;
  readonly bootedAtMs: number;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly privilege: 'root' | 'sudo';
  readonly disks: readonly Disk[];
  readonly mounts: readonly DemoMount[];
  readonly units: readonly DemoUnit[];
  readonly failedUnits: readonly string[];
  readonly services: readonly DemoService[];
  /** By path; directories on the way to one need no entry. */
  readonly files: ReadonlyMap<string, DemoFile>;
  /** Processes that keep a directory busy, beside the jobs on the cards. */
  readonly processes: readonly DemoProcess[];
  /** Jobs that somebody ended before their time, by their seed. */
  readonly endedJobs: readonly number[];
  /** What the kernel exports; the files that say so are among `files`. */
  readonly exports: readonly DemoExport[];
  /** 0 where no NFS server runs. */
  readonly nfsdThreads: number;
  readonly driver?: { readonly version: string; readonly cuda: string };
  readonly gpus: readonly DemoGpu[];
  readonly stack: DemoStack;
  /** What was done to it as a node of the demo's Kubernetes. */
  readonly kube: DemoKube;
  readonly hasCoral: boolean;
  readonly kernelLog: readonly KernelLine[];
  readonly ailments: Ailments;
}

export type NodeRole = 'storage' | 'gpu' | 'cpu' | 'edge';

/** os-release(5) and uname(2) of the distribution a node runs. */
export interface OsRelease {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly prettyName: string;
  readonly kernel: string;
  readonly arch: string;
}

export interface Disk {
  readonly name: string;
  readonly sizeBytes: number;
  readonly model: string;
  readonly serial: string;
  readonly transport: 'nvme' | 'sata' | 'usb' | 'mmc';
  readonly wwn?: string;
  readonly isRotational: boolean;
  /** A filesystem on the whole disk. */
  readonly content?: DiskContent;
  readonly hasTable?: true;
  readonly partitions: readonly (DiskContent & { readonly name: string; readonly sizeBytes: number })[];
}

export interface DiskContent {
  readonly fsType?: string;
  readonly label?: string;
  readonly uuid?: string;
  readonly partitionLabel?: string;
  /** Where the device was enlarged since, and the filesystem was not. */
  readonly filesystemBytes?: number;
  /** Of a filesystem that was mounted before: how full it was, and what lies on it by path below its root. */
  readonly space?: Space;
  readonly tree?: ReadonlyMap<string, DemoFile>;
}

/** One entry of the mount table. Space is only told for local disks: that of a network mount is its server's. */
export interface DemoMount {
  readonly id: number;
  readonly parentId: number;
  readonly device: string;
  readonly target: string;
  readonly source: string;
  readonly fsType: string;
  readonly options: readonly string[];
  readonly superOptions: readonly string[];
  readonly mountedAtMs: number;
  readonly space?: Space;
  /** Faults that keep it from answering; it answers again when the last one is gone. */
  readonly hungBy: readonly string[];
  readonly hungSinceMs?: number;
  /** Time already spent hung: counters stood still for so long. */
  readonly pausedMs: number;
  readonly isStale: boolean;
  /** Operations that its server was slow for, so that the counters of their times go on from where they stood. */
  readonly slow?: SlowTime;
}

export interface SlowTime {
  /** Operations of slow times that are over. */
  readonly past: number;
  /** The number of operations when the present slow time began; absent while the server is well. */
  readonly from?: number;
}

export interface Space {
  readonly sizeBytes: number;
  /** Share in use at `sinceMs`, 0 to 1. */
  readonly usedRatio: number;
  readonly sinceMs: number;
  readonly growthBytesPerSec: number;
  readonly isFull: boolean;
}

/** A mount or automount unit, from fstab or a unit file. */
export interface DemoUnit {
  readonly kind: 'mount' | 'automount';
  readonly where: string;
  readonly what: string;
  readonly fsType: string;
  readonly options: string;
  readonly from: 'fstab' | 'file' | 'mountinfo';
  /** The file it was read from, as it was then; none for what only the mount table tells. */
  readonly path?: string;
  readonly text?: string;
}

/** A service of the distribution. systemd.service(5) */
export interface DemoService {
  readonly name: string;
  readonly description: string;
  readonly isActive: boolean;
  readonly isEnabled: boolean;
  readonly startedAtMs: number;
  readonly log: readonly string[];
}

/** A file, a directory or a symbolic link; the text of a link is where it points. */
export interface DemoFile {
  readonly kind: 'file' | 'directory' | 'link';
  readonly text: string;
  /** Four octal digits. */
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  readonly modifiedAtMs: number;
  /** Of what is only said to be large; a directory's is that of all below it that is not told. */
  readonly sizeBytes?: number;
}

/** Somebody's process with its working directory. */
export interface DemoProcess {
  readonly pid: number;
  readonly user: string;
  readonly command: string;
  readonly directory: string;
}

/** One client clause of one export. */
export interface DemoExport {
  readonly path: string;
  readonly client: string;
  readonly options: readonly string[];
  readonly file: string;
}

export interface DemoGpu {
  readonly index: number;
  readonly model: GpuModel;
  readonly seed: number;
  readonly uuid: string;
  readonly serial: string;
  readonly busId: string;
  /** MIG instances, in the order they were made. */
  readonly instances: readonly DemoInstance[];
  readonly isMigEnabled: boolean;
  readonly settings: DemoGpuSettings;
  readonly isThrottling: boolean;
  readonly isLost: boolean;
  readonly eccCorrected: number;
  readonly eccUncorrected: number;
  readonly pcieReplays: number;
}

/** A GPU instance of a card; programs can use it once a compute instance is in it. */
export interface DemoInstance {
  readonly id: number;
  readonly profile: string;
  readonly hasCompute: boolean;
}

/** What nvidia-smi sets on a card, and a boot forgets. */
export interface DemoGpuSettings {
  readonly persistence: boolean;
  readonly computeMode: 'Default' | 'Exclusive_Process' | 'Prohibited';
  readonly powerLimitW: number;
  /** 0 default, 1 short, 2 medium, 3 long. */
  readonly timeSlice: number;
  /** What MIG mode will be after a reset. */
  readonly isMigPending: boolean;
}

/** The driver of the cards as a whole. */
export interface DemoStack {
  readonly isLoaded: boolean;
  /** The driver's library was updated under the loaded module. */
  readonly isMismatched: boolean;
  readonly runsMps: boolean;
  /** Processes with a card open, beside the jobs. */
  readonly holders: readonly DemoHolder[];
}

export interface DemoHolder {
  readonly pid: number;
  readonly user: string;
  readonly command: string;
  readonly gpuIndex: number;
  readonly memoryMib: number;
  /** Whether the driver names it among those that compute. */
  readonly computes: boolean;
}

/** A driver that works, and that only jobs use. */
export const WELL_STACK: DemoStack = { isLoaded: true, isMismatched: false, runsMps: false, holders: [] };

/** One line of the kernel's ring buffer. `level` as in syslog(2): 3 error, 4 warning, 6 information. */
export interface KernelLine {
  readonly atMs: number;
  readonly level: number;
  readonly text: string;
}

/** What is wrong with a node beyond its own state: moved by faults only. */
export interface Ailments {
  readonly link: 'up' | 'refusing' | 'black-holed';
  readonly answerDelayMs: number;
  readonly isDriverWedged: boolean;
  readonly areNfsdThreadsBusy: boolean;
  readonly sendsGarbage: boolean;
  readonly isHostile: boolean;
  readonly clockSkewMs: number;
  readonly refusesSudo: boolean;
  readonly refusesKeys: boolean;
  readonly hasOtherHostKey: boolean;
}

/** Nothing is wrong. */
export const HEALTHY: Ailments = {
  link: 'up',
  answerDelayMs: 0,
  isDriverWedged: false,
  areNfsdThreadsBusy: false,
  sendsGarbage: false,
  isHostile: false,
  clockSkewMs: 0,
  refusesSudo: false,
  refusesKeys: false,
  hasOtherHostKey: false,
};

/** Since when no pods may come to a node, and whose pods were evicted when: what comes in their place is another pod. */
export interface DemoKube {
  /** Of the node kubectl works on: how the cluster shares GPUs, once anything of it has changed. */
  readonly sharing?: DemoSharing;
  readonly cordonedAtMs: number | undefined;
  /** Of a machine of Talos: its image was put together of two drivers. */
  readonly isMisbuilt?: true;
  readonly evicted: readonly { readonly owner: string; readonly atMs: number }[];
}

/** As every node starts. */
export const WELL_KUBE: DemoKube = { cordonedAtMs: undefined, evicted: [] };
