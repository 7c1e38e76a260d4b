import type { ServiceState } from '../model/check.ts';
import type { Condition, ConditionRules } from '../model/condition.ts';
import { unitWords } from '../model/unit-log.ts';
import { fails, HOLDS, look, onCheck, unless } from './verdicts.ts';

type UnitWish = Extract<Condition, { kind: 'unit' }>;

/** States of UnitFileState in which a unit starts at boot, or would if anything asked for it. */
const ENABLED = /^(enabled|enabled-runtime|static|generated|alias|indirect)$/;

/** What is asked of systemd's units of any kind. */
export const unitRules = {
  unit: {
    needs: ({ unit }) => [look('service', unit)],
    judge: (condition, seen) =>
      onCheck(seen, 'service', condition.unit, (state) => unless(whyOtherState(condition, state))),
    words: ({ unit, load, active, isEnabled, isFresh }) => {
      const wished = [
        load === 'not-found' ? 'gone' : load,
        active,
        isEnabled === undefined ? undefined : isEnabled ? 'enabled' : 'disabled',
        isFresh === true ? 'read by systemd as it is now' : undefined,
      ];
      return `${unit} is ${wished.filter((word) => word !== undefined).join(', ')}`;
    },
  },
  'started-since': {
    needs: ({ unit }) => [look('service', unit)],
    judge: ({ unit, invocationId }, seen) =>
      onCheck(seen, 'service', unit, (state) => {
        if (state.active !== 'active') return fails(`${unit} is ${state.active}${wordsOf(state)}`);
        return state.invocationId !== '' && state.invocationId !== invocationId
          ? HOLDS
          : fails(`${unit} was not started since`);
      }),
    words: ({ unit }) => `${unit} was started anew`,
  },
} satisfies Pick<ConditionRules, 'unit' | 'started-since'>;

function whyOtherState({ unit, load, active, isEnabled, isFresh }: UnitWish, state: ServiceState): string | undefined {
  if (load !== undefined && state.load !== load) return `${unit} is ${state.load}`;
  if (isFresh === true && state.isStale) return `systemd has not read ${unit} since it changed`;
  if (active !== undefined && isActive(state) !== (active === 'active'))
    return `${unit} is ${state.active}${wordsOf(state)}`;
  if (isEnabled === undefined || ENABLED.test(state.fileState) === isEnabled) return undefined;
  return `${unit} is ${state.fileState === '' ? 'not enabled' : state.fileState}`;
}

const isActive = ({ active }: ServiceState): boolean => active === 'active' || active === 'reloading';

/** ` (exit-code): what it said last itself; or the last line of its log`. */
function wordsOf(state: ServiceState): string {
  const { result, lastLines } = state;
  const words = unitWords(state).join('; ') || lastLines.at(-1);
  return `${result === '' || result === 'success' ? '' : ` (${result})`}${words === undefined ? '' : `: ${words}`}`;
}
