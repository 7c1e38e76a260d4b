import type { ExportEntry } from '../model/facts.ts';
import { goodValueOf } from '../model/observation.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { listed } from './words.ts';

/** Exports that give more than most people mean: to the whole world, or with root left root. exports(5). */
export const exportLint = {
  kind: 'node',
  name: 'export-lint',
  title: 'Export open wide',
  severities: ['notice'],
  reads: ['exports'],
  find: ({ name, facts }) => {
    const table = goodValueOf(facts.slots.exports);
    return (table?.kernel ?? table?.files ?? []).flatMap((entry): readonly Symptom[] => {
      const kind = lintOf(entry);
      if (kind === undefined) return [];
      const text = `${entry.path} to ${entry.client} (${entry.options.join(',')})`;
      return [
        {
          cause: `${name}:${kind}`,
          severity: 'notice',
          evidence: { node: name, about: entry.path, text },
          words: { kind },
        },
      ];
    });
  },
  tell: ({ symptoms, first, word }) => {
    const paths = listed(symptoms.map(({ evidence }) => evidence.about));
    switch (word('kind')) {
      case 'world-root':
        return {
          title: `${first.node} exports ${paths} to the whole world with no_root_squash`,
          nextMove: `Name the clients' network instead of "*" and let root be squashed: root on any machine that reaches ${first.node} owns this data.`,
        };
      case 'world':
        return {
          title: `${first.node} exports ${paths} to the whole world`,
          nextMove: `Name the clients' network instead of "*" in the exports of ${first.node}.`,
        };
      default:
        return {
          title: `${first.node} exports ${paths} with no_root_squash`,
          nextMove: `Leave no_root_squash out unless the clients' root must own files on ${first.node}.`,
        };
    }
  },
} satisfies NodeRule;

function lintOf({ client, options }: ExportEntry): 'world-root' | 'world' | 'root' | undefined {
  const isWorld = client === '*' || client === '<world>' || client === '0.0.0.0/0';
  const isRoot = options.includes('no_root_squash');
  if (isWorld) return isRoot ? 'world-root' : 'world';
  return isRoot ? 'root' : undefined;
}
