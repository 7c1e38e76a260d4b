// Plans and runs an action as the runner does, with the real programs of this machine: checks and commands are the product's, run by sh.
import { spawn } from 'node:child_process';
import { checks } from '../../src/checks/registry.ts';
import { judgeAll, needsOf } from '../../src/conditions/judge.ts';
import type { Action, FleetView, NodeView } from '../../src/model/action.ts';
import { type CheckFacts, type CheckName, type Need, needKey, type Observed } from '../../src/model/check.ts';
import type { Command } from '../../src/model/command.ts';
import type { Condition } from '../../src/model/condition.ts';
import { nodeName } from '../../src/model/ids.ts';
import { type GivenInput, readInput } from '../../src/model/input.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import type { Plan, Step } from '../../src/model/plan.ts';

export interface Ran {
  readonly code: number | null;
  readonly said: string;
}

/** This machine as the node `deploy`, with an environment of its own. */
export interface ByHand {
  readonly plan: (action: Action, given: GivenInput) => Promise<Plan>;
  /** Runs one step: done already? guard? command, done now? */
  readonly step: (step: Step, broken?: 'exit' | 'lost') => Promise<string>;
  /** Runs all steps to the end or the first failure; tells each as `title: outcome`. */
  readonly run: (plan: Plan, breakAt?: number, how?: 'exit' | 'lost') => Promise<readonly string[]>;
  readonly look: (needs: readonly Need[]) => Promise<Observed>;
}

const HERE = nodeName('deploy');

export function byHand(inventory: Inventory, env: NodeJS.ProcessEnv): ByHand {
  const sh = (argv: readonly string[], input: string): Promise<Ran> =>
    new Promise((resolve) => {
      const [program = 'true', ...args] = argv;
      const child = spawn(program, args, { env, stdio: 'pipe' });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk));
      child.stderr.on('data', (chunk: Buffer) => (said += chunk));
      child.on('close', (code) => resolve({ code, said }));
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
  const check = async <C extends CheckName>(name: C, target: string): Promise<CheckFacts[C]> => {
    const { code, said } = await sh(['sh', '-c', checks[name].sh, 'muster', target], '');
    return checks[name].parse({ stdout: said, exitCode: code ?? -1 }, target) as CheckFacts[C];
  };
  const look = async (needs: readonly Need[]): Promise<Observed> => {
    const values = new Map<string, CheckFacts[CheckName]>();
    for (const need of needs)
      if (need.kind === 'check') values.set(needKey(need), await check(need.check, need.target));
    return { atMs: 0, facts: {}, checks: values, failed: new Map(), absent: new Map() };
  };
  const holds = async (conditions: readonly Condition[]) => judgeAll(conditions, await look(needsOf(conditions)));
  const command = ({ argv, stdin = '' }: Command): Promise<Ran> => sh(argv, stdin);
  const step = async (one: Step, broken?: 'exit' | 'lost'): Promise<string> => {
    const done = typeof one.done === 'string' ? [] : one.done;
    // One look for both, as the runner does.
    const seen = await look(needsOf([...done, ...one.guard]));
    if (judgeAll(done, seen).kind === 'holds') return 'already';
    const guard = judgeAll(one.guard, seen);
    if (guard.kind !== 'holds') return `guarded: ${guard.because}`;
    if (broken === 'exit') return 'failed before it did anything';
    const { code, said } = await command(one.run);
    if (broken === 'lost') return 'lost after it did everything';
    if (code !== 0) return `exit ${code}: ${said.trim().split('\n').at(-1)}`;
    const verdict = await holds(done);
    return verdict.kind === 'holds' ? 'changed' : `unverified: ${verdict.because}`;
  };
  return {
    look,
    step,
    plan: async (action, given) => {
      const read = readInput(action.fields, given, inventory);
      if (read.kind === 'problems') throw new Error(read.problems.map(({ because }) => because).join('; '));
      let view: NodeView = { name: HERE, seen: await look([]) };
      const fleet = (): FleetView => ({
        inventory,
        nodes: new Map([
          [HERE, view],
          [nodeName('localhost'), view],
        ]),
        nowMs: 0,
        render: () => '',
      });
      const checked = new Map(view.seen.checks);
      for (let isNew = true; isNew; ) {
        const needs = [...action.needs(read.input, fleet()).values()].flat();
        const others = needs.filter((need) => !checked.has(needKey(need)));
        isNew = others.length > 0;
        for (const [key, value] of (await look(others)).checks) checked.set(key, value);
        view = { name: HERE, seen: { ...view.seen, checks: checked } };
      }
      return action.plan(read.input, fleet());
    },
    run: async (plan, breakAt = -1, how = 'exit') => {
      const told: string[] = [];
      if (plan.kind !== 'change') return [`${plan.kind}: ${plan.because}`];
      const steps = plan.stages.flatMap(({ jobs }) => jobs.flatMap((job) => job.steps));
      for (const [index, one] of steps.entries()) {
        const outcome = await step(one, index === breakAt ? how : undefined);
        told.push(`${one.title}: ${outcome}`);
        if (outcome !== 'already' && outcome !== 'changed') break;
      }
      return told;
    },
  };
}
