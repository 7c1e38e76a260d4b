import { type Drift, describeDifferences } from '../../src/model/comparison.ts';
import { nodeDrift } from '../../src/model/drift.ts';
import type { NodeName } from '../../src/model/ids.ts';
import { whyNeverAsked } from '../../src/model/inventory.ts';
import { wishOf } from '../../src/model/wishes.ts';
import type { State } from '../../src/store/state.ts';

/** What of a node is not as the inventory wishes, one sentence each: `/data: vers: 4.2 wished, 3 seen`. */
export function driftOfNode(state: State, node: NodeName): readonly string[] {
  const facts = state.nodes.get(node);
  if (facts === undefined) return [];
  const { mounts, exports, volumes, directories, gpus } = nodeDrift(state.inventory, facts);
  const never = whyNeverCompared(state, node);
  const wished = [...mounts, ...exports, ...volumes, ...(gpus === undefined ? [] : [gpus])];
  if (never !== undefined) return wished.length === 0 ? [] : [never];
  return [
    ...mounts.flatMap(({ target, drift }) => sentence(target, drift)),
    ...exports.flatMap(({ path, client, drift }) => sentence(`export ${path} to ${client}`, drift)),
    ...volumes.flatMap(({ spec, drift }) => sentence(`volume ${spec.name}`, drift)),
    ...directories.flatMap(({ spec, drift }) => sentence(`directory ${spec.path}`, drift)),
    ...driftOfGpus(state, node),
  ];
}

/** Where the GPUs of a node differ from the wish: count, model, driver. */
export function driftOfGpus(state: State, node: NodeName): readonly string[] {
  const facts = state.nodes.get(node);
  const gpus = facts === undefined ? undefined : nodeDrift(state.inventory, facts).gpus;
  if (gpus === undefined) return [];
  const never = whyNeverCompared(state, node);
  return never === undefined ? sentence('GPUs', gpus.drift) : [never];
}

function whyNeverCompared({ inventory }: State, name: NodeName): string | undefined {
  const node = wishOf(inventory, name)?.node;
  const never = node && whyNeverAsked(node);
  return never && `not known: the node ${never}`;
}

function sentence(about: string, drift: Drift): readonly string[] {
  if (drift.kind === 'drifted') return [`${about}: ${describeDifferences(drift.differences)}`];
  return drift.kind === 'missing' || drift.kind === 'unexpected' ? [`${about}: ${drift.because}`] : [];
}
