// Plans made of what real nodes say, and steps run on them as they stand in the plan, each judged by its own conditions.
import { join } from 'node:path';
import { checks } from '../../src/checks/registry.ts';
import { judgeAll, needsOf } from '../../src/conditions/judge.ts';
import { nodeIo } from '../../src/config/node-io.ts';
import { formatProblems } from '../../src/config/problem.ts';
import { readInventory } from '../../src/config/read.ts';
import { readTemplates, templateRenderer } from '../../src/config/templates.ts';
import type { Action, FleetView, NodeView } from '../../src/model/action.ts';
import type { CheckFacts, Need, Observed } from '../../src/model/check.ts';
import type { Condition } from '../../src/model/condition.ts';
import type { Facts } from '../../src/model/facts.ts';
import type { NodeName } from '../../src/model/ids.ts';
import { type GivenInput, readInput } from '../../src/model/input.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import type { Answer } from '../../src/model/probe.ts';
import { quote } from '../../src/model/quote.ts';
import { probes } from '../../src/probes/registry.ts';
import { memoryIo } from '../config/memory-io.ts';
import type { Lab } from './lab.ts';
import { projectRoot } from './places.ts';

const render = templateRenderer(readTemplates(nodeIo, join(projectRoot, 'templates')));

/** The nodes of a lab behind an inventory of the test's own. */
export interface RealFleet {
  readonly lab: Lab;
  readonly inventory: Inventory;
}

/** An inventory with the lab's nodes and addresses, and what the test wishes besides. */
export async function realFleet(lab: Lab, wishes = ''): Promise<RealFleet> {
  const nodes = lab.nodes.map(({ name, address }) => `  ${name}: { address: ${address} }`).join('\n');
  const read = await readInventory('/t/muster.yaml', memoryIo({ '/t/muster.yaml': `nodes:\n${nodes}\n${wishes}` }));
  if (read.kind === 'invalid') throw new Error(formatProblems(read.errors));
  return { lab, inventory: read.inventory };
}

const shOf = (need: Need): string => (need.kind === 'check' ? checks[need.check].sh : probes[need.probe].ask.sh);

/** Asks all questions as root in one go, as the node's program would; an emulated node needs most of a second for each connection. */
async function askAll(lab: Lab, node: string, needs: readonly Need[]): Promise<readonly Answer[]> {
  const asked = needs.map(
    (need, at) =>
      `question${at}() {\n${shOf(need).trim()}\n}\n{ (question${at} ${quote([need.target ?? ''])}) </dev/null 2>/dev/null; echo "x$?"; } | base64 -w 0; echo`,
  );
  const said = await lab.node(node).tells(`sudo=\nexport LC_ALL=C\ncd /\n${asked.join('\n')}\ntrue`);
  return said.split('\n').map((line) => {
    const text = Buffer.from(line, 'base64').toString('utf8');
    const at = text.lastIndexOf('x');
    return { stdout: text.slice(0, Math.max(at, 0)), exitCode: Number(text.slice(at + 1)) };
  });
}

/** Everything asked of one node, by its real answers. */
export async function observe({ lab }: RealFleet, node: string, needs: readonly Need[]): Promise<Observed> {
  const facts: { [probe: string]: unknown } = {};
  const checked = new Map<string, CheckFacts[keyof CheckFacts]>();
  const failed = new Map<string, string>();
  const absent = new Map<string, string>();
  const answers = needs.length === 0 ? [] : await askAll(lab, node, needs);
  for (const [index, need] of needs.entries()) {
    const answer = answers[index] ?? { stdout: '', exitCode: 1 };
    const key = need.kind === 'probe' ? need.probe : `${need.check} ${need.target}`;
    try {
      if (need.kind === 'check') {
        checked.set(key, checks[need.check].parse(answer, need.target));
        continue;
      }
      const context = { atMs: 1, ...(need.target === undefined ? {} : { target: need.target }) };
      const parsed = probes[need.probe].parse(answer, context as never);
      const known = facts['usage'] as Facts['usage'] | undefined;
      if (parsed.kind === 'absent') absent.set(key, parsed.because);
      else if (need.probe === 'usage')
        facts['usage'] = { byTarget: { ...known?.byTarget, [need.target ?? '']: parsed.value } };
      else facts[need.probe] = parsed.value;
    } catch (error) {
      const name = need.kind === 'probe' && need.target !== undefined ? `${key} ${need.target}` : key;
      failed.set(name, error instanceof Error ? error.message : String(error));
    }
  }
  return { atMs: 1, facts, checks: checked, failed, absent };
}

