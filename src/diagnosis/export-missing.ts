import { describeDifferences } from '../model/comparison.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { listed, planOf } from './words.ts';

/** Declared exports that the kernel does not export, or exports with other options. */
export const exportMissing = {
  kind: 'node',
  name: 'export-missing',
  title: 'Export missing or drifted',
  severities: ['critical', 'warning'],
  reads: ['exports'],
  find: (node) =>
    node.drift().exports.flatMap(({ path, client, drift, isDeclared }): readonly Symptom[] => {
      if (!isDeclared || (drift.kind !== 'missing' && drift.kind !== 'drifted')) return [];
      const text = drift.kind === 'missing' ? drift.because : describeDifferences(drift.differences);
      return [
        {
          cause: `${node.name}:${path}:${drift.kind}`,
          severity: drift.kind === 'missing' ? 'critical' : 'warning',
          evidence: { node: node.name, about: `${path} to ${client}`, text },
          words: { path, client, kind: drift.kind },
        },
      ];
    }),
  tell: ({ symptoms, first, word }) => {
    const clients = listed(symptoms.map(({ words }) => words?.['client'] ?? ''));
    return word('kind') === 'missing'
      ? {
          title: `${first.node} does not export ${word('path')} to ${clients}: ${first.text}`,
          nextMove: `Run ${planOf('converge', first.node)}, which exports it as declared, or take the wish out of the inventory.`,
        }
      : {
          title: `${first.node} exports ${word('path')} to ${clients} with other options: ${first.text}`,
          nextMove: `Run ${planOf('converge', first.node)}, which writes the options and reads the table again (a restart of the server is not needed), or change the inventory.`,
        };
  },
} satisfies NodeRule;
