import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { startPatience } from '../engine/follow-step.ts';
import type { Hand } from '../engine/hand.ts';
import { SWEEP_MS } from '../engine/limits.ts';
import type { Clock } from '../engine/ports.ts';
import { livingRunner } from '../journal/claim.ts';
import { listRollouts } from '../journal/keep.ts';
import { placesOf, type RolloutPlaces } from '../journal/places.ts';
import { readLines } from '../journal/record.ts';
import type { NodeName } from '../model/ids.ts';
import type { Rollout } from '../model/rollout.ts';
import { foldJournal } from '../model/rollout-fold.ts';

/** Who tidies up on a node, and on the machine muster runs on. */
export interface Sweepers {
  readonly of: (node: NodeName) => Pick<Hand, 'sweep'>;
  readonly here: () => Pick<Hand, 'sweep'>;
}

/** Spools that other rollouts have left behind are looked for among so many of the newest. */
const LOOKED_AT = 100;

/** From its first step to the end of its sweep: a runner that is killed in between leaves it, and another can make up for it. */
export const oweSweep = ({ unswept }: RolloutPlaces): void => writeFileSync(unswept, '', { mode: 0o600 });

/**
 * What the rollout left in the nodes' spools goes, but where an outcome is unknown: its name must be known when it is looked at again. A node whose link
 * is lost is asked again for a while, because what its steps said lies in its memory. False: one of them has not been tidied.
 */
export async function sweepNodes(
  hands: Sweepers,
  rollout: Pick<Rollout, 'id' | 'stages' | 'plan'>,
  clock: Clock,
): Promise<boolean> {
  const { known, isWhole } = sweptNodes(rollout);
  const swept = isDriven(rollout) ? (isWhole ? [hands.here()] : []) : [...known].map(hands.of);
  const done = await Promise.all(
    swept.map(async (hand) => {
      const patience = startPatience(clock, SWEEP_MS);
      while (!(await hand.sweep(rollout.id))) {
        if (patience.isOver()) return false;
        await patience.pause();
      }
      return true;
    }),
  );
  return done.every(Boolean);
}

/** What runners that were killed, or never reached a node again, have left in the spools of the nodes of this rollout, which answer just now. */
export async function sweepLeftovers(
  hands: Sweepers,
  rollout: Pick<Rollout, 'id' | 'stages' | 'plan'>,
  state: string,
): Promise<void> {
  const { known } = sweptNodes(rollout);
  const owed = listRollouts(state)
    .slice(-LOOKED_AT)
    .filter((id) => id !== rollout.id && existsSync(placesOf(state, id).unswept));
  for (const id of owed) {
    const old = readOver(placesOf(state, id));
    if (old === undefined || isDriven(old) !== isDriven(rollout)) continue;
    const left = sweptNodes(old);
    const near = isDriven(old) ? [hands.here()] : [...left.known].filter((node) => known.has(node)).map(hands.of);
    const done = await Promise.all(near.map((hand) => hand.sweep(id)));
    const isAll = isDriven(old) || [...left.known].every((node) => known.has(node));
    if (isAll && done.every(Boolean)) rmSync(placesOf(state, id).unswept, { force: true });
  }
}

/** A rollout that is over and that no process drives. */
function readOver({ journal, runner }: RolloutPlaces): Rollout | undefined {
  if (livingRunner(runner) !== undefined || !existsSync(journal)) return undefined;
  const rollout = foldJournal(readLines(readFileSync(journal, 'utf8')).records);
  return rollout?.phase === 'ended' ? rollout : undefined;
}

/** A playbook's steps run where muster runs. */
const isDriven = ({ plan }: Pick<Rollout, 'plan'>): boolean =>
  plan?.kind === 'change' && plan.stages.some(({ driver }) => driver !== undefined);

/** Nodes on which something ran and whose outcome is known; whole, when there are no others. */
function sweptNodes({ stages }: Pick<Rollout, 'stages'>): {
  readonly known: ReadonlySet<NodeName>;
  readonly isWhole: boolean;
} {
  const jobs = stages.flat().filter(({ steps }) => steps.some(({ attempt }) => attempt > 0));
  const unknown = new Set(jobs.filter(({ state }) => state === 'unknown').map(({ node }) => node));
  const known = new Set(jobs.map(({ node }) => node).filter((node) => !unknown.has(node)));
  return { known, isWhole: unknown.size === 0 };
}
