import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cableOf, doorCableOf, inside } from './network.ts';
import { type NodePlan, type SharePlan, serialOf } from './nodes.ts';
import { placesOf } from './places.ts';
import { pidsWith } from './processes.ts';
import { VIRTIOFSD } from './requirements.ts';
import { LabError, must, pause } from './run.ts';
import type { NodeState } from './state.ts';

/** Carries what the lab wishes of a node; image-cloud/lab-init. */
const SEED_TAG = 'lab-seed';

/** Folder on this machine that a node of that plan shares. */
export const sharedFolder = (lab: string, node: NodePlan, { tag }: SharePlan): string =>
  join(placesOf(lab).node(node.name), tag);

/** Starts the programs that share folders with the node, and gives the argument vector of the machine itself, as a process within the lab. */
export async function qemuCommand(lab: string, { plan: node, image }: NodeState): Promise<readonly string[]> {
  const folder = placesOf(lab).node(node.name);
  const root = join(folder, 'root.cow');
  if (!existsSync(root)) await must(['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', image, root]);
  await startSharing(lab, node, SEED_TAG, join(folder, 'seed'));
  for (const share of node.shares ?? []) await startSharing(lab, node, share.tag, sharedFolder(lab, node, share));
  const memory = `${node.memoryMiB}M`;
  // No KVM: one was seen that opens, and whose machine then stands still or ends with an assertion.
  return [
    'qemu-system-x86_64',
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-accel', 'tcg', '-cpu', 'max'],
    // A sharing program reads and writes the node's memory.
    ...['-m', memory, '-object', `memory-backend-memfd,id=memory,size=${memory},share=on`],
    ...['-machine', 'pc,memory-backend=memory', '-monitor', monitorOf(lab, node), '-serial', 'stdio'],
    ...['-kernel', join(dirname(image), 'vmlinuz'), '-initrd', join(dirname(image), 'initrd.img')],
    ...['-append', KERNEL_WORDS.join(' ')],
    ...disk('root', root, 'qcow2', 'LAB-ROOT'),
    ...node.disks.flatMap((_, at) =>
      disk(`disk${at + 1}`, join(folder, `disk${at + 1}.img`), 'raw', serialOf(node, at)),
    ),
    ...card(cableOf(node), `52:54:00:77:00:${octet(node)}`),
    ...card(doorCableOf(node), `52:54:00:78:00:${octet(node)}`),
    ...[SEED_TAG, ...(node.shares ?? []).map(({ tag }) => tag)].flatMap((tag) => [
      ...['-chardev', `socket,id=${tag},path=${socketOf(lab, node, tag)}`],
      ...['-device', `vhost-user-fs-pci,chardev=${tag},tag=${tag}`],
    ]),
  ];
}

/** Interface names without slots, nothing said but warnings, and no defences that an emulated processor pays for and a lab does not need. */
const KERNEL_WORDS = [
  ...['root=/dev/vda', 'rw', 'init=/lab-init', 'console=ttyS0', 'quiet', 'net.ifnames=0', 'no_timer_check'],
  ...['mitigations=off', 'selinux=0', 'apparmor=0', 'noresume'],
];

const disk = (id: string, file: string, format: string, serial: string): readonly string[] => [
  ...['-drive', `file=${file},format=${format},if=none,id=${id}`],
  ...['-device', `virtio-blk-pci,drive=${id},serial=${serial}`],
];

const card = (cable: string, address: string): readonly string[] => [
  ...['-netdev', `tap,id=${cable},ifname=${cable},script=no,downscript=no`],
  ...['-device', `virtio-net-pci,netdev=${cable},mac=${address},romfile=`],
];

/** The last part of the addresses of a node's cards. */
export const octet = ({ number }: NodePlan): string => number.toString(16).padStart(2, '0');

const monitorOf = (lab: string, node: NodePlan): string =>
  `unix:${join(placesOf(lab).node(node.name), 'monitor')},server=on,wait=off`;

const socketOf = (lab: string, node: NodePlan, tag: string): string =>
  join(placesOf(lab).node(node.name), `${tag}.socket`);

const socketWord = (lab: string, node: NodePlan, tag: string): string => `--socket-path=${socketOf(lab, node, tag)}`;

/** Words of argument vectors that the node's processes have and no others. */
export const qemuWords = (lab: string, node: NodePlan): readonly string[] => [
  monitorOf(lab, node),
  ...[SEED_TAG, ...(node.shares ?? []).map(({ tag }) => tag)].map((tag) => socketWord(lab, node, tag)),
];

/** Stops and continues the programs that share the node's folders: meanwhile whoever touches their mounts waits in the node's kernel. */
export async function signalSharing(lab: string, node: NodePlan, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  for (const { tag } of node.shares ?? []) {
    for (const pid of await pidsWith(socketWord(lab, node, tag))) process.kill(pid, signal);
  }
}

/** virtiofsd(1) ends with the machine that is connected to it. */
async function startSharing(lab: string, node: NodePlan, tag: string, source: string): Promise<void> {
  const folder = placesOf(lab).node(node.name);
  const socket = socketOf(lab, node, tag);
  await rm(socket, { force: true });
  await mkdir(source, { recursive: true });
  // A namespace of its own for each would need more rights than a container gives.
  const options = ['-o', `source=${source}`, '-o', 'sandbox=chroot'];
  const [program = '', ...args] = inside(lab, [VIRTIOFSD, socketWord(lab, node, tag), ...options]);
  const log = openSync(join(folder, `${tag}.log`), 'w');
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], cwd: '/' });
  closeSync(log);
  child.unref();
  let hasEnded = false;
  child.on('exit', () => {
    hasEnded = true;
  });
  for (let turn = 0; turn < 1_000 && !hasEnded; turn++) {
    if (existsSync(socket)) return;
    await pause(20);
  }
  throw new LabError(`${node.name}: no folder is shared with it; see ${folder}/${tag}.log`);
}

/** Where each virtiofsd leaves a file named after its socket, for good. */
const LOCKS = '/run/virtiofsd';

/** Removes what the lab's sharing programs have left outside of its folder. */
export async function removeSharingLocks(lab: string): Promise<void> {
  const prefix = `${placesOf(lab).folder}/`.replaceAll('/', '.');
  const files = await readdir(LOCKS).catch(() => []);
  await Promise.all(
    files.filter((file) => file.startsWith(prefix)).map((file) => rm(join(LOCKS, file), { force: true })),
  );
}
