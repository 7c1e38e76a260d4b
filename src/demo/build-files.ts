import { fstabLine } from '../model/fstab.ts';
import { chance, pick } from './chance.ts';
import { withClone } from './clone.ts';
import { made, putFile } from './files.ts';
import type { DemoFile, DemoProcess, DemoService, NodeRole, NodeState } from './node-state.ts';

const DAY_MS = 86_400_000;

/** A share as fstab has it. */
export interface ShareLine {
  readonly source: string;
  readonly target: string;
  readonly options: readonly string[];
}

/** The node with the files its distribution and its admin wrote: fstab, exports, mount points. */
export function buildFiles(node: NodeState, shares: readonly ShareLine[]): NodeState {
  const atMs = node.bootedAtMs - 30 * DAY_MS;
  const texts = { '/etc/fstab': fstabOf(node, shares), ...exportsOf(node) };
  const points = [...shares.map(({ target }) => target), ...diskMounts(node).map(({ target }) => target)];
  const entries: readonly (readonly [string, DemoFile])[] = [
    ...Object.entries(texts).map(([path, text]) => [path, made('file', text, atMs)] as const),
    ...points.map((path) => [path, made('directory', '', atMs)] as const),
    ...sharedFiles(node, atMs),
    ...localFiles(node, atMs),
  ];
  const full = entries.reduce((state, [path, file]) => putFile(state, path, file), node);
  return node.name === 'nfs-a' ? withClone(full, atMs) : full;
}

const diskMounts = (node: NodeState) =>
  node.mounts.filter(({ source, target }) => source.startsWith('/dev/') && target !== '/');

function fstabOf(node: NodeState, shares: readonly ShareLine[]): string {
  const root = node.disks.flatMap(({ partitions }) => partitions).find(({ fsType }) => fsType === 'ext4');
  const labelOf = (source: string) => node.disks.find(({ name }) => source === `/dev/${name}`)?.content?.label;
  const lines = [
    '# /etc/fstab: static file system information.',
    fstabLine({ source: `UUID=${root?.uuid ?? ''}`, target: '/', fsType: 'ext4', options: ['errors=remount-ro'] }, 1),
    ...diskMounts(node).map(({ source, target, fsType }) =>
      fstabLine({ source: `LABEL=${labelOf(source) ?? ''}`, target, fsType, options: ['noatime'] }, 2),
    ),
    ...shares.map((share) => fstabLine({ ...share, fsType: 'nfs4' })),
  ];
  return `${lines.join('\n')}\n`;
}

function exportsOf(node: NodeState): { readonly [path: string]: string } {
  if (node.nfsdThreads === 0) return {};
  const files = [...new Set(node.exports.map(({ file }) => file))];
  const clauses = (file: string) =>
    node.exports
      .filter((entry) => entry.file === file)
      .map(({ path, client, options }) => `${path} ${client}(${options.join(',')})\n`);
  return {
    '/etc/exports': '# /etc/exports: the access control list for filesystems which may be exported\n',
    ...Object.fromEntries(files.map((file) => [file, clauses(file).join('')])),
  };
}

const USERS = ['alice', 'bob', 'chen', 'dmitri', 'elena', 'farid', 'grace', 'hiro'] as const;
/** Directories that everybody may write into, as the demo inventory wishes them; the others belong to root. */
const OPEN = new Set(['/export/data', '/export/scratch']);

/** What lies on the shares of a server: a directory a user, scratch of jobs long gone, packed environments. */
function sharedFiles(node: NodeState, atMs: number): readonly (readonly [string, DemoFile])[] {
  const owned = (owner: string, kind: 'file' | 'directory', days: number): DemoFile => ({
    ...made(kind, '', atMs - days * DAY_MS),
    owner,
    group: owner,
  });
  return node.exports.flatMap(({ path }) => {
    const root = { ...made('directory', '', atMs), mode: OPEN.has(path) ? '1777' : '0755' };
    const below = path.endsWith('/scratch')
      ? Array.from({ length: 6 }, (_, at) => {
          const user = pick(USERS, node.seed, 70 + at);
          const sizeBytes = Math.floor(chance(node.seed, 60 + at) * 90 * GIBI);
          return [`${path}/job-${4100 + at * 37}`, { ...owned(user, 'directory', at * 9), sizeBytes }] as const;
        })
      : USERS.map((user) => [`${path}/${user}`, owned(user, 'directory', 0)] as const);
    return [[path, root] as const, ...below, ...(path.endsWith('/data') ? tarballs(path, node.bootedAtMs) : [])];
  });
}

