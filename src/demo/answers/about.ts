import { spoken } from '../hostile.ts';
import type { NodeRole, NodeState } from '../node-state.ts';
import { type Answerer, text } from './reply.ts';

/** Who the node is: uname(2), boot id and os-release(5). */
export const identity = {
  isInline: false,
  isStill: true,
  answer: ({ node }) =>
    text([
      `hostname=${node.name}`,
      `kernel=${node.os.kernel}`,
      `arch=${node.os.arch}`,
      `boot=${node.bootId}`,
      `cpus=${node.cpuCount}`,
      'virt=none',
      '== os-release',
      ...osReleaseLines(node),
    ]),
} satisfies Answerer;

/** The node's own clock, as `date +%s.%N` prints it. */
export const clock = {
  isInline: false,
  isStill: false,
  answer: ({ node, nowMs }) => {
    const ms = nowMs + node.ailments.clockSkewMs;
    return text([`${Math.floor(ms / 1000)}.${String(Math.floor(ms % 1000)).padStart(3, '0')}481927`]);
  },
} satisfies Answerer;

/** Whether the console's user is root or may become it. */
export const privilege = {
  isInline: false,
  isStill: true,
  answer: ({ node, privilege: has }) => {
    if (has === 'root') return text(['root']);
    if (node.ailments.refusesSudo) return text(['refused sudo: a password is required']);
    return text([node.privilege === 'root' ? 'root' : `sudo ${4 + (node.seed % 9)}`]);
  },
} satisfies Answerer;

const EVERYWHERE =
  'lsblk blkid wipefs sfdisk partx udevadm findmnt dmesg mountpoint mkfs.ext4 mkfs.xfs resize2fs xfs_growfs e2label tune2fs mount.nfs mount.nfs4 showmount nfsstat systemctl systemd-run systemd-escape journalctl setsid sudo rsync python3';
const BY_ROLE: { readonly [R in NodeRole]: string } = {
  storage: 'parted sgdisk partprobe exportfs rpc.nfsd rpc.mountd nfsdclnts mdadm lspci',
  gpu: 'nvidia-smi nvidia-ctk nvidia-container-runtime nvidia-persistenced nvidia-cuda-mps-control dcgmi docker crictl lspci lsusb fuser git',
  cpu: 'lspci lsof fuser podman git',
  edge: 'lsusb git docker',
};

/** Commands of interest that are installed. */
export const tools = {
  isInline: false,
  isStill: true,
  answer: ({ node }) => text(`${EVERYWHERE} ${BY_ROLE[node.role]}`.split(' ')),
} satisfies Answerer;

/** A USB accelerator, ready for work. */
export const usb = {
  isInline: true,
  isStill: true,
  answer: ({ node }) => text(node.hasCoral ? ['18d1:9302 2-1 5000'] : []),
} satisfies Answerer;

/** os-release(5) of the node. */
export function osReleaseLines(node: NodeState): readonly string[] {
  const { os } = node;
  return [
    `PRETTY_NAME="${spoken(node, os.prettyName)}"`,
    `NAME="${os.name}"`,
    `VERSION_ID="${os.version}"`,
    `ID=${os.id}`,
    'HOME_URL="https://example.org/"',
  ];
}
