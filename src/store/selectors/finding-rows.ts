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

/** Events of several nodes in the same words within this time are one row. */
const GATHER_MS = 10_000;

/** What happened, in equal words on one node or on several within seconds. */
export interface EventRow extends Omit<FleetEventRow, 'node'> {
  /** None where it is about the console or all of the fleet. */
  readonly nodes: readonly NodeName[];
}

/** What happened, the newest first. A row keeps its place and its time, those of its first event, while more nodes say the same. */
export const selectEventRows = memo([(state: State) => state.events], (events): readonly EventRow[] => {
  const groups: FleetEventRow[][] = [];
  const open = new Map<string, FleetEventRow[]>();
  for (const event of events) {
    const words = `${event.kind} ${event.severity} ${event.text}`;
    const group = event.node === undefined ? undefined : open.get(words);
    const [first] = group ?? [];
    if (group !== undefined && first !== undefined && event.atMs - first.atMs <= GATHER_MS) {
      group.push(event);
      continue;
    }
    const begun = [event];
    groups.push(begun);
    open.set(words, begun);
  }
  return groups.reverse().flatMap(toEventRow);
});

function toEventRow(events: readonly FleetEventRow[]): readonly EventRow[] {
  const [first] = events;
  if (first === undefined) return [];
  const { node: _, ...words } = first;
  return [{ ...words, nodes: [...new Set(events.flatMap(({ node: on }) => on ?? []))] }];
}
