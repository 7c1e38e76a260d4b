import type { Usage } from '../../src/model/facts.ts';
import { formatRatio } from '../../src/model/units.ts';
import { bar } from '../../src/ui/bars.ts';
import type { Cell, CellContext, Role } from '../../src/ui/view.ts';

/** A disk is filling from here: what df(1) users react to. */
export const FILLING_RATIO = 0.9;
/** A disk is full from here: most writers fail soon. */
export const FULL_RATIO = 0.95;

/** The role of a share that should not reach its whole: disks, memory. */
export const fillRole = (ratio: number): Role => {
  if (ratio >= FULL_RATIO) return 'critical';
  return ratio >= FILLING_RATIO ? 'warning' : 'plain';
};

/** The heat of a utilisation: full is what GPUs are bought for, so it is no warning. */
export function heatRole(ratio: number): Role {
  if (ratio < 0.03) return 'heat0';
  if (ratio < 0.3) return 'heat1';
  if (ratio < 0.6) return 'heat2';
  return ratio < 0.85 ? 'heat3' : 'heat4';
}

/** Share of the space in use as df(1) counts it: of what ordinary users can have. */
export function usedRatio(usage: Pick<Usage, 'usedBytes' | 'availableBytes'> | undefined): number | undefined {
  if (usage === undefined) return undefined;
  const reachable = usage.usedBytes + usage.availableBytes;
  return reachable <= 0 ? undefined : Math.min(1, usage.usedBytes / reachable);
}

/** A bar with its per cent, as wide as the cell; the figure alone where the cell is too narrow for a bar. */
export function shareBar(
  ratio: number | undefined,
  { width, ascii, isText }: Pick<CellContext, 'width' | 'ascii' | 'isText'>,
  roleOfRatio: (ratio: number) => Role = fillRole,
): Cell | undefined {
  if (ratio === undefined) return undefined;
  const role = roleOfRatio(ratio);
  if (isText) return formatRatio(ratio);
  if (width < 8) return [{ text: formatRatio(ratio).padStart(width), role }];
  return [
    { text: bar(ratio, width - 5, ascii), role },
    { text: ` ${formatRatio(ratio).padStart(4)}`, role },
  ];
}
