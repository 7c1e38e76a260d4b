import { describeDifferences } from '../../src/model/comparison.ts';
import type { DirectoryDrift } from '../../src/model/directory-drift.ts';
import { nodeDrift } from '../../src/model/drift.ts';
import type { NodeName } from '../../src/model/ids.ts';
import type { State } from '../../src/store/state.ts';
import type { Section } from '../../src/ui/view.ts';
import { factsSection } from './describe.ts';

/** The directories that the inventory lists on one volume of a node, each with what was seen; left out where it lists none. */
export function directoriesSection(state: State, node: NodeName, volume: string | undefined): readonly Section[] {
  const facts = state.nodes.get(node);
  if (facts === undefined || volume === undefined) return [];
  const listed = nodeDrift(state.inventory, facts).directories.filter((each) => each.volume === volume);
  if (listed.length === 0) return [];
  return [
    factsSection(
      'Directories',
      listed.map((each) => [each.spec.path, [{ text: sentence(each), role: roleOf(each) }]]),
    ),
  ];
}

function sentence({ seen, drift }: DirectoryDrift): string {
  const figures = seen?.uid === undefined ? '' : `${seen.uid}:${seen.gid} ${seen.mode}, `;
  switch (drift.kind) {
    case 'as-declared':
      return `${figures}as declared`;
    case 'drifted':
      return `${figures}${describeDifferences(drift.differences)}`;
    case 'missing':
    case 'unexpected':
      return drift.because;
    case 'unknown':
      return `not known: ${drift.because}`;
  }
}

const roleOf = ({ drift: { kind } }: DirectoryDrift): 'plain' | 'dim' | 'warning' =>
  kind === 'as-declared' ? 'plain' : kind === 'unknown' ? 'dim' : 'warning';
