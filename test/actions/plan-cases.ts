// Plan cases as data: a small inventory, nodes in a few words, an input; and what every plan must survive, run on nodes that behave.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { judgeAll, needsOf, wordsOf } from '../../src/conditions/judge.ts';
import { nodeIo } from '../../src/config/node-io.ts';
import { formatProblems } from '../../src/config/problem.ts';
import { readInventory } from '../../src/config/read.ts';
import { readTemplates, templateRenderer } from '../../src/config/templates.ts';
import type { Action, FleetView, NodeView } from '../../src/model/action.ts';
import { mask } from '../../src/model/command.ts';
import type { NodeName } from '../../src/model/ids.ts';
import { type GivenInput, readInput } from '../../src/model/input.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import { itemLines } from '../../src/model/item-lines.ts';
import { foldNodes } from '../../src/model/node-set.ts';
import type { NodeNote, Plan, Preview, Step } from '../../src/model/plan.ts';
import type { PlaybookStudy } from '../../src/model/playbook.ts';

import { quote } from '../../src/model/quote.ts';
import { memoryIo } from '../config/memory-io.ts';
import { NOW_MS, observe, type SimNode, simNode } from './sim-node.ts';
import { run } from './sim-run.ts';
import type { NodeSpec } from './sim-state.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = join(root, 'test/fixtures/actions');
const render = templateRenderer(readTemplates(nodeIo, relative(process.cwd(), join(root, 'templates'))));

/** One case file. */
export interface PlanCase {
  readonly action: string;
  readonly name: string;
  /** Where its plan is kept as text. */
  readonly expected: string;
  readonly inventory: string;
  readonly nodes: { readonly [node: string]: NodeSpec | null };
  readonly input: GivenInput;
  /** What was learned of a playbook on this machine; `wouldDo` by node. */
  readonly playbook?: PlaybookStudy;
}

/** Every case, by action. */
export function planCases(): readonly PlanCase[] {
  return readdirSync(folder).flatMap((action) =>
    readdirSync(join(folder, action))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => ({
        ...(parse(readFileSync(join(folder, action, file), 'utf8')) as Omit<PlanCase, 'action' | 'name' | 'expected'>),
        action,
        name: file.replace('.yaml', '').replaceAll('-', ' '),
        expected: join(folder, action, file.replace('.yaml', '.txt')),
      })),
  );
}

/** Nodes that behave, and what an action sees of them. */
export interface SimFleet {
  readonly inventory: Inventory;
  readonly nodes: ReadonlyMap<string, SimNode>;
  readonly playbook?: PlaybookStudy;
}

export async function simFleet({
  inventory: text,
  nodes,
  playbook,
}: Pick<PlanCase, 'inventory' | 'nodes' | 'playbook'>): Promise<SimFleet> {
  const read = await readInventory('/lab/muster.yaml', memoryIo({ '/lab/muster.yaml': text }));
  if (read.kind === 'invalid') throw new Error(formatProblems(read.errors));
  const made = new Map<string, SimNode>();
  const isServed = (source: string): boolean => {
    const [server = '', path = ''] = source.split(':');
    const node = made.get(server);
    return node === undefined || node.kernelExports.split('\n').some((line) => line.startsWith(`${path} `));
  };
  for (const { name } of read.inventory.nodes) made.set(name, simNode(name, nodes[name] ?? {}, isServed));
  if (playbook !== undefined) made.set('localhost', simNode('localhost', {}, isServed));
  return { inventory: read.inventory, nodes: made, ...(playbook === undefined ? {} : { playbook: studied(playbook) }) };
}

/** A case writes maps as YAML does. */
const studied = (study: PlaybookStudy): PlaybookStudy =>
  study.kind === 'studied' && study.wouldDo !== undefined
    ? { ...study, wouldDo: new Map(Object.entries(study.wouldDo)) }
    : study;

/** Asks what the action needs until it wants nothing new, then plans. */
export function planOn(action: Action, given: GivenInput, { inventory, nodes, playbook }: SimFleet): Plan {
  const read = readInput(action.fields, given, inventory);
  if (read.kind === 'problems')
    throw new Error(read.problems.map(({ field, because }) => `${field}: ${because}`).join('; '));
  let views = new Map<NodeName, NodeView>();
  const study = playbook === undefined ? {} : { playbook };
  const fleet = (): FleetView => ({ inventory, nodes: views, nowMs: NOW_MS, render, ...study });
  for (let asked = -1, now = 0; asked !== now; ) {
    asked = now;
    const needs = action.needs(read.input, fleet());
    now = [...needs.values()].flat().length;
    views = new Map(
      [...needs].flatMap(([name, own]): readonly [NodeName, NodeView][] => {
        const node = nodes.get(name);
        if (node === undefined) return [];
        const { unreachable, offLimits } = node.spec;
        return [
          [
            name,
            {
              name,
              ...(unreachable === undefined ? {} : { unreachable }),
              ...(offLimits === undefined ? {} : { offLimits }),
              seen: observe(node, unreachable === undefined ? own : [], NOW_MS),
            },
          ],
        ];
      }),
    );
  }
  return action.plan(read.input, fleet());
}

/** What became of a step. */
export type StepRun = 'already' | 'changed' | `guarded: ${string}` | `exit: ${string}` | `unverified: ${string}`;

