import { formatProblems } from '../../src/config/problem.ts';
import { readInventory } from '../../src/config/read.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import { type MemoryFile, memoryIo } from './memory-io.ts';

/** Reads an inventory of files in memory; throws the problems of one that cannot be read. */
export async function read(files: { readonly [path: string]: MemoryFile }, path = '/site/hosts'): Promise<Inventory> {
  const result = await readInventory(path, memoryIo(files));
  if (result.kind === 'invalid') throw new Error(formatProblems(result.errors));
  return result.inventory;
}

/** A node as an inventory gives it, when it says nothing else. */
export const node = (name: string, more: Partial<Inventory['nodes'][number]> = {}) => ({
  name,
  via: 'ssh',
  transport: 'auto',
  labels: {},
  groups: [],
  ...more,
});
