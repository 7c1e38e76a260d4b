import { resolve } from 'node:path';
import type { CliValues } from './cli/command.ts';
import { nodeIo } from './config/node-io.ts';
import { describeNoInventory, homeOf, searchPlaces } from './config/places.ts';
import { formatProblems } from './config/problem.ts';
import { readInventory } from './config/read.ts';
import { startDemoProcess } from './demo/process.ts';
import { endpointsOf, type LiveSource } from './live.ts';
import { UsageError } from './model/errors.ts';
import type { Inventory, Notice } from './model/inventory.ts';
import { parseNodeSet } from './model/node-set.ts';
import { withOwnActions } from './own-actions.ts';

/**
 * The fleet these options name: an inventory by path, else the demo when asked for, else the first of the documented places.
 * Throws `UsageError` with every problem and what to do.
 */
export async function openSource(values: CliValues): Promise<LiveSource> {
  const path = typeof values['inventory'] === 'string' ? values['inventory'] : undefined;
  if (path === undefined && values['demo'] === true) return limited(equipped(await openDemo(values)), values);
  const place = path ?? documentedPlace();
  return { ...limited(equipped(reached(await read(place))), values), from: resolve(place) };
}

/** With the way to each node; where muster is stricter than the user's ssh configuration becomes a notice like any other. */
function reached(inventory: Inventory): LiveSource {
  const notices: Notice[] = [];
  const endpoints = endpointsOf(inventory, (text) => notices.push({ file: 'ssh configuration', text }));
  return { inventory: { ...inventory, notices: [...inventory.notices, ...notices] }, endpoints };
}

/** With the actions of the user's own; one beside the settings that is wrong is told and left out. */
function equipped(source: LiveSource): LiveSource {
  const { inventory, errors, problems } = withOwnActions(source.inventory, process.env);
  if (errors.length > 0) throw new UsageError(formatProblems(errors));
  const told = problems.map(
    ({ file, line, message }): Notice => ({
      file,
      ...(line === undefined ? {} : { line }),
      text: `its actions are not used: ${message}`,
    }),
  );
  return { ...source, inventory: { ...inventory, notices: [...inventory.notices, ...told] } };
}

function documentedPlace(): string {
  const { env } = process;
  const found = searchPlaces({ env, cwd: process.cwd(), home: homeOf(env) }, nodeIo);
  if (found.inventory === undefined) throw new UsageError(describeNoInventory(found));
  return found.inventory.path;
}

async function read(path: string): Promise<Inventory> {
  const result = await readInventory(path, nodeIo);
  if (result.kind === 'ok') return result.inventory;
  throw new UsageError(formatProblems(result.errors));
}

async function openDemo(values: CliValues): Promise<LiveSource> {
  const nodes = values['nodes'] === undefined ? undefined : Number(values['nodes']);
  if (nodes !== undefined && !(Number.isInteger(nodes) && nodes >= 1 && nodes <= 1000)) {
    throw new UsageError(`--nodes ${JSON.stringify(values['nodes'])}: a whole number from 1 to 1000 is wanted`);
  }
  const faults = typeof values['fault'] === 'string' ? values['fault'].split(',') : [];
  return startDemoProcess({
    ...(nodes === undefined ? {} : { nodes }),
    faults,
    entry: new URL('./demo.js', import.meta.url),
  });
}

/** Only the nodes of `--limit`; wishes keep their nodes, so that drift speaks of those that are left. */
function limited(source: LiveSource, values: CliValues): LiveSource {
  const limit = values['limit'];
  if (typeof limit !== 'string') return source;
  const { nodes, groups } = source.inventory;
  const set = parseNodeSet(limit, { nodes, groups });
  if (set.kind === 'error') throw new UsageError(`--limit ${limit}: ${set.message}`);
  const kept = new Set<string>(set.nodes);
  if (kept.size === 0) throw new UsageError(`--limit ${limit}: no node of ${source.inventory.name} is in this set`);
  return {
    ...source,
    inventory: {
      ...source.inventory,
      nodes: nodes.filter(({ name }) => kept.has(name)),
      // A cluster whose kubectl is on a node that is left out is left out with it: that is no trouble to be told.
      ...(source.inventory.clusters === undefined
        ? {}
        : { clusters: source.inventory.clusters.filter(({ from }) => from === undefined || kept.has(from)) }),
    },
    endpoints: source.endpoints.filter(({ node }) => kept.has(node)),
  };
}
