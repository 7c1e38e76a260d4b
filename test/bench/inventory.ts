// Large inventories, read by the program as shipped: its start is part of the time.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { largeAnsible, largeOwn } from '../config/large-inventory.ts';
import type { Figure, Part } from './figure.ts';
import { median } from './numbers.ts';
import { costOf } from './process-figures.ts';
import { musterProgram } from './pty.ts';

const ROUNDS = 3;

/** `muster inventory check` of 1,000 and 10,000 nodes in both formats. */
export const inventoryPart: Part = {
  name: 'inventory',
  what: 'inventories of 1,000 and 10,000 nodes, own and Ansible format',
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-bench-inventory-'));
    const figures: Figure[] = [];
    try {
      for (const [nodes, atMost] of [
        [1_000, 1],
        [10_000, 10],
      ] as const) {
        for (const [format, make] of [
          ['own', largeOwn],
          ['Ansible', largeAnsible],
        ] as const) {
          const file = join(folder, `${format}-${nodes}.yaml`);
          writeFileSync(file, make(nodes));
          const muster = await timeToCheck(file);
          const name = `inventory of ${nodes.toLocaleString('en')} nodes, ${format} format`;
          figures.push({ name, unit: 's', muster, target: { kind: 'value', atMost } });
        }
      }
      return { figures };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function timeToCheck(file: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const cost = await costOf([process.execPath, musterProgram, 'inventory', 'check', '-i', file], 60);
    if (cost.exitCode !== 0)
      throw new Error(`inventory check ended with ${cost.exitCode}: ${cost.stderr.slice(0, 300)}`);
    times.push(cost.wallSec);
  }
  return median(times);
}
