import { type Command, describeCommand, mask } from '../model/command.ts';
import { diffLines } from '../model/diff-lines.ts';
import type { NodeName } from '../model/ids.ts';
import { itemLines } from '../model/item-lines.ts';
import { foldNodes } from '../model/node-set.ts';
import type { Job, NodeNote, Plan, Preview, Stage, Step } from '../model/plan.ts';

/**
 * A plan as text: stages, equal jobs of several nodes once, per step what is there now, what will be, and the exact command. A script of
 * several lines stands at the end, once, and by its name in the commands: a plan of ten files would else be ten times the same page.
 */
export function planLines(plan: Plan): readonly string[] {
  const notes = [
    ...('already' in plan ? plan.already.map(({ nodes, because }) => `already: ${foldNodes(nodes)}: ${because}`) : []),
    ...('refused' in plan ? plan.refused.map(refusedLine) : []),
  ];
  switch (plan.kind) {
    case 'no-op':
      return [plan.title, `nothing to do: ${plan.because}`, ...notes];
    case 'refused':
      return [plan.title, `refused: ${plan.because}; ${plan.tryThis}`, ...notes];
    case 'change': {
      const scripts = scriptsOf(plan.stages);
      return [
        plan.title,
        ...plan.stages.flatMap((stage, index) => stageLines(stage, index, plan.stages.length, scripts)),
        ...notes,
        ...[...scripts].flatMap(([text, name]) => [
          `${name}, word for word:`,
          ...text.split('\n').map((line) => `  ${line}`.trimEnd()),
        ]),
      ];
    }
  }
}

const refusedLine = ({ nodes, because, tryThis }: NodeNote): string =>
  `refused: ${foldNodes(nodes)}: ${because}${tryThis === undefined ? '' : `; ${tryThis}`}`;

/** Text to name, in the order of the plan. */
type Scripts = ReadonlyMap<string, string>;

function scriptsOf(stages: readonly Stage[]): Scripts {
  const names = new Map<string, string>();
  for (const { run } of stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps))) {
    const text = scriptOf(run);
    if (text !== undefined && !names.has(text)) names.set(text, `SCRIPT-${names.size + 1}`);
  }
  return names;
}

/** The text of `sh -c TEXT …` where it has several lines. */
const scriptOf = ({ argv: [program, flag, text] }: Command): string | undefined =>
  program === 'sh' && flag === '-c' && text?.includes('\n') === true ? text : undefined;

function stageLines(
  { title, jobs, maxAtOnce, note }: Stage,
  index: number,
  count: number,
  scripts: Scripts,
): readonly string[] {
  const width = maxAtOnce === undefined ? '' : ` (at most ${maxAtOnce} at once)`;
  return [
    ...(count > 1 ? [`stage ${index + 1}: ${title}${width}`] : width === '' ? [] : [`${title}${width}`]),
    ...(note === undefined ? [] : [`  ${note}`]),
    ...gathered(jobs).flatMap(({ nodes, steps }) => [
      `  ${foldNodes(nodes)}`,
      ...steps.flatMap((step) => stepLines(step, scripts)),
    ]),
  ];
}

/** Equal steps of several nodes are read once. */
function gathered(jobs: readonly Job[]): readonly { readonly nodes: NodeName[]; readonly steps: readonly Step[] }[] {
  const groups = new Map<string, { readonly nodes: NodeName[]; readonly steps: readonly Step[] }>();
  for (const { node, steps } of jobs) {
    const key = JSON.stringify(steps);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { nodes: [node], steps });
    else group.nodes.push(node);
  }
  return [...groups.values()];
}

function stepLines({ title, run, as, risk, preview, undo, warnings }: Step, scripts: Scripts): readonly string[] {
  return [
    `    ${title} [${risk.replace('-', ' ')}]`,
    `      ${as === 'root' ? '#' : '$'} ${oneLine(describeCommand(named(run, scripts)))}`,
    ...(run.onDisk === undefined ? [] : [`      then on disk: ${oneLine(run.onDisk.join(', '))}`]),
    ...preview.flatMap((each) => previewLines(each, run.secrets)).map((line) => `      ${line}`),
    ...warnings.map((warning) => `      warning: ${warning}`),
    ...('never' in undo ? [`      cannot be undone: ${undo.never}`] : []),
  ];
}

function named(run: Command, scripts: Scripts): Command {
  const name = scripts.get(scriptOf(run) ?? '');
  const [program, flag, , ...rest] = run.argv;
  return name === undefined || flag === undefined ? run : { ...run, argv: [program, flag, name, ...rest] };
}

const oneLine = (text: string): string => text.replaceAll('\n', '\\n');

function previewLines(preview: Preview, secrets: readonly string[] | undefined): readonly string[] {
  if (preview.kind === 'state')
    return [`now:   ${mask(preview.now, secrets)}`, `after: ${mask(preview.after, secrets)}`];
  if (preview.kind === 'items')
    return [
      preview.head,
      ...itemLines(preview.items).map((line) => `  ${line}`),
      `after: ${preview.after}`,
      ...preview.left.map((line) => `left:  ${line}`),
    ];
  const { path, before, after } = preview;
  return [
    `${path}${before === undefined ? ' (new)' : after === undefined ? ' (goes)' : ''}`,
    ...diffLines(before, after).map((line) =>
      line.kind === 'skip'
        ? `  ... ${line.count} lines`
        : `${line.kind === 'gone' ? '-' : line.kind === 'new' ? '+' : ' '} ${mask(line.text, secrets)}`,
    ),
  ];
}
