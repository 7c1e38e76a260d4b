import type { Finding } from '../../model/finding.ts';
import type { NodeName } from '../../model/ids.ts';
import { foldNodes } from '../../model/node-set.ts';
import { memo, memoEach } from '../memo.ts';
import type { FleetEventRow, State } from '../state.ts';

/** One finding with the nodes it touches. */
export interface FindingRow {
  readonly id: string;
  readonly finding: Finding;
  /** Where the evidence is. */
  readonly nodes: readonly NodeName[];
  /** The same, folded: `gpu[01-04]`. */
  readonly folded: string;
  /** Who suffers, folded; empty where that is the same. */
  readonly affects: string;
}

const toRow = memoEach((finding: Finding): FindingRow => {
  const nodes = [...new Set(finding.evidence.map(({ node }) => node))];
  const affected = foldNodes(finding.affects);
  const folded = foldNodes(nodes);
  return { id: finding.id, finding, nodes, folded, affects: affected === folded ? '' : affected };
});

const URGENCY: { readonly [S in Finding['severity']]: number } = { critical: 0, warning: 1, notice: 2 };

/** How urgent a severity is: 0 is worst. */
export const urgencyOf = (severity: Finding['severity']): number => URGENCY[severity];

/** Findings, the worst and then the newest first. */
export const selectFindingRows = memo([(state: State) => state.findings], (findings): readonly FindingRow[] =>
  [...findings]
    .sort((left, right) => URGENCY[left.severity] - URGENCY[right.severity] || right.sinceMs - left.sinceMs)
    .map(toRow),
);

/** What happened, the newest first. */
export const selectEventRows = memo([(state: State) => state.events], (events): readonly FleetEventRow[] =>
  [...events].reverse(),
);
