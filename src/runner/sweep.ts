import { startPatience } from '../engine/follow-step.ts';
import type { Hand } from '../engine/hand.ts';
import { SWEEP_MS } from '../engine/limits.ts';
import type { Clock } from '../engine/ports.ts';
import type { NodeName } from '../model/ids.ts';
import type { Rollout } from '../model/rollout.ts';

/** Who tidies up on a node, and on the machine muster runs on. */
export interface Sweepers {
  readonly of: (node: NodeName) => Pick<Hand, 'sweep'>;
  readonly here: () => Pick<Hand, 'sweep'>;
}

/**
 * What the rollout left in the nodes' spools goes, but where an outcome is unknown: its name must be known when it is looked at again. A node whose link
 * is lost is asked again for a while, because what its steps said lies in its memory.
 */
export async function sweepNodes(
  hands: Sweepers,
  { id, stages, plan }: Pick<Rollout, 'id' | 'stages' | 'plan'>,
  clock: Clock,
): Promise<void> {
  const isDriven = plan?.kind === 'change' && plan.stages.some(({ driver }) => driver !== undefined);
  const jobs = stages.flat().filter(({ steps }) => steps.some(({ attempt }) => attempt > 0));
  const unknown = new Set(jobs.filter(({ state }) => state === 'unknown').map(({ node }) => node));
  const nodes = new Set(jobs.map(({ node }) => node).filter((node) => !unknown.has(node)));
  const swept = isDriven ? (unknown.size === 0 ? [hands.here()] : []) : [...nodes].map(hands.of);
  await Promise.all(
    swept.map(async (hand) => {
      const patience = startPatience(clock, SWEEP_MS);
      while (!(await hand.sweep(id)) && !patience.isOver()) await patience.pause();
    }),
  );
}
