import { chance, pick, seedOf } from './chance.ts';
import type { NodeState } from './node-state.ts';

/** A job on some cards of one node: somebody's process tree from start to end. */
export interface Job {
  readonly seed: number;
  readonly user: string;
  readonly command: string;
  /** 64 hex digits where it runs in a container. */
  readonly container?: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Mean share of the cards' time it takes, 0 to 1. */
  readonly busyRatio: number;
  /** Share of each card's memory it takes, 0 to 1. */
  readonly memoryRatio: number;
}

const USERS = ['alice', 'bob', 'chen', 'dmitri', 'elena', 'farid', 'grace', 'hiro'] as const;

const KINDS = [
  {
    command: 'python train.py --config configs/llama-8b.yaml --bf16',
    busyRatio: 0.94,
    memoryRatio: 0.91,
    isContained: true,
  },
  {
    command: 'python -m torch.distributed.run train_vit.py --epochs 90',
    busyRatio: 0.88,
    memoryRatio: 0.72,
    isContained: true,
  },
  {
    command: 'python -m vllm.entrypoints.openai.api_server --model mixtral',
    busyRatio: 0.46,
    memoryRatio: 0.89,
    isContained: true,
  },
  { command: 'gmx mdrun -deffnm md_0_1 -nb gpu', busyRatio: 0.79, memoryRatio: 0.18, isContained: false },
  { command: 'python evaluate.py --split test', busyRatio: 0.57, memoryRatio: 0.36, isContained: false },
  {
    command: '/opt/conda/bin/python -m ipykernel_launcher -f kernel.json',
    busyRatio: 0.07,
    memoryRatio: 0.21,
    isContained: false,
  },
] as const;

const MINUTE_MS = 60_000;
/** How a node's cards are shared out: each number is that many neighbouring cards for one job. */
const LANES = {
  8: [[8], [4, 4], [4, 2, 2], [2, 2, 2, 2], [4, 2, 1, 1]],
  4: [[4], [2, 2], [2, 1, 1], [1, 1, 1, 1]],
} as const;

/**
 * The job on a card at a moment and the one before it, where there is one. A card's time is cut into turns of 6 to 25 minutes; in most of
 * them a job starts a little late and ends a little early. Jobs follow from seed and time alone, so any moment can be asked for.
 */
export function jobOn(node: NodeState, gpuIndex: number, atMs: number): { readonly now?: Job; readonly last?: Job } {
  const lane = laneOf(node, gpuIndex);
  const laneSeed = seedOf(node.seed, 'lane', lane);
  const turnMs = (6 + chance(laneSeed, 1) * 19) * MINUTE_MS;
  const turn = Math.floor(atMs / turnMs + chance(laneSeed, 2));
  const startMs = (turn - chance(laneSeed, 2)) * turnMs;
  const job = jobOfTurn(laneSeed, turn, startMs, turnMs);
  const isEnded = job !== undefined && node.endedJobs.includes(job.seed);
  if (job !== undefined && !isEnded && atMs >= job.startMs && atMs < job.endMs) return { now: job };
  const last = job !== undefined && atMs >= job.endMs ? job : jobOfTurn(laneSeed, turn - 1, startMs - turnMs, turnMs);
  return last === undefined ? {} : { last };
}

/** Process id of a job's worker on one card. */
export function pidOn(job: Job, gpuIndex: number): number {
  return 10_000 + (job.seed % 3_900_000) + gpuIndex;
}

function jobOfTurn(laneSeed: number, turn: number, startMs: number, turnMs: number): Job | undefined {
  const seed = seedOf(laneSeed, turn);
  if (chance(seed, 1) < 0.1) return undefined;
  const kind = pick(KINDS, seed, 2);
  return {
    seed,
    user: pick(USERS, seed, 3),
    command: kind.command,
    ...(kind.isContained ? { container: containerId(seed) } : {}),
    startMs: startMs + turnMs * 0.05 * chance(seed, 4),
    endMs: startMs + turnMs * (0.9 + 0.09 * chance(seed, 5)),
    busyRatio: kind.busyRatio,
    memoryRatio: kind.memoryRatio,
  };
}

/** The first card of a lane names it. */
function laneOf(node: NodeState, gpuIndex: number): number {
  const widths: readonly number[] = pick(node.gpus.length > 4 ? LANES[8] : LANES[4], node.seed, 41);
  let start = 0;
  for (const width of widths) {
    if (gpuIndex < start + width) return start;
    start += width;
  }
  return start;
}

function containerId(seed: number): string {
  return Array.from({ length: 8 }, (_, at) => seedOf(seed, 'container', at).toString(16).padStart(8, '0')).join('');
}
