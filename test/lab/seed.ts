import { chmod, cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskRule } from './disks.ts';
import { writeRecording } from './gpu/recording.ts';
import { nodeNetwork } from './network.ts';
import {
  AUTOMOUNT_TARGET,
  addressOf,
  EXPORT_PATH,
  isQemu,
  MOUNT_TARGET,
  type NodePlan,
  SERVER,
  serialOf,
} from './nodes.ts';
import { labSources, placesOf } from './places.ts';
import { must } from './run.ts';

/** The fingerprint of a node's SSH key, `SHA256:…`, for the inventory to pin. */
export interface Seeded {
  readonly hostKey: string;
  /** Why its `nvidia-smi` plays nothing, where it was meant to. */
  readonly withoutGpus?: string;
}

/**
 * After a start the server lets nobody open a file until all who had some before have claimed them, or this time is over: 90 s where nothing is said,
 * and an automount that nobody touches claims nothing. nfsd(7)
 */
const LEASE_SEC = 20;

const OPTIONS = 'rw,hard,noatime,timeo=50,retrans=2';

/** Writes what one node takes over at its first boot: keys, names, disks to mount, exports, units, GPUs. */
export async function writeSeed(lab: string, node: NodePlan, all: readonly NodePlan[]): Promise<Seeded> {
  const places = placesOf(lab);
  const seed = join(places.node(node.name), 'seed');
  const files = join(seed, 'files');
  const put = async (path: string, text: string, mode = 0o644): Promise<void> => {
    await mkdir(dirname(join(files, path)), { recursive: true });
    await writeFile(join(files, path), text);
    await chmod(join(files, path), mode);
  };
  const hostKey = join(files, 'etc/ssh/ssh_host_ed25519_key');
  await mkdir(dirname(hostKey), { recursive: true });
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', node.name, '-f', hostKey]);
  const doorKey = join(files, 'etc/lab/door_key');
  await mkdir(dirname(doorKey), { recursive: true });
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'door', '-f', doorKey]);
  for (const path of ['etc/lab/door_authorized_keys', 'etc/lab/authorized_keys']) {
    await cp(`${places.key}.pub`, join(files, path));
  }
  await put('etc/hostname', `${node.name}\n`);
  await put('etc/hosts', `127.0.0.1 localhost\n${all.map((one) => `${addressOf(one)} ${one.name}\n`).join('')}`);
  await put('etc/fstab', fstabOf(node));
  await put('etc/udev/rules.d/60-lab-disks.rules', diskRules(node));
  if (node.role === 'nfs-server') {
    await put('etc/exports', `${EXPORT_PATH} 10.77.0.0/24(rw,sync,no_subtree_check)\n`);
    await put('etc/nfs.conf.d/lab.conf', `[nfsd]\nlease-time=${LEASE_SEC}\ngrace-time=${LEASE_SEC}\n`);
  }
  for (const [path, text] of unitsOf(node)) await put(path, text);
  await writeFile(join(seed, 'network'), nodeNetwork(node));
  await writeFile(join(seed, 'first-boot'), firstBoot(node));
  const withoutGpus = node.gpus === undefined ? undefined : await writeRecording(node.gpus, files, labSources);
  const [, fingerprint = ''] = (await must(['ssh-keygen', '-l', '-f', hostKey])).split(' ');
  return { hostKey: fingerprint, ...(withoutGpus === undefined ? {} : { withoutGpus }) };
}

function fstabOf(node: NodePlan): string {
  const labelled = node.disks.flatMap(({ label }) =>
    label === undefined ? [] : [`LABEL=${label} ${EXPORT_PATH} ext4 defaults,nofail 0 2\n`],
  );
  const share =
    node.mountWay === 'fstab' ? [`${SERVER}:${EXPORT_PATH} ${MOUNT_TARGET} nfs4 ${OPTIONS},_netdev,nofail 0 0\n`] : [];
  const shares = (node.shares ?? []).map(({ tag, target }) => `${tag} ${target} virtiofs rw,nofail 0 0\n`);
  return [...labelled, ...share, ...shares].join('');
}

