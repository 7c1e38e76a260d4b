import { checked, type Observed } from '../model/check.ts';
import type { Condition, ConditionRules, Verdict } from '../model/condition.ts';
import { type GpuSettings, HELD_FROM_BYTES, isMps, namedUsers, usersOfGpu } from '../model/gpu-state.ts';
import { formatBytes } from '../model/units.ts';
import { ask, fails, HOLDS, look, onCheck, onFact, unless } from './verdicts.ts';

type GpuWish = Extract<Condition, { kind: 'gpu-set' }>;

/** What is asked of cards, of who uses them, and of the driver below. */
export const gpuRules = {
  'gpu-set': {
    needs: () => [look('gpuSettings', 'all')],
    judge: (wish, seen) => onCard(seen, wish, (card) => unless(whyOtherwise(wish, card))),
    words: (wish) =>
      `${wish.about} has ${wishes(wish)
        .map(({ what, wished }) => `${what} ${wished}`)
        .join(', ')}`,
  },
  'gpu-unused': {
    needs: () => [ask('gpus'), ask('gpuProcesses'), look('gpuHolders', 'all'), look('gpuSettings', 'all')],
    judge: ({ gpu, about, except }, seen) =>
      onCheck(seen, 'gpuHolders', 'all', (holders) => {
        const processes = seen.facts.gpuProcesses ?? [];
        const cards = checked(seen, 'gpuSettings', 'all') ?? [];
        const used = { holders, processes, cards, gpus: seen.facts.gpus ?? [] };
        const users = usersOfGpu(used, gpu).filter(
          ({ words, isSeen }) => (except !== 'mps' || !isMps(words)) && (except !== 'unseen' || isSeen),
        );
        if (users.length > 0) return fails(`${about} is in use by ${namedUsers(users)}`);
        const silent = seen.failed.get('gpuProcesses');
        // A driver that fails names nobody, and nobody computes with it; one that is slow may still have users.
        return silent !== undefined && /no answer/i.test(silent)
          ? { kind: 'unknown', because: `who computes on ${about}: ${silent}` }
          : HOLDS;
      }),
    words: ({ about }) => `nobody uses ${about}`,
  },
  'gpu-answers': {
    needs: () => [ask('gpus')],
    judge: ({ busId, about }, seen) =>
      onFact(
        seen,
        'gpus',
        (gpus) => {
          const card = gpus.find((each) => each.busId === busId);
          if (card === undefined) return fails(`nvidia-smi does not show ${about}`);
          if (card.error !== undefined) return fails(`${about}: ${card.error}`);
          return unless(card.retiredPagesPending === true ? `${about} waits for a reset` : undefined);
        },
        fails,
      ),
    words: ({ about }) => `${about} answers`,
  },
  'gpu-memory-free': {
    needs: () => [look('gpuSettings', 'all')],
    judge: (wish, seen) =>
      onCard(seen, wish, ({ memoryUsedBytes: used }) => {
        if (used === undefined) return { kind: 'unknown', because: `${wish.about} does not tell its memory` };
        return unless(used < HELD_FROM_BYTES ? undefined : `${wish.about} holds ${formatBytes(used)}`);
      }),
    words: ({ about }) => `the memory of ${about} is free`,
  },
  mps: {
    needs: () => [look('gpuStack', 'all')],
    judge: ({ runs }, seen) =>
      onCheck(seen, 'gpuStack', 'all', ({ mps }) => {
        const daemon = mps.find(({ kind }) => kind === 'control');
        if (runs) return unless(daemon === undefined ? 'no MPS control daemon runs' : undefined);
        return unless(daemon === undefined ? undefined : `the MPS control daemon runs (${daemon.pid} ${daemon.user})`);
      }),
    words: ({ runs }) => `the MPS control daemon ${runs ? 'runs' : 'does not run'}`,
  },
  'gpu-module': {
    needs: () => [look('gpuStack', 'all')],
    judge: (_, seen) =>
      onCheck(seen, 'gpuStack', 'all', ({ modules }) =>
        unless(modules.some(({ name }) => name === 'nvidia') ? undefined : 'the kernel module nvidia is not loaded'),
      ),
    words: () => 'the kernel module nvidia is loaded',
  },
} satisfies Partial<ConditionRules>;

function onCard(
  seen: Observed,
  { gpu, about }: { readonly gpu: string; readonly about: string },
  judge: (card: GpuSettings) => Verdict,
): Verdict {
  return onCheck(seen, 'gpuSettings', 'all', (cards) => {
    const card = cards.find(({ uuid }) => uuid === gpu);
    return card === undefined ? fails(`nvidia-smi does not show ${about} (${gpu})`) : judge(card);
  });
}

/** Power limits are set in watts and told in hundredths. */
const SAME_W = 0.5;

function whyOtherwise(wish: GpuWish, card: GpuSettings): string | undefined {
  const different = wishes(wish).find(({ key, wished }) => {
    const seen = card[key];
    if (key === 'powerLimitW') return seen === undefined || Math.abs(Number(seen) - (wish.powerLimitW ?? 0)) > SAME_W;
    return wordOf(seen) !== wished;
  });
  return different === undefined ? undefined : `${wish.about} has ${different.what} ${wordOf(card[different.key])}`;
}

const NAMES = {
  computeMode: 'compute mode',
  persistence: 'persistence mode',
  powerLimitW: 'power limit',
  timeSlice: 'time-slice',
  mig: 'MIG mode',
  migPending: 'pending MIG mode',
} as const;
type Settable = keyof typeof NAMES;

function wishes(wish: GpuWish): readonly { readonly key: Settable; readonly what: string; readonly wished: string }[] {
  const keys: readonly Settable[] = ['computeMode', 'persistence', 'powerLimitW', 'timeSlice', 'mig', 'migPending'];
  return keys.flatMap((key) => {
    const value = wish[key];
    return value === undefined
      ? []
      : [{ key, what: NAMES[key], wished: key === 'powerLimitW' ? `${value} W` : wordOf(value) }];
  });
}

const wordOf = (value: string | number | boolean | undefined): string =>
  value === undefined ? 'unknown' : value === true ? 'on' : value === false ? 'off' : String(value);
