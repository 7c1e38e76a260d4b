import type { ConditionRules } from '../model/condition.ts';
import { ask, fails, HOLDS, onFact, unless } from './verdicts.ts';

/** What is asked of a node as a whole. */
export const nodeRules = {
  'booted-since': {
    needs: () => [ask('identity')],
    judge: ({ bootId }, seen) =>
      onFact(seen, 'identity', (identity) => {
        if (identity.bootId === '') return { kind: 'unknown', because: 'the node does not tell its boot id' };
        return unless(identity.bootId === bootId ? 'it has not booted since' : undefined);
      }),
    words: () => 'the node has booted since',
  },
  gpus: {
    needs: () => [ask('gpus')],
    judge: ({ count }, seen) =>
      onFact(
        seen,
        'gpus',
        (gpus) => {
          const answering = gpus.filter(({ error }) => error === undefined).length;
          return answering >= count ? HOLDS : fails(`${answering} of ${count} GPUs answer`);
        },
        (because) => (count === 0 ? HOLDS : fails(because)),
      ),
    words: ({ count }) => `${count} GPU${count === 1 ? ' answers' : 's answer'}`,
  },
} satisfies Pick<ConditionRules, 'booted-since' | 'gpus'>;