/** User-mode disks have no serial number; a rule gives each one, so that it can be told apart as a real disk can. */
function diskRules(node: NodePlan): string {
  if (isQemu(node)) return '';
  const serials = node.disks.map((_, at) => {
    const kernelName = `ubd${String.fromCharCode('b'.charCodeAt(0) + at)}`;
    return `${diskRule(kernelName, serialOf(node, at))}\n`;
  });
  return serials.join('');
}

function unitsOf(node: NodePlan): readonly (readonly [path: string, text: string])[] {
  const mount = (target: string): string =>
    `[Unit]\nDescription=The lab's share\n\n[Mount]\nWhat=${SERVER}:${EXPORT_PATH}\nWhere=${target}\nType=nfs4\nOptions=${OPTIONS}\n\n[Install]\nWantedBy=remote-fs.target\n`;
  const folder = 'etc/systemd/system';
  switch (node.mountWay) {
    case 'automount':
      return [
        [`${folder}/mnt-shared\\x2ddata.mount`, mount(AUTOMOUNT_TARGET)],
        [
          `${folder}/mnt-shared\\x2ddata.automount`,
          `[Unit]\nDescription=The lab's share on demand\n\n[Automount]\nWhere=${AUTOMOUNT_TARGET}\n\n[Install]\nWantedBy=remote-fs.target\n`,
        ],
      ];
    case 'unit':
      return [[`${folder}/mnt-data.mount`, mount(MOUNT_TARGET)]];
    default:
      return [];
  }
}

/** What needs the node's own tools. Enabling is by hand: systemctl would wait for a bus that is not there yet. */
function firstBoot(node: NodePlan): string {
  const enable = (unit: string, target: string): string =>
    `mkdir -p '/etc/systemd/system/${target}.wants'\nln -sf '/etc/systemd/system/${unit}' '/etc/systemd/system/${target}.wants/${unit}'\n`;
  const enableShipped = (unit: string, target = 'multi-user.target'): string =>
    `mkdir -p '/etc/systemd/system/${target}.wants'\nln -sf '/lib/systemd/system/${unit}' '/etc/systemd/system/${target}.wants/${unit}'\n`;
  const servers: { readonly [role: string]: readonly string[] } = {
    'nfs-server': ['nfs-server.service'],
    samba: ['smbd.service'],
    gluster: ['glusterd.service'],
  };
  return [
    'for home in /root /home/admin; do mkdir -p $home/.ssh; cp /etc/lab/authorized_keys $home/.ssh/; chmod 700 $home/.ssh; done',
    'chown -R admin:admin /home/admin; chown -R root:root /etc/ssh /etc/lab /root /etc/hosts /etc/fstab /etc/systemd',
    'chmod 600 /etc/ssh/ssh_host_ed25519_key /etc/lab/door_key',
    'tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id',
    node.role === 'nfs-server'
      ? `mkdir -p ${EXPORT_PATH}`
      : 'rm -f /etc/systemd/system/multi-user.target.wants/rpcbind.service /etc/systemd/system/sockets.target.wants/rpcbind.socket',
    `mkdir -p ${[MOUNT_TARGET, AUTOMOUNT_TARGET, ...(node.shares ?? []).map(({ target }) => target)].join(' ')}`,
    ...(servers[node.role] ?? []).map((unit) => enableShipped(unit)),
    `if [ -e /etc/systemd/system/lab-gpu.service ]; then\n${enable('lab-gpu.service', 'multi-user.target')}fi`,
    node.mountWay === 'automount' ? enable('mnt-shared\\x2ddata.automount', 'remote-fs.target') : '',
    node.mountWay === 'unit' ? enable('mnt-data.mount', 'remote-fs.target') : '',
    '',
  ].join('\n');
}
