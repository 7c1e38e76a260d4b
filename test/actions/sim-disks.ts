// What commands do to the disks of a simulated node, and what every command here ends with.
import type { SimNode } from './sim-node.ts';
import { partitionPath } from './sim-state.ts';

/** Exit code and the last words. */
export interface Ran {
  readonly exitCode: number;
  readonly words: string;
}

export const OK: Ran = { exitCode: 0, words: '' };
export const failed = (words: string, exitCode = 1): Ran => ({ exitCode, words });

export function wipe(node: SimNode, devices: readonly string[]): Ran {
  for (const path of devices) {
    for (const disk of node.disks) {
      if (disk.path === path) {
        if (disk.content !== undefined || disk.table !== undefined)
          node.destroyed.push(`${path} ${disk.content?.type ?? disk.table}`);
        delete disk.content;
        delete disk.table;
        disk.partitions = [];
      }
      for (const part of disk.partitions) {
        if (part.path !== path) continue;
        if (part.content !== undefined) node.destroyed.push(`${path} ${part.content.type}`);
        delete part.content;
      }
    }
  }
  return OK;
}

export function parted(node: SimNode, words: readonly string[]): Ran {
  const disk = node.disks.find(({ path }) => words.includes(path));
  if (disk === undefined) return failed('Error: Could not stat device');
  if (disk.partitions.some(({ content }) => content !== undefined))
    node.destroyed.push(`${disk.path} table over a filesystem`);
  disk.table = 'gpt';
  disk.partitions = [{ path: partitionPath(disk.path, 1), name: words[words.indexOf('mkpart') + 1] ?? '' }];
  return OK;
}

export function mkfs(node: SimNode, type: string, args: readonly string[]): Ran {
  const device = args.at(-1) ?? '';
  const part = node.disks.flatMap(({ partitions }) => partitions).find(({ path }) => path === device);
  if (part === undefined) return failed(`${device} does not exist`);
  if (part.content !== undefined) return failed(`${device} contains a ${part.content.type} file system`);
  const value = (flag: string): string | undefined => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
  const uuid = value('-U') ?? value('-m')?.replace(/^.*uuid=/, '');
  const label = value('-L');
  part.content = { type, ...(label === undefined ? {} : { label }), ...(uuid === undefined ? {} : { uuid }) };
  return OK;
}

export function growPartition(node: SimNode, path: string): Ran {
  for (const disk of node.disks) {
    const [part] = disk.partitions;
    if (disk.path !== path || part === undefined) continue;
    part.fsBytes ??= part.size ?? disk.size - 2_097_152;
    part.size = disk.size - 1_048_576 - 16_896;
  }
  return OK;
}

/** Of a device, or what is mounted somewhere. */
export function growFilesystem(node: SimNode, where: string): Ran {
  const source = node.mounts.findLast(({ target }) => target === where)?.source ?? where;
  for (const disk of node.disks) {
    if (disk.path === source) delete disk.fsBytes;
    for (const part of disk.partitions) if (part.path === source) delete part.fsBytes;
  }
  return OK;
}
