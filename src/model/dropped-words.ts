import type { NodeName } from './ids.ts';
import type { Rollout } from './rollout.ts';
import { formatBytes } from './units.ts';

/** What a node said in a rollout and nobody kept, as a sentence: `… 5.9 MB of what was said were left out: …`. Undefined where all was kept. */
export function droppedWords({ stages }: Rollout, node: NodeName): string | undefined {
  const dropped = stages
    .flat()
    .filter((job) => job.node === node)
    .flatMap(({ steps }) => steps.map(({ log }) => log?.droppedBytes ?? 0))
    .reduce((sum, bytes) => sum + bytes, 0);
  return dropped === 0
    ? undefined
    : `… ${formatBytes(dropped)} of what was said were left out, where a line says so: there was room for the beginning and the end of each step; let the command write to a file on ${node}`;
}
