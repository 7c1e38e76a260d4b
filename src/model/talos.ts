import type { KernelEvent } from './facts.ts';
import type { Cluster, KubeNode } from './kubernetes.ts';

/** What Talos Linux says of one of its machines, as `talosctl` tells it. Lists are empty where nothing was told; `notes` say why. */
export interface TalosFacts {
  /** `running`, `booting`, `maintenance`, `upgrading`, … */
  readonly stage?: string;
  readonly isReady?: boolean;
  /** What keeps the machine from being ready at its stage. */
  readonly unmet: readonly { readonly name: string; readonly reason: string }[];
  readonly services: readonly TalosService[];
  readonly extensions: readonly TalosExtension[];
  readonly disks: readonly TalosDisk[];
  readonly mounts: readonly TalosMount[];
  /** Lines of the kernel's log that matter here, newest last. */
  readonly events: readonly TalosEvent[];
  /** What could not be told, a sentence each. */
  readonly notes: readonly string[];
}

/** A service of the machine: `kubelet`, `etcd`, `ext-…`. */
export interface TalosService {
  readonly name: string;
  readonly isRunning: boolean;
  /** `unknown` for services that have no health check. */
  readonly health: 'healthy' | 'unhealthy' | 'unknown';
}

/** A system extension, e.g. `nvidia-container-toolkit-production` `550.127.05-v1.17.2`. */
export interface TalosExtension {
  readonly name: string;
  readonly version: string;
}

/** A disk of the machine; loop devices and CD drives are left out. */
export interface TalosDisk {
  readonly path: string;
  readonly sizeBytes: number;
  readonly model?: string;
  readonly serial?: string;
  readonly transport?: string;
  readonly isReadOnly: boolean;
}

/** A filesystem on a disk or on a server, at the first place it is mounted. talosctl tells gigabytes with two digits behind the point. */
export interface TalosMount {
  readonly source: string;
  readonly target: string;
  readonly sizeBytes: number;
  readonly usedBytes: number;
}

/** A line of the kernel's log with the machine's own time. */
export type TalosEvent = Omit<KernelEvent, 'bootSec'> & { readonly atMs: number };

/** A machine of Talos as it was seen; what was told last stays when nothing newer can be told. */
export interface TalosNode {
  readonly facts?: TalosFacts;
  /** Why nothing newer was told. */
  readonly because?: string;
}

/** Whether a node of a cluster is a machine of Talos, by what its kubelet says: `Talos (v1.9.1)`. */
export const runsTalos = ({ os }: Pick<KubeNode, 'os'>): boolean => os?.startsWith('Talos') === true;

/** The machines of Talos of a cluster that are asked through talosctl, each with what was told; undefined: nothing yet. */
export const talosMachines = ({
  spec,
  tables,
  talos,
}: Cluster): readonly { readonly name: string; readonly talos: TalosNode | undefined }[] =>
  spec.talos === undefined
    ? []
    : [...tables.nodes.items.values()].filter(runsTalos).map(({ name }) => ({ name, talos: talos.get(name) }));

/**
 * The driver that the NVIDIA extensions of a machine are made for, where two of them disagree: `550.127.05-v1.17.2` is the driver and then the
 * version of the toolkit or of Talos. Undefined where they agree or fewer than two are there.
 */
export function mixedDrivers(extensions: readonly TalosExtension[]): readonly TalosExtension[] | undefined {
  const nvidia = extensions.filter(({ name }) => /nvidia/.test(name)).filter(({ version }) => driverIn(version) !== '');
  return new Set(nvidia.map(({ version }) => driverIn(version))).size > 1 ? nvidia : undefined;
}

const driverIn = (version: string): string => /^(\d{3}\.\d{1,4}(?:\.\d{1,4})?)-/.exec(version)?.[1] ?? '';