/** Looks until the action wants nothing new, then plans. */
export async function planOn(action: Action, given: GivenInput, fleet: RealFleet): Promise<Plan> {
  const read = readInput(action.fields, given, fleet.inventory);
  if (read.kind === 'problems')
    throw new Error(read.problems.map(({ field, because }) => `${field}: ${because}`).join('; '));
  let views: ReadonlyMap<NodeName, NodeView> = new Map();
  const nowMs = Date.now();
  const view = (): FleetView => ({ inventory: fleet.inventory, nodes: views, nowMs, render });
  for (let asked = -1, now = 0; asked !== now; ) {
    asked = now;
    const needs = action.needs(read.input, view());
    now = [...needs.values()].flat().length;
    if (now === asked) break;
    views = new Map(
      await Promise.all(
        [...needs].map(async ([name, own]) => [name, { name, seen: await observe(fleet, name, own) }] as const),
      ),
    );
  }
  return action.plan(read.input, view());
}

/** Whether conditions hold on a node now; undefined where they do. */
export async function whyNot(fleet: RealFleet, node: string, asked: readonly Condition[]): Promise<string | undefined> {
  const verdict = judgeAll(asked, await observe(fleet, node, needsOf(asked)));
  return verdict.kind === 'holds' ? undefined : `${verdict.kind}: ${verdict.because}`;
}

/** Runs one step as it stands: already done, guard, command, done. */
export async function runStep(fleet: RealFleet, node: string, step: Step): Promise<string> {
  const done = typeof step.done === 'string' ? undefined : step.done;
  if (done !== undefined && (await whyNot(fleet, node, done)) === undefined) return 'already';
  const guard = await whyNot(fleet, node, step.guard);
  if (guard !== undefined) return `guarded: ${guard}`;
  const input = Buffer.from(step.run.stdin ?? '').toString('base64');
  const { code, stdout, stderr } = await fleet.lab
    .node(node)
    .says(`cd /\necho ${input} | base64 -d | ${quote(step.run.argv)}`);
  if (code !== 0) return `exit ${code}: ${stderr.trim() || stdout.trim()}`;
  const because = done === undefined ? undefined : await whyNot(fleet, node, done);
  return because === undefined ? 'changed' : `unverified: ${because}`;
}

/** Runs a plan stage by stage; what each step came to, up to the first that did not go well. */
export async function apply(fleet: RealFleet, plan: Plan): Promise<readonly string[]> {
  if (plan.kind !== 'change') return [`${plan.kind}: ${plan.because}`];
  const outcomes: string[] = [];
  for (const { jobs } of plan.stages) {
    const ran = await Promise.all(
      jobs.map(async ({ node, steps }) => {
        const own: string[] = [];
        for (const step of steps) {
          const outcome = await runStep(fleet, node, step);
          own.push(`${node}: ${step.title}: ${outcome}`);
          if (process.env['MUSTER_LAB_SAY'] !== undefined) process.stdout.write(`${own.at(-1)}\n`);
          if (outcome !== 'already' && outcome !== 'changed') break;
        }
        return own;
      }),
    );
    outcomes.push(...ran.flat());
    if (outcomes.some((line) => !/: (already|changed)$/.test(line))) break;
  }
  return outcomes;
}

/** The undo steps of a plan, last step first, as one plan. */
export async function undo(fleet: RealFleet, plan: Plan): Promise<readonly string[]> {
  if (plan.kind !== 'change') return [];
  const outcomes: string[] = [];
  for (const { jobs } of plan.stages.toReversed()) {
    for (const { node, steps } of jobs) {
      for (const step of steps.toReversed()) {
        for (const back of 'never' in step.undo ? [] : step.undo) {
          outcomes.push(`${node}: ${back.title}: ${await runStep(fleet, node, back)}`);
        }
      }
    }
  }
  return outcomes;
}
