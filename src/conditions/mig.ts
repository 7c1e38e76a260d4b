import type { Condition, ConditionRules } from '../model/condition.ts';
import type { MigInstance } from '../model/gpu-state.ts';
import { fails, HOLDS, look, onCheck, unless } from './verdicts.ts';

type CountWish = Extract<Condition, { kind: 'mig-count' }>;

/** What is asked of a card's MIG instances. */
export const migRules = {
  'mig-offers': {
    needs: ({ gpu }) => [look('gpuMig', gpu)],
    judge: ({ gpu, about, profile }, seen) =>
      onCheck(seen, 'gpuMig', gpu, ({ profiles }) => {
        if (profiles.some(({ name }) => name === profile)) return HOLDS;
        const names = profiles.map(({ name }) => name).join(', ');
        return fails(
          names === '' ? `${about} lists no MIG profiles` : `${about} has no profile ${profile}; it lists ${names}`,
        );
      }),
    words: ({ about, profile }) => `${about} lists the profile ${profile}`,
  },
  'mig-count': {
    needs: ({ gpu }) => [look('gpuMig', gpu)],
    judge: (wish, seen) => onCheck(seen, 'gpuMig', wish.gpu, ({ instances }) => unless(whyOtherCount(wish, instances))),
    words: ({ about, profile, leastWhole, mostWhole, notBare, most }) => {
      const counts = [
        leastWhole === undefined ? undefined : `at least ${leastWhole} whole`,
        mostWhole === undefined ? undefined : `at most ${mostWhole} whole`,
        most === undefined ? undefined : `at most ${most}`,
      ].filter((words) => words !== undefined);
      return notBare === undefined
        ? `${about} has ${counts.join(', ')} of MIG ${profile}`
        : `GPU instance ${notBare} of ${about} does not lie there without a compute instance`;
    },
  },
} satisfies Partial<ConditionRules>;

function whyOtherCount(wish: CountWish, instances: readonly MigInstance[]): string | undefined {
  const own = instances.filter(({ profile }) => profile === wish.profile);
  const whole = own.filter(({ computeIds }) => computeIds.length > 0).length;
  const bare = own.length - whole;
  const isSo =
    whole >= (wish.leastWhole ?? 0) &&
    whole <= (wish.mostWhole ?? whole) &&
    !own.some(({ id, computeIds }) => id === wish.notBare && computeIds.length === 0) &&
    own.length <= (wish.most ?? own.length);
  const besides = bare === 0 ? '' : ` and ${bare} without a compute instance`;
  return isSo ? undefined : `${wish.about} has ${whole} of MIG ${wish.profile}${besides}`;
}
