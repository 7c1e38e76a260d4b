// Every plan case: the plan as text, run on nodes that behave, run twice, and broken at every command in three ways.
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import type { Plan } from '../../src/model/plan.ts';
import {
  apply,
  type Break,
  type PlanCase,
  planCases,
  planOn,
  planText,
  type SimFleet,
  simFleet,
} from './plan-cases.ts';

const actionOf = (name: string) => {
  const found = actions.find((action) => action.name === name);
  if (found === undefined) throw new Error(`no action ${name}`);
  return found;
};

async function planned(one: PlanCase): Promise<{ readonly fleet: SimFleet; readonly plan: Plan }> {
  const fleet = await simFleet(one);
  return { fleet, plan: planOn(actionOf(one.action), one.input, fleet) };
}

const destroyed = ({ nodes }: SimFleet): readonly string[] => [...nodes.values()].flatMap((node) => node.destroyed);

const commandsOf = (plan: Plan): number =>
  plan.kind === 'change' ? plan.stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps)).length : 0;

test('every action has a plan case', () => {
  const covered = new Set(planCases().map(({ action }) => action));
  expect(actions.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
});

describe.each(planCases())('$action: $name', (one) => {
  test('is planned as written down', async () => {
    const { plan } = await planned(one);
    await expect(planText(plan)).toMatchFileSnapshot(one.expected);
  });

  test('comes about, and a second plan changes nothing', async () => {
    const { fleet, plan } = await planned(one);
    if (plan.kind !== 'change') return;
    expect(apply(plan, fleet)).toEqual([]);
    const before = destroyed(fleet);
    expect(apply(plan, fleet)).toEqual([]);
    const again = planOn(actionOf(one.action), one.input, fleet);
    if (!ALWAYS_ANEW.has(one.action)) expect(again.kind === 'change' ? planText(again) : '').toBe('');
    expect(destroyed(fleet)).toEqual(before);
  });

  test('broken at any command in any way, the same plan converges and destroys nothing twice', async () => {
    const whole = await planned(one);
    if (whole.plan.kind !== 'change') return;
    apply(whole.plan, whole.fleet);
    const ways: readonly Break[] = ['exit', 'timeout', 'lost'];
    for (let at = 0; at < commandsOf(whole.plan); at += 1) {
      for (const how of ways) {
        const { fleet, plan } = await planned(one);
        apply(plan, fleet, at, how);
        expect(apply(plan, fleet), `command ${at} broken by ${how}`).toEqual([]);
        expect(destroyed(fleet), `command ${at} broken by ${how}`).toEqual(destroyed(whole.fleet));
      }
    }
  });
});

/** Actions that do the same thing again when they are asked again. */
const ALWAYS_ANEW = new Set(['run-command', 'run-script', 'service', 'reboot', 'playbook']);
