import { type Drift, describeDifferences } from '../../src/model/comparison.ts';
import { nodeDrift } from '../../src/model/drift.ts';
import type { NodeName } from '../../src/model/ids.ts';
import type { State } from '../../src/store/state.ts';

/** What of a node is not as the inventory wishes, one sentence each: `/data: vers: 4.2 wished, 3 seen`. */
export function driftOfNode(state: State, node: NodeName): readonly string[] {
  const facts = state.nodes.get(node);
  if (facts === undefined) return [];
  const { mounts, exports, volumes, directories } = nodeDrift(state.inventory, facts);
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
  return gpus === undefined ? [] : sentence('GPUs', gpus.drift);
}

function sentence(about: string, drift: Drift): readonly string[] {
  if (drift.kind === 'drifted') return [`${about}: ${describeDifferences(drift.differences)}`];
  return drift.kind === 'missing' || drift.kind === 'unexpected' ? [`${about}: ${drift.because}`] : [];
}
