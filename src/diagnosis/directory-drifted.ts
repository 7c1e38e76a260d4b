import { describeDifferences } from '../model/comparison.ts';
import type { VolumeSpec } from '../model/inventory.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { planOf } from './words.ts';

/** Declared directories of mounted volumes that are missing, or have another owner, group or mode. */
export const directoryDrifted = {
  kind: 'node',
  name: 'directory-drifted',
  title: 'Directory missing or drifted',
  severities: ['warning'],
  reads: ['directories', 'mounts'],
  find: (node) =>
    node.drift().directories.flatMap(({ spec, drift }): readonly Symptom[] => {
      if (drift.kind !== 'missing' && drift.kind !== 'drifted') return [];
      const text = drift.kind === 'missing' ? drift.because : describeDifferences(drift.differences);
      return [
        {
          cause: `${spec.path}:${text}`,
          severity: 'warning',
          evidence: { node: node.name, about: spec.path, text },
          words: { command: command(spec) },
        },
      ];
    }),
  tell: ({ nodes, first, word }) => ({
    title: `directory ${first.about} on ${nodes} is not as declared: ${first.text}`,
    nextMove: `Run ${planOf('converge', nodes)} (by hand, as root there: "${word('command')}"), or write into the inventory what is right now.`,
  }),
} satisfies NodeRule;

/** install(1) -d makes the directory and sets owner and mode of one that is there; it leaves alone what lies in it. */
function command({ path, owner, group, mode }: VolumeSpec['directories'][number]): string {
  const options = [
    ...(owner === undefined ? [] : ['-o', owner]),
    ...(group === undefined ? [] : ['-g', group]),
    ...(mode === undefined ? [] : ['-m', mode]),
  ];
  const quoted = /^[\w./@%+:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
  return ['install', '-d', ...options, quoted].join(' ');
}
