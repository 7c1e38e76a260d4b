import { bytesPart } from './bytes.ts';
import type { Part } from './figure.ts';
import { inventoryPart } from './inventory.ts';
import { isolationPart } from './isolation.ts';
import { kubernetesPart } from './kubernetes.ts';
import { lightPart } from './light.ts';
import { logPart } from './log.ts';
import { nodePart } from './node-cost.ts';
import { rolloutPart } from './rollout.ts';
import { startPart } from './start.ts';
import { steadyPart } from './steady.ts';
import { stormPart } from './storm.ts';
import { sweepPart } from './sweep.ts';

/** The parts of the benchmark, in the order they are run. */
export const parts: readonly Part[] = [
  startPart,
  sweepPart,
  lightPart,
  steadyPart,
  stormPart,
  nodePart,
  bytesPart,
  isolationPart,
  inventoryPart,
  rolloutPart,
  logPart,
  kubernetesPart,
];
