import { type Answerer, text } from '../answers/reply.ts';
import { devicesOf } from '../mounting.ts';

const SECTOR_BYTES = 512;
const BLOCK_BYTES = 4_096;
/** Where the first partition begins: 1 MiB in. */
const FIRST_SECTOR = 2_048;

/** How large a disk, its partition and the filesystem are, as sysfs, dumpe2fs(8) and xfs_growfs(8) -n tell. */
export const extent = {
  isInline: false,
  isStill: false,
  answer: ({ node, target }) => {
    const device = devicesOf(node).find(({ path }) => path === target);
    const disk = node.disks.find(({ name, partitions }) =>
      [name, ...partitions.map((part) => part.name)].includes(target.replace('/dev/', '')),
    );
    if (device === undefined || disk === undefined) return text(['== error', 'no such block device']);
    const at = disk.partitions.findIndex(({ name }) => `/dev/${name}` === target);
    const before = disk.partitions
      .slice(0, Math.max(0, at))
      .reduce((sum, part) => sum + part.sizeBytes / SECTOR_BYTES, 0);
    const { content } = device;
    const blocks = Math.floor((content?.filesystemBytes ?? device.sizeBytes) / BLOCK_BYTES);
    const words: { readonly [fsType: string]: readonly string[] } = {
      ext4: [`Block count:              ${blocks}`, `Block size:               ${BLOCK_BYTES}`],
      xfs: [`data     =                       bsize=${BLOCK_BYTES}   blocks=${blocks}, imaxpct=25`],
    };
    const told = words[content?.fsType ?? ''];
    return text([
      ...(at < 0 ? [] : [`== partition ${at + 1} ${FIRST_SECTOR + before} ${disk.partitions.length}`]),
      `== disk ${disk.sizeBytes}`,
      `== device ${device.sizeBytes}`,
      ...(told === undefined ? [] : [`== filesystem 0 ${content?.fsType}`, ...told]),
    ]);
  },
} satisfies Answerer;