const GIBI = 1024 ** 3;
const ENVIRONMENTS = ['train', 'whisper', 'llm-eval'] as const;

/** Packed environments, a new one a week each, as KohakuRiver leaves them. */
function tarballs(share: string, bootedAtMs: number): readonly (readonly [string, DemoFile])[] {
  const packed = ENVIRONMENTS.flatMap((environment, index) =>
    Array.from({ length: 5 - index }, (_, at): readonly [string, DemoFile] => {
      const packedMs = bootedAtMs - (at * 7 + index) * DAY_MS;
      const name = `${environment}-${Math.floor(packedMs / 1_000)}.tar`;
      const sizeBytes = Math.floor((6 + index * 2.5 + at * 0.3) * GIBI);
      return [`${share}/containers/${name}`, { ...made('file', '', packedMs), sizeBytes }];
    }),
  );
  return [[`${share}/containers`, made('directory', '', bootedAtMs)], ...packed];
}

/** Batches that jobs left on the disks of their nodes. */
function localFiles(node: NodeState, atMs: number): readonly (readonly [string, DemoFile])[] {
  if (!node.mounts.some(({ target }) => target === '/local')) return [];
  const count = Math.floor(chance(node.seed, 50) * 5);
  return Array.from({ length: count }, (_, at): readonly [string, DemoFile] => {
    const owner = pick(USERS, node.seed, 51 + at);
    const number = 300 + Math.floor(chance(node.seed, 55 + at) * 600);
    const modifiedAtMs = atMs + Math.floor(chance(node.seed, 60 + at) * 30) * DAY_MS;
    const sizeBytes = Math.floor(chance(node.seed, 65 + at) * 40 * GIBI);
    return [`/local/batch-${number}`, { ...made('directory', '', modifiedAtMs), owner, group: owner, sizeBytes }];
  });
}

/** Services by role, as the distribution and the admin set them up. */
const SERVICES: readonly {
  readonly name: string;
  readonly description: string;
  readonly roles?: readonly NodeRole[];
}[] = [
  { name: 'ssh.service', description: 'OpenBSD Secure Shell server' },
  { name: 'cron.service', description: 'Regular background program processing daemon' },
  { name: 'chrony.service', description: 'chrony, an NTP client/server' },
  { name: 'nfs-server.service', description: 'NFS server and services', roles: ['storage'] },
  { name: 'nvidia-persistenced.service', description: 'NVIDIA Persistence Daemon', roles: ['gpu'] },
  { name: 'docker.service', description: 'Docker Application Container Engine', roles: ['gpu', 'edge'] },
  { name: 'slurmd.service', description: 'Slurm node daemon', roles: ['gpu', 'cpu'] },
];

/** The services of a new node, all running since it booted. */
export function buildServices(role: NodeRole, bootedAtMs: number): readonly DemoService[] {
  return SERVICES.filter(({ roles }) => roles === undefined || roles.includes(role)).map(({ name, description }) => ({
    name,
    description,
    isActive: true,
    isEnabled: true,
    startedAtMs: bootedAtMs + 8_000,
    log: [`Started ${name} - ${description}.`],
  }));
}

/** Somebody works on the shares of some CPU nodes; of GPU nodes the jobs do. */
const ERRANDS = [
  'rsync -a --info=progress2 /data/incoming/ /data/raw/',
  'python preprocess.py --workers 32',
  '-bash',
] as const;
const BUSY_SHARE = 0.3;

/** The processes of a new node that keep a share busy. */
export function buildProcesses(role: NodeRole, seed: number): readonly DemoProcess[] {
  if (role !== 'cpu' || chance(seed, 80) >= BUSY_SHARE) return [];
  const user = pick(USERS, seed, 81);
  return [{ pid: 2_000 + (seed % 30_000), user, command: pick(ERRANDS, seed, 82), directory: `/data/${user}` }];
}
