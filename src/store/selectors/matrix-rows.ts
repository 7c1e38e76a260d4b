import { isNetworkFilesystem } from '../../model/filesystem-types.ts';
import type { NodeName } from '../../model/ids.ts';
import type { Link } from '../../model/link.ts';
import { memo } from '../memo.ts';
import type { State } from '../state.ts';
import { rowsByNode } from './by-node.ts';
import { type MountRow, mountRowsOf, selectMountRows } from './mount-rows.ts';
import type { MountState } from './mount-state.ts';

/** One node with its mounts, one line of the matrix. */
export interface MatrixRow {
  readonly id: string;
  readonly node: NodeName;
  readonly link: Link | undefined;
  readonly mounts: readonly MountRow[];
}

/** Nodes with any storage mount, wished or there; a node nothing is known of has a line too if something is wished of it. */
export const selectMatrixRows = rowsByNode(
  (state: State, { name }) => ({ node: name, link: state.links.get(name), mounts: mountRowsOf(state, name) }),
  ({ node, link, mounts }): readonly MatrixRow[] => (mounts.length === 0 ? [] : [{ id: node, node, link, mounts }]),
).all;

/** One target over the fleet, or several folded into one. */
export interface MatrixColumn {
  readonly title: string;
  readonly targets: ReadonlySet<string>;
  readonly isWished: boolean;
  /** Where it comes from, where all nodes agree. */
  readonly source: string;
  readonly good: number;
  readonly total: number;
}

/** Remote targets that nobody wished and that get a column of their own; the rest is folded. */
const UNDECLARED_SHOWN = 12;

/** Wished targets first, in inventory order; then remote ones nobody declared, the most frequent first; local ones folded into one. */
export const selectMatrixColumns = memo(
  [selectMountRows, (state) => state.inventory],
  (rows, inventory): readonly MatrixColumn[] => {
    const byTarget = new Map<string, MountRow[]>();
    for (const row of rows) {
      const list = byTarget.get(row.target);
      if (list === undefined) byTarget.set(row.target, [row]);
      else list.push(row);
    }
    const wishedTargets = new Set([...inventory.mounts, ...inventory.volumes].map(({ target }) => target));
    const wished = [...wishedTargets].filter((target) => byTarget.has(target));
    const others = [...byTarget.keys()].filter((target) => !wishedTargets.has(target));
    const isRemote = (target: string): boolean =>
      byTarget.get(target)?.some(({ fsType }) => isNetworkFilesystem(fsType)) === true;
    const countOf = (target: string): number => byTarget.get(target)?.length ?? 0;
    const remote = others
      .filter(isRemote)
      .sort((left, right) => countOf(right) - countOf(left) || (left < right ? -1 : 1));
    const local = others.filter((target) => !isRemote(target));
    const column = (title: string, targets: readonly string[], isWished: boolean): readonly MatrixColumn[] => {
      const own = targets.flatMap((target) => byTarget.get(target) ?? []);
      return own.length === 0 ? [] : [columnOf(title, targets, own, isWished)];
    };
    const folded = remote.slice(UNDECLARED_SHOWN);
    return [
      ...wished.flatMap((target) => column(target, [target], true)),
      ...remote.slice(0, UNDECLARED_SHOWN).flatMap((target) => column(target, [target], false)),
      ...column(`+${folded.length} more`, folded, false),
      ...column('local', local, false),
    ];
  },
);

function columnOf(
  title: string,
  targets: readonly string[],
  rows: readonly MountRow[],
  isWished: boolean,
): MatrixColumn {
  const sources = new Set(rows.map(({ drift, source }) => drift?.spec?.source ?? source));
  const [source = ''] = sources;
  return {
    title,
    targets: new Set(targets),
    isWished,
    source: sources.size === 1 ? source : '',
    good: rows.filter(({ state }) => isWell(state)).length,
    total: rows.length,
  };
}

const isWell = ({ kind }: MountState): boolean =>
  kind === 'as-declared' || kind === 'mounted' || kind === 'waiting' || kind === 'absent';

const WORST_FIRST: readonly MountState['kind'][] = [
  'hung',
  'stale',
  'missing',
  'unwanted',
  'drifted',
  'hidden',
  'unknown',
  'waiting',
  'absent',
  'as-declared',
  'mounted',
];

/** The worst mount of a node in one column; undefined where the node has nothing to do with it. */
export function worstMount({ mounts }: MatrixRow, { targets }: MatrixColumn): MountRow | undefined {
  let worst: MountRow | undefined;
  for (const mount of mounts) {
    if (!targets.has(mount.target)) continue;
    if (worst === undefined || rank(mount) < rank(worst)) worst = mount;
  }
  return worst;
}

const rank = ({ state }: MountRow): number => WORST_FIRST.indexOf(state.kind);
