/** One measured figure: what it is, muster's value, the peer's or the baseline's from the same run, and whether the target is reached. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly muster: number;
  /** What it is compared with, and its value in the same unit. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** The target: a largest ratio to the peer, or a largest value. */
  readonly target?: { readonly kind: 'ratio' | 'value'; readonly atMost: number };
  /** What a reader must know to judge it. */
  readonly note?: string;
}

/** What one part of the benchmark yields; `missing` says in one line why a figure or a peer could not be measured. */
export interface PartResult {
  readonly figures: readonly Figure[];
  readonly missing?: readonly string[];
}

/** A part of the benchmark. It ends by itself and leaves nothing behind. */
export interface Part {
  readonly name: string;
  readonly what: string;
  readonly run: () => Promise<PartResult>;
}

/** Whether the target is reached; undefined where there is none, or no peer to compare with. */
export function isReached({ muster, peer, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined;
  if (target.kind === 'value') return muster <= target.atMost;
  return peer === undefined ? undefined : muster / peer.value <= target.atMost;
}

/** The figures as rows of a table: figure, muster, peer, ratio, target, reached. */
export function rowOf(figure: Figure): readonly string[] {
  const { name, unit, muster, peer, target } = figure;
  const reached = isReached(figure);
  return [
    name,
    withUnit(muster, unit),
    peer === undefined ? '' : `${peer.name}: ${withUnit(peer.value, unit)}`,
    peer === undefined ? '' : (muster / peer.value).toFixed(2),
    target === undefined ? '' : target.kind === 'ratio' ? `${target.atMost} x` : withUnit(target.atMost, unit),
    reached === undefined ? '' : reached ? 'yes' : 'NO',
  ];
}

/** Column titles of `rowOf`. */
export const TITLES = ['figure', 'muster', 'peer', 'ratio', 'at most', 'reached'] as const;

function withUnit(value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 || value === 0 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}
