import type { ImageKind } from './image.ts';

/** What a node of the lab is for. */
export type Role = 'nfs-server' | 'client' | 'bare' | 'samba' | 'gluster' | 'virtiofs';

/** How a client mounts the server's share, each as people do it. */
export type MountWay = 'automount' | 'fstab' | 'unit';

/** A disk of a node beside its root disk: blank, or with a filesystem and a label. */
export interface DiskPlan {
  readonly sizeMiB: number;
  readonly label?: string;
}

/** A folder of this machine that a node mounts over virtio-fs. */
export interface SharePlan {
  /** What the node mounts. */
  readonly tag: string;
  readonly target: string;
}

/** One node of a lab before it exists. */
export interface NodePlan {
  readonly name: string;
  /** Last octet of its addresses: 10.77.0.N for users, 10.78.0.N for the lab's own way in. */
  readonly number: number;
  readonly role: Role;
  readonly image: ImageKind;
  readonly disks: readonly DiskPlan[];
  readonly mountWay?: MountWay;
  /** Name of a recorded GPU machine its `nvidia-smi` plays. */
  readonly gpus?: string;
  readonly memoryMiB: number;
  /** A node that has some is played by QEMU: user-mode Linux finds no tag in what virtiofsd offers. */
  readonly shares?: readonly SharePlan[];
}

/** The server whose share every client mounts. */
export const SERVER = 'nfs-1';
/** Its share; on a disk of its own, as it should be. */
export const EXPORT_PATH = '/export/data';
/** Where client-1 has it: a blank unit name would be `mnt-shared\x2ddata`. */
export const AUTOMOUNT_TARGET = '/mnt/shared-data';
/** Where the other clients have it. */
export const MOUNT_TARGET = '/mnt/data';

/** What every virtiofs node has. */
export const SHARE: SharePlan = { tag: 'shared', target: '/mnt/shared' };

/** Every lab has a node of this number. */
export const FIRST_NODE = { number: 11 } as const;

const client = (number: number, mountWay: MountWay, disks: readonly DiskPlan[], gpus?: string): NodePlan => ({
  name: `client-${number}`,
  number: 10 + number + 1,
  role: 'client',
  image: 'nfs',
  disks,
  mountWay,
  memoryMiB: 256,
  ...(gpus === undefined ? {} : { gpus }),
});

/** One NFS server with a data disk and a spare one, three clients that mount in three ways, two with a GPU, one with two spare disks. */
export const defaultPlan: readonly NodePlan[] = [
  {
    name: SERVER,
    ...FIRST_NODE,
    role: 'nfs-server',
    image: 'nfs',
    disks: [{ sizeMiB: 256, label: 'data' }, { sizeMiB: 256 }],
    memoryMiB: 256,
  },
  client(1, 'automount', [], 'h100-mig'),
  client(2, 'fstab', [], 'h100-x8'),
  client(3, 'unit', [{ sizeMiB: 128 }, { sizeMiB: 128 }]),
];

/** The first `count` nodes of the default lab, then bare ones. */
export function planOf(count: number, roles: readonly Role[]): readonly NodePlan[] {
  const wide = roles.some((role) => role === 'samba' || role === 'gluster');
  const first = roles.length === 0 ? defaultPlan.slice(0, count) : [];
  const rest = roles.length === 0 ? Math.max(0, count - first.length) : Math.max(count, roles.length);
  const more = Array.from({ length: rest }, (_, at): NodePlan => {
    const role = roles[at % Math.max(1, roles.length)] ?? 'bare';
    const common = {
      name: `${role}-${at + 1}`,
      number: FIRST_NODE.number + first.length + at,
      role,
      disks: [{ sizeMiB: 256 }],
    };
    return role === 'virtiofs'
      ? { ...common, image: 'cloud', memoryMiB: 512, shares: [SHARE] }
      : { ...common, image: wide ? 'wide' : 'nfs', memoryMiB: 256 };
  });
  return [...first, ...more];
}

/** The node's address for its users. */
export const addressOf = ({ number }: { readonly number: number }): string => `10.77.0.${number}`;

/** The node's address for the lab itself, on a cable of its own that no fault touches. */
export const doorOf = ({ number }: { readonly number: number }): string => `10.78.0.${number}`;

/** Whether QEMU plays the node; user-mode Linux does all others. */
export const isQemu = ({ shares }: NodePlan): boolean => shares !== undefined;

/** The node's own ends of its two cables: for its users, and the lab's door. */
export const cardsOf = (node: NodePlan): readonly [lan: string, door: string] =>
  isQemu(node) ? ['eth0', 'eth1'] : ['vec0', 'vec1'];

/** Serial number of the node's n-th further disk, e.g. `NFS-1-DISK1`. */
export const serialOf = (node: NodePlan, at: number): string => `${node.name.toUpperCase()}-DISK${at + 1}`;
