import type { SeenSharing } from '../model/kube-sharing.ts';
import { meaningOf } from '../sharing/plugin-text.ts';
import type { LabelState, Offer } from './kube-steps.ts';
import type { CardNode } from './time-slice-input.ts';

/** The configuration a node takes: its label's, else the default. */
export const keyOf = (node: CardNode, defaultKey: string | undefined): string | undefined => node.label ?? defaultKey;

/** The key that nodes without a label take, as the device plugin runs, else as the operator is told. */
export const defaultKeyOf = ({ plugin, policy }: SeenSharing): string | undefined =>
  plugin?.configMap === undefined ? policy?.defaultKey : (plugin.defaultKey ?? policy?.defaultKey);

/** What nodes should offer under a configuration, and about which of them nothing can be said, in sentences. */
export function offersOf(
  nodes: readonly CardNode[],
  text: string,
  resource: string,
): { readonly offers: readonly Offer[]; readonly warnings: readonly string[] } {
  if (resource !== 'nvidia.com/gpu')
    return { offers: [], warnings: [`what nodes offer of ${resource} is not verified: see the view Sharing`] };
  const meaning = meaningOf(text, resource);
  const ready = nodes.filter(({ isReady }) => isReady);
  const away = nodes.filter(({ isReady }) => !isReady).map(({ name }) => name);
  const unknown = ready.filter(({ cards }) => cards === undefined).map(({ name }) => name);
  return {
    offers: ready.flatMap(({ name, cards }) =>
      cards === undefined ? [] : [{ node: name, resource: meaning.resource, amount: cards * meaning.replicas }],
    ),
    warnings: [
      ...(away.length === 0 ? [] : [`not verified, their kubelet is not ready: ${away.join(', ')}`]),
      ...(unknown.length === 0 ? [] : [`not verified, nobody counted their cards: ${unknown.join(', ')}`]),
    ],
  };
}

/** The labels of those nodes that would take another configuration without one. */
export const labelsFor = (
  nodes: readonly CardNode[],
  key: string,
  defaultKey: string | undefined,
): readonly LabelState[] =>
  nodes
    .filter((node) => keyOf(node, defaultKey) !== key)
    .map(({ name, label }) => ({ node: name, ...(label === undefined ? {} : { value: label }) }));
