import type { VolumeDirectories } from './directories.ts';
import type { GpuErrors } from './gpu-errors.ts';
import type { AbsolutePath, DevicePath } from './ids.ts';
import type { MaintenanceNote } from './maintenance-note.ts';
import type { NfsServer } from './server-facts.ts';
import type { UsbAccelerator } from './usb-accelerator.ts';

/** Every fact muster keeps of a node, by the name of the probe that yields it. */
export interface Facts {
  readonly identity: Identity;
  readonly clock: ClockReading;
  readonly privilege: Privilege;
  readonly tools: readonly string[];
  readonly load: Load;
  readonly mounts: readonly Mount[];
  readonly nfsStats: readonly NfsMountStats[];
  readonly usage: PerTarget<Usage>;
  readonly directories: PerTarget<VolumeDirectories>;
  readonly exports: ExportTable;
  readonly nfsServer: NfsServer;
  readonly blockDevices: readonly BlockDevice[];
  readonly units: UnitTable;
  readonly gpus: readonly Gpu[];
  readonly gpuErrors: readonly GpuErrors[];
  readonly gpuDriver: GpuDriver;
  readonly gpuProcesses: readonly GpuProcess[];
  readonly usb: readonly UsbAccelerator[];
  readonly kernelLog: readonly KernelEvent[];
  readonly maintenance: MaintenanceNote;
}

/** Facts asked once per thing and kept by what was asked about, e.g. usage by mount point. */
export interface PerTarget<T> {
  readonly byTarget: { readonly [target: string]: T };
}

/** Who the node is. os-release(5), uname(2), /proc/sys/kernel/random/boot_id, systemd-detect-virt(1). */
export interface Identity {
  readonly hostname: string;
  readonly osName: string;
  readonly kernel: string;
  readonly architecture: string;
  /** Changes at every boot: the proof of a reboot. */
  readonly bootId: string;
  readonly cpuCount: number;
  /** `none` on bare metal, else systemd-detect-virt's word (`kvm`, `docker`); undefined where nothing says. */
  readonly virtualisation?: string;
}

/** The node's own clock when it answered. */
export interface ClockReading {
  readonly nodeTimeMs: number;
  /** Node minus console, corrected by half the round trip. */
  readonly skewMs: number;
}

/** What muster may do as root there: it is root, `sudo -n` works, or it is refused with sudo's own words. */
export type Privilege =
  | { readonly kind: 'root' }
  | { readonly kind: 'sudo'; readonly latencyMs: number }
  | { readonly kind: 'refused'; readonly because: string };

/** proc_loadavg(5), proc_meminfo(5), first line of proc_stat(5), proc_uptime(5). */
export interface Load {
  readonly load1: number;
  readonly load5: number;
  readonly load15: number;
  readonly uptimeSec: number;
  /** Share of CPU time not idle since the last answer, 0 to 1; undefined at the first one. */
  readonly cpuBusyRatio?: number;
  /** Raw jiffies behind `cpuBusyRatio`. */
  readonly cpuJiffies: { readonly busy: number; readonly total: number };
  readonly memoryTotalBytes: number;
  readonly memoryAvailableBytes: number;
}

/** One entry of proc_pid_mountinfo(5), in mount order: a later entry hides an earlier one at the same target. */
export interface Mount {
  readonly id: number;
  readonly parentId: number;
  /** `major:minor` of the superblock. */
  readonly device: string;
  /** The directory of the filesystem that is attached; not `/` for bind mounts and btrfs subvolumes. */
  readonly root: string;
  readonly target: AbsolutePath;
  readonly source: string;
  readonly fsType: string;
  readonly options: readonly string[];
  readonly superOptions: readonly string[];
}

/** Counters of one NFS mount and their rates since the last answer. nfs(5), /proc/self/mountstats. */
export interface NfsMountStats {
  readonly target: AbsolutePath;
  readonly source: string;
  /** Seconds since it was mounted; a smaller value than before means a remount and fresh counters. */
  readonly ageSec: number;
  readonly operations: number;
  readonly retransmissions: number;
  readonly roundTripMsTotal: number;
  readonly queueMsTotal: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** Since the last answer; undefined at the first one and after a remount. */
  readonly recent?: {
    readonly operationsPerSec: number;
    /** Mean over the operations of the interval; undefined when there were none. */
    readonly roundTripMs?: number;
    readonly queueMs?: number;
    readonly retransmissionsPerSec: number;
    readonly readBytesPerSec: number;
    readonly writtenBytesPerSec: number;
  };
  /** Requests that waited for a slot of the transport, in the mean of the requests since the last answer (at first since the mount). */
  readonly backlog?: number;
  /** Raw counters behind `backlog`, over all connections of the mount. */
  readonly transport?: { readonly sends: number; readonly backlogTotal: number };
}

