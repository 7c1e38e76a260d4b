import type { CustomAction } from '../model/custom-action.ts';
import type { NodeName } from '../model/ids.ts';
import type { Inventory, Notice } from '../model/inventory.ts';
import { foldNodes, type NodeScope } from '../model/node-set.ts';
import { buildActions } from './build-actions.ts';
import { buildClusters } from './build-clusters.ts';
import { buildNodes } from './build-nodes.ts';
import { buildWishes } from './build-wishes.ts';
import { fleetName } from './fleet-name.ts';
import { problemsOf } from './issues.ts';
import { nodesAt, type Piece, type Report } from './piece.ts';
import { type InventoryProblem, inFileOrder } from './problem.ts';
import { type InventoryFile, inventoryJsonSchema, inventorySchema } from './schema.ts';
import { durationMs } from './units.ts';
import type { YamlSource } from './yaml-source.ts';

/** Silence after which a node is late, and lost, where the inventory says nothing. */
export const LATE_AFTER_MS = 15_000;
/** See `LATE_AFTER_MS`. */
export const LOST_AFTER_MS = 30_000;

/** An inventory, or everything that is wrong with it. */
export type InventoryRead =
  | { readonly kind: 'ok'; readonly inventory: Inventory }
  | { readonly kind: 'invalid'; readonly errors: readonly InventoryProblem[] };

/** Builds an inventory in muster's own format from one or several files, which count as one; `path` names the whole. */
export function readOwn(path: string, sources: readonly YamlSource[]): InventoryRead {
  const errors: InventoryProblem[] = [];
  const pieces = sources.flatMap((source) => readPiece(source, (problem) => errors.push(problem)));
  if (errors.length > 0) return { kind: 'invalid', errors: inFileOrder(errors) };

  const notices: Notice[] = [];
  const uncounted: NodeName[] = [];
  const report = {
    problem: (problem: InventoryProblem) => errors.push(problem),
    notice: (notice: Notice) => notices.push(notice),
    uncounted,
  };
  const built = buildNodes(pieces, report);
  if (built.kind === 'too-many') return { kind: 'invalid', errors: inFileOrder(errors) };
  const { nodes, groups } = built;
  const scope = { nodes, groups };
  const wishes = pieces.map((piece) => buildWishes(piece, scope, report));
  if (nodes.length === 0 && errors.length === 0) {
    const [first] = pieces;
    errors.push({
      file: first?.source.file ?? path,
      message: 'no node is declared',
      expected: 'a map "nodes", e.g. nodes: { gpu[01-04]: {} }',
    });
  }
  const volumes = wishes.flatMap((wish) => wish.volumes);
  const twice = volumes.find(({ name }, index) => volumes.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined)
    errors.push({
      file: path,
      message: `two volumes are called ${JSON.stringify(twice.name)}`,
      expected: 'a name of its own for each',
    });
  const [clusters, actions] = [buildClusters(pieces, scope, report), actionsOf(pieces, scope, report)];
  const [lateAfterMs, lostAfterMs] = thresholds(pieces, errors);
  if (errors.length > 0) return { kind: 'invalid', errors: inFileOrder(errors) };

  if (uncounted.length > 0) {
    notices.push({
      file: path,
      text: `${foldNodes(uncounted)}: "gpus" has no count, so cards are not compared with the inventory`,
    });
  }
  const inventory = {
    name: pieces.findLast(({ data }) => data.name !== undefined)?.data.name ?? fleetName(path),
    files: sources.map(({ file }) => file),
    nodes,
    groups,
    volumes,
    exports: wishes.flatMap((wish) => wish.exports),
    mounts: wishes.flatMap((wish) => wish.mounts),
    sharing: wishes.flatMap((wish) => wish.sharing),
    pollEveryMs: pollPeriods(pieces),
    lateAfterMs,
    lostAfterMs,
    notices,
    ...whereAny({ clusters, actions }),
  };
  return { kind: 'ok', inventory };
}

/** What an inventory has only where there is something of it. */
const whereAny = ({ clusters, actions }: Required<Pick<Inventory, 'clusters' | 'actions'>>): Partial<Inventory> => ({
  ...(clusters.length > 0 && { clusters }),
  ...(actions.length > 0 && { actions }),
});

/** Actions of the user's own, over all files; a name may stand once. */
function actionsOf(pieces: readonly Piece[], scope: NodeScope, report: Report): readonly CustomAction[] {
  const actions = pieces.flatMap((piece) => {
    const entries = piece.data.actions ?? {};
    for (const [name, { on }] of Object.entries(entries))
      if (on !== undefined) nodesAt(piece, ['actions', name, 'on'], on, scope, report);
    return buildActions(piece.source, ['actions'], entries, report.problem);
  });
  for (const [index, { name, from }] of actions.entries())
    if (actions.findIndex((other) => other.name === name) < index)
      report.problem({
        ...from,
        message: `a second action ${JSON.stringify(name)}`,
        expected: 'a name of its own for each',
      });
  return actions;
}

function readPiece(source: YamlSource, complain: (problem: InventoryProblem) => void): readonly Piece[] {
  if (source.value === null) return [{ source, data: {} }];
  const parsed = inventorySchema.safeParse(source.value);
  if (parsed.success) return [{ source, data: parsed.data }];
  for (const problem of problemsOf(parsed.error.issues, source, inventoryJsonSchema())) complain(problem);
  return [];
}

function thresholds(pieces: readonly Piece[], errors: InventoryProblem[]): readonly [number, number] {
  const last = (key: 'lateAfter' | 'lostAfter'): Piece | undefined =>
    pieces.findLast(({ data }) => data[key] !== undefined);
  const lateAfterMs = durationMs(last('lateAfter')?.data.lateAfter ?? '') ?? LATE_AFTER_MS;
  const lostAfterMs = durationMs(last('lostAfter')?.data.lostAfter ?? '') ?? Math.max(LOST_AFTER_MS, 2 * lateAfterMs);
  const piece = last('lostAfter');
  if (lostAfterMs <= lateAfterMs && piece !== undefined) {
    errors.push(
      piece.source.problemAt(['lostAfter'], {
        message: 'a node would be lost before it is late',
        expected: 'a time longer than lateAfter',
      }),
    );
  }
  return [lateAfterMs, lostAfterMs];
}

/** Poll periods by class; `default` is for all. Later files win probe by probe. */
function pollPeriods(pieces: readonly Piece[]): Inventory['pollEveryMs'] {
  const periods: Record<string, Record<string, number>> = {};
  const add = (name: string, entries: InventoryFile['pollEvery']): void => {
    const own = Object.entries(entries ?? {}).map(([probe, text]) => [probe, durationMs(text) ?? 0] as const);
    if (own.length > 0) periods[name] = { ...periods[name], ...Object.fromEntries(own) };
  };
  for (const { data } of pieces) {
    add('default', data.pollEvery);
    for (const [name, settings] of Object.entries(data.classes ?? {})) add(name, settings?.pollEvery);
  }
  return periods;
}
