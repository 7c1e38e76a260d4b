import type { Finding, Severity } from '../../model/finding.ts';
import type { NodeName } from '../../model/ids.ts';
import type { Link } from '../../model/link.ts';
import { memo } from '../memo.ts';
import type { State } from '../state.ts';
import { findingsOf, rowsByNode } from './by-node.ts';
import { type FindingRow, selectFindingRows } from './finding-rows.ts';
import { type GpuRow, gpuRowsOf } from './gpu-rows.ts';
import { mountStatesOf } from './mount-rows.ts';
import { worstOf } from './node-rows.ts';

/** A place of the overview the cursor can stand on: a finding, or a node with its GPUs. */
export type OverviewRow =
  | { readonly id: string; readonly kind: 'finding'; readonly row: FindingRow; readonly finding: Finding }
  | {
      readonly id: string;
      readonly kind: 'node';
      readonly node: NodeName;
      readonly link: Link;
      /** Of the findings that are about this node alone. */
      readonly worst: Severity | undefined;
      /** Something critical that it shares with other nodes: a full share, a dead server. */
      readonly isAffected: boolean;
      readonly gpus: readonly GpuRow[];
      readonly hungMounts: number;
      readonly group: string;
    };

const IDLE: Link = { kind: 'idle' };

const nodeCells = rowsByNode(
  (state: State, spec) => ({
    spec,
    link: state.links.get(spec.name),
    findings: findingsOf(state, spec.name),
    gpus: gpuRowsOf(state, spec.name),
    mounts: mountStatesOf(state, spec.name),
  }),
  ({ spec, link = IDLE, findings, gpus, mounts }): readonly OverviewRow[] => {
    const hungMounts = mounts.filter(({ state }) => state.kind === 'hung' || state.kind === 'stale').length;
    const group = spec.class ?? spec.groups[0] ?? 'nodes';
    const own = findings.filter(isOfOneNode);
    const isAffected = findings.some((finding) => finding.severity === 'critical' && !isOfOneNode(finding));
    const worst = worstOf(own);
    return [{ id: spec.name, kind: 'node', node: spec.name, link, worst, isAffected, gpus, hungMounts, group }];
  },
);

const isOfOneNode = ({ evidence }: Finding): boolean => evidence.every(({ node }) => node === evidence[0]?.node);

const toFinding = (row: FindingRow): OverviewRow => ({
  id: `finding:${row.id}`,
  kind: 'finding',
  row,
  finding: row.finding,
});

/** Every finding, the most urgent first, then every node, group by group in the order the inventory first names one. */
export const selectOverviewRows = memo(
  [selectFindingRows, nodeCells.all],
  (findings, cells): readonly OverviewRow[] => {
    const groups = new Map<string, OverviewRow[]>();
    for (const cell of cells) {
      if (cell.kind !== 'node') continue;
      const list = groups.get(cell.group);
      if (list === undefined) groups.set(cell.group, [cell]);
      else list.push(cell);
    }
    return [...findings.map(toFinding), ...[...groups.values()].flat()];
  },
);