/** How the world may break a command. */
export type Break = 'exit' | 'timeout' | 'lost';

/** Runs one step as the runner does: done already, guard, command, done. `broken` breaks this command. */
export function runStep(node: SimNode, step: Step, following: Step | undefined, broken?: Break): StepRun {
  const isDone = (): string | undefined => {
    const asked = step.done === 'with-next' ? following?.done : step.done;
    if (asked === undefined || typeof asked === 'string') return undefined;
    const verdict = judgeAll(asked, observe(node, needsOf(asked), NOW_MS));
    return verdict.kind === 'holds' ? undefined : verdict.because;
  };
  if (step.done !== 'exit-code' && step.done !== 'with-next' && isDone() === undefined) return 'already';
  const guard = judgeAll(step.guard, observe(node, needsOf(step.guard), NOW_MS));
  if (guard.kind !== 'holds') return `guarded: ${guard.because}`;
  if (broken === 'exit') return 'exit: broken before it did anything';
  const ran = run(node, step.run);
  if (broken !== undefined) return 'exit: broken after it did everything';
  if (ran.exitCode !== 0) return `exit: ${ran.words}`;
  const because = step.done === 'with-next' ? undefined : isDone();
  return because === undefined ? 'changed' : `unverified: ${because}`;
}

/** Runs a plan to its end or first failure; `breakAt` is the number of the command that breaks. Says what each step that did not go well did. */
export function apply(plan: Plan, fleet: SimFleet, breakAt = -1, how: Break = 'exit'): readonly string[] {
  if (plan.kind !== 'change') return [];
  let count = 0;
  const bad: string[] = [];
  for (const { jobs } of plan.stages) {
    for (const { node: name, steps } of jobs) {
      const node = fleet.nodes.get(name);
      if (node === undefined) throw new Error(`no node ${name}`);
      for (const [index, step] of steps.entries()) {
        const ran = runStep(node, step, steps[index + 1], count === breakAt ? how : undefined);
        if (ran !== 'already') count += 1;
        if (ran === 'already' || ran === 'changed') continue;
        bad.push(`${name}: ${step.title}: ${ran}`);
        break;
      }
    }
    if (bad.length > 0) break;
  }
  return bad;
}

/** A plan as a reader would want it: every command, condition, preview, warning and undo. */
export function planText(plan: Plan): string {
  const head = plan.kind === 'change' ? plan.title : `${plan.title}: ${plan.kind}: ${plan.because}`;
  const lines =
    plan.kind === 'change'
      ? plan.stages.flatMap(({ title, jobs, maxAtOnce, note }) => [
          `== ${title}${maxAtOnce === undefined ? '' : ` (at most ${maxAtOnce} at once)`}${note === undefined ? '' : `: ${note}`}`,
          ...jobs.flatMap(({ node, steps }) => [`${node}`, ...steps.flatMap((step) => stepLines(step, '  '))]),
        ])
      : [];
  const notes = [
    ...(plan.kind === 'refused' ? [] : plan.already.map((note) => noteLine('already', note))),
    ...(plan.kind === 'no-op' ? [] : plan.refused.map((note) => noteLine('refused', note))),
  ];
  return `${[head, ...(plan.kind === 'refused' ? [`  try: ${plan.tryThis}`] : []), ...lines, ...notes].join('\n')}\n`;
}

const noteLine = (kind: string, { nodes, because, tryThis }: NodeNote): string =>
  `${kind} ${foldNodes(nodes)}: ${because}${tryThis === undefined ? '' : ` (try: ${tryThis})`}`;

function stepLines(step: Step, indent: string): readonly string[] {
  const { argv, stdin, onDisk, secrets } = step.run;
  const told = argv[0] === 'sh' ? ['sh', '-c', '…', ...argv.slice(3)] : argv;
  const more = [
    `$ ${mask(quote(told), secrets)}`,
    ...(stdin === undefined
      ? []
      : mask(stdin, secrets)
          .trimEnd()
          .split('\n')
          .map((line) => `| ${line}`)),
    ...(onDisk === undefined ? [] : [`then on disk: ${onDisk.join(', ')}`]),
    ...step.preview.flatMap(previewText),
    ...step.guard.map((condition) => `guard: ${wordsOf(condition)}`),
    ...(typeof step.done === 'string'
      ? [`done: ${step.done}`]
      : step.done.map((condition) => `done: ${wordsOf(condition)}`)),
    ...step.warnings.map((warning) => `warning: ${warning}`),
    ...('never' in step.undo ? [`undo: never, ${step.undo.never}`] : step.undo.map(({ title }) => `undo: ${title}`)),
  ];
  return [`${indent}${step.title} [${step.risk}]`, ...more.map((line) => `${indent}    ${line}`)];
}

function previewText(preview: Preview): readonly string[] {
  if (preview.kind === 'state') return [`now: ${preview.now}; after: ${preview.after}`];
  if (preview.kind === 'items')
    return [
      preview.head,
      ...itemLines(preview.items),
      `after: ${preview.after}`,
      ...preview.left.map((line) => `left: ${line}`),
    ];
  const { path, before, after } = preview;
  return [`file ${path}: ${before === undefined ? 'new' : after === undefined ? 'removed' : 'changed'}`];
}