/** statfs(2) of one mount. `availableBytes` is what an ordinary user may still write. */
export interface Usage {
  readonly target: AbsolutePath;
  readonly sizeBytes: number;
  readonly usedBytes: number;
  readonly availableBytes: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

/** One client clause of one export. exports(5). */
export interface ExportEntry {
  readonly path: AbsolutePath;
  /** `10.0.0.0/8`, `*.example.org`, `@group`, `gss/krb5`, or `*` for the world. */
  readonly client: string;
  readonly options: readonly string[];
  /** Where it stands: a file, or the kernel's table. */
  readonly from: string;
}

/** What the files say and what the kernel exports; `kernel` is undefined where privilege was refused. */
export interface ExportTable {
  readonly files: readonly ExportEntry[];
  readonly kernel?: readonly ExportEntry[];
  /** Lines exports(5) does not allow and exportfs(8) leaves out: `/etc/exports:3: srv 10.0.0.1(rw`. */
  readonly problems?: readonly string[];
}

/** A disk, partition, or device built on them. lsblk(8). */
export interface BlockDevice {
  readonly path: DevicePath;
  readonly kind: string;
  readonly parent?: DevicePath;
  /** The other devices it is built on: further legs of a RAID, a multipath device or a logical volume. All of them are in use. */
  readonly otherParents?: readonly DevicePath[];
  readonly sizeBytes: number;
  /** Names that survive a reboot, under /dev/disk/by-id. */
  readonly stableIds: readonly string[];
  readonly model?: string;
  readonly serial?: string;
  readonly wwn?: string;
  readonly transport?: string;
  readonly isRotational?: boolean;
  readonly isReadOnly?: boolean;
  readonly partitionTable?: string;
  readonly fsType?: string;
  readonly fsVersion?: string;
  readonly label?: string;
  readonly uuid?: string;
  readonly partitionLabel?: string;
  readonly partitionUuid?: string;
  readonly mountPoints: readonly string[];
}

/** Mount and automount units, and every failed unit. systemctl(1) show. */
export interface UnitTable {
  readonly units: readonly Unit[];
  readonly failed: readonly string[];
}

export interface Unit {
  readonly name: string;
  readonly kind: 'mount' | 'automount';
  readonly load: string;
  readonly active: string;
  readonly sub: string;
  readonly result?: string;
  readonly where?: string;
  readonly what?: string;
  readonly fsType?: string;
  readonly options?: string;
  readonly fragmentPath?: string;
  readonly fileState?: string;
}

/** One card or MIG parent. nvidia-smi(1) --query-gpu; a value the card does not give is undefined, never 0. */
export interface Gpu {
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  /** `0000:9b:00.0`; `about` of a kernel event on a GPU is the start of it, without the function. */
  readonly busId: string;
  readonly driverVersion: string;
  readonly utilisationRatio?: number;
  readonly memoryUsedBytes?: number;
  readonly memoryTotalBytes?: number;
  readonly temperatureC?: number;
  readonly memoryTemperatureC?: number;
  readonly powerW?: number;
  readonly powerLimitW?: number;
  readonly smClockMhz?: number;
  readonly maxSmClockMhz?: number;
  readonly memoryClockMhz?: number;
  readonly fanRatio?: number;
  readonly performanceState?: string;
  /** Reasons active now, e.g. `hw-thermal-slowdown`, `sw-power-cap`; `gpu-idle` is not one. */
  readonly throttleReasons: readonly string[];
  readonly eccEnabled?: boolean;
  readonly eccCorrected?: number;
  readonly eccUncorrected?: number;
  readonly retiredPagesPending?: boolean;
  readonly remappedRowsPending?: boolean;
  readonly remappedRowsFailed?: boolean;
  readonly pcieGen?: number;
  readonly pcieGenMax?: number;
  readonly pcieWidth?: number;
  readonly pcieWidthMax?: number;
  readonly persistence?: boolean;
  readonly computeMode?: string;
  readonly migEnabled?: boolean;
  readonly migDevices: readonly MigDevice[];
  readonly serial?: string;
  /** Set when the driver answers for this card with an error, e.g. `GPU is lost`; the figures are then undefined. */
  readonly error?: string;
}

/** What stands below the cards: PCI devices present, the kernel module, the driver's versions. A card missing here or there is a finding. */
export interface GpuDriver {
  /** NVIDIA display controllers on the PCI bus, whatever the driver says. */
  readonly pciGpuCount: number;
  readonly moduleVersion?: string;
  readonly driverVersion?: string;
  readonly cudaVersion?: string;
  /** Kernel drivers other than NVIDIA's own that have cards, e.g. `nouveau`, `vfio-pci`. */
  readonly foreignDrivers?: readonly string[];
  /** Cards with a file below /dev. */
  readonly deviceFiles?: number;
  /** Whether the container toolkit is installed. */
  readonly hasToolkit?: boolean;
  /** What containers are told of the cards (CDI), and the driver's version it was written for. */
  readonly cdi?: { readonly path: string; readonly driverVersion?: string };
}

export interface MigDevice {
  readonly index: number;
  readonly profile: string;
  readonly uuid: string;
}

/** A process that holds GPU memory. nvidia-smi --query-compute-apps joined with /proc. */
export interface GpuProcess {
  readonly gpuUuid: string;
  readonly pid: number;
  readonly name: string;
  readonly memoryBytes?: number;
  /** Undefined when /proc has no such process: memory held by something invisible. */
  readonly user?: string;
  readonly command?: string;
  /** From the cgroup path: container id, shortened to 12, or pod id; and the uid of the Kubernetes pod. */
  readonly container?: string;
  readonly podUid?: string;
  readonly startedSecAgo?: number;
}

export type KernelEventKind =
  | 'xid'
  | 'nfs-not-responding'
  | 'nfs-ok'
  | 'io-error'
  | 'filesystem-error'
  | 'out-of-memory'
  | 'hung-task'
  | 'gpu-fallen-off-bus';

/** A line of the kernel's log that matters here. */
export interface KernelEvent {
  readonly kind: KernelEventKind;
  readonly bootSec: number;
  readonly text: string;
  /** The Xid number, for `xid`. */
  readonly xid?: number;
  /** PCI bus id, NFS server, device or process the line names. */
  readonly about?: string;
}
