import type { NodeName } from '../../model/ids.ts';
import type { Link } from '../../model/link.ts';
import type { NodeFacts, Slot } from '../../model/observation.ts';
import { questionKey } from '../freshness.ts';
import type { State } from '../state.ts';
import { rowsByNode } from './by-node.ts';

/** One question to one node and where its answer stands. When it was last answered and how long that took is in `Seen`. */
export interface ProbeRow {
  /** `gpu01:usage:/data`; the question is the key in `Seen`. */
  readonly id: string;
  readonly node: NodeName;
  readonly question: string;
  readonly probe: string;
  readonly target: string | undefined;
  readonly kind: Slot<unknown>['kind'];
  /** Why it fails or is absent. */
  readonly because: string | undefined;
  /** Since when it waits, hangs or fails. */
  readonly sinceMs: number | undefined;
  readonly link: Link | undefined;
}

interface ProbeInput {
  readonly node: NodeName;
  readonly facts: NodeFacts | undefined;
  readonly link: Link | undefined;
}

/** Every question that was put to a node. */
export const selectProbeRows = rowsByNode(
  (state: State, { name }): ProbeInput => ({ node: name, facts: state.nodes.get(name), link: state.links.get(name) }),
  (input): readonly ProbeRow[] => [
    ...Object.entries(input.facts?.slots ?? {}).map(([probe, slot]) => probeRow(input, probe, undefined, slot)),
    ...Object.entries(input.facts?.usage ?? {}).map(([target, slot]) => probeRow(input, 'usage', target, slot)),
    ...Object.entries(input.facts?.directories ?? {}).map(([target, slot]) =>
      probeRow(input, 'directories', target, slot),
    ),
  ],
).all;

function probeRow(
  { node, link }: ProbeInput,
  probe: string,
  target: string | undefined,
  slot: Slot<unknown>,
): ProbeRow {
  const question = questionKey(probe, target);
  return {
    id: `${node}:${question}`,
    node,
    question,
    probe,
    target,
    kind: slot.kind,
    because: 'because' in slot ? slot.because : undefined,
    sinceMs: 'sinceMs' in slot ? slot.sinceMs : undefined,
    link,
  };
}
