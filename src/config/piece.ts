import type { NodeName } from '../model/ids.ts';
import type { Notice } from '../model/inventory.ts';
import { type NodeScope, parseNodeSet } from '../model/node-set.ts';
import type { InventoryProblem } from './problem.ts';
import type { InventoryFile } from './schema.ts';
import type { PathStep, YamlSource } from './yaml-source.ts';

/** One validated file of an inventory, with the way back to its text. */
export interface Piece {
  readonly source: YamlSource;
  readonly data: InventoryFile;
}

/** What building an inventory gathers besides its value: everything wrong, everything worth telling. */
export interface Report {
  readonly problem: (problem: InventoryProblem) => void;
  readonly notice: (notice: Notice) => void;
  /** Nodes whose `gpus` have no count. */
  readonly uncounted: NodeName[];
}

/** The nodes a set in a file names; a wrong one is reported at its column and names nothing. */
export function nodesAt(
  piece: Piece,
  path: readonly PathStep[],
  set: string | readonly string[],
  scope: NodeScope,
  report: Report,
): readonly NodeName[] {
  if (typeof set !== 'string') {
    const chosen = new Set(set.flatMap((part, index) => nodesAt(piece, [...path, index], part, scope, report)));
    return scope.nodes.flatMap(({ name }) => (chosen.has(name) ? [name] : []));
  }
  const parsed = parseNodeSet(set, scope);
  if (parsed.kind === 'ok') return parsed.nodes;
  const rest = set.slice(parsed.column - 1);
  const length = /^(?:\[[^\]]*\]?|[^\s,!&[])+/.exec(rest)?.[0].length ?? 1;
  report.problem(
    piece.source.problemAt(path, {
      message: parsed.message,
      part: { column: parsed.column, length },
      ...(parsed.nearest === undefined ? {} : { nearest: parsed.nearest }),
    }),
  );
  return [];
}
