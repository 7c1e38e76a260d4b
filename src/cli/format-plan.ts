import { describeCommand, mask } from '../model/command.ts';
import { diffLines } from '../model/diff-lines.ts';
import type { NodeName } from '../model/ids.ts';
import { foldNodes } from '../model/node-set.ts';
import type { Job, NodeNote, Plan, Preview, Stage, Step } from '../model/plan.ts';

/** A plan as text: stages, equal jobs of several nodes once, per step what is there now, what will be, and the exact command. */
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
    case 'change':
      return [
        plan.title,
        ...plan.stages.flatMap((stage, index) => stageLines(stage, index, plan.stages.length)),
        ...notes,
      ];
  }
}

const refusedLine = ({ nodes, because, tryThis }: NodeNote): string =>
  `refused: ${foldNodes(nodes)}: ${because}${tryThis === undefined ? '' : `; ${tryThis}`}`;

function stageLines({ title, jobs, maxAtOnce, note }: Stage, index: number, count: number): readonly string[] {
  const width = maxAtOnce === undefined ? '' : ` (at most ${maxAtOnce} at once)`;
  return [
    ...(count > 1 ? [`stage ${index + 1}: ${title}${width}`] : width === '' ? [] : [`${title}${width}`]),
    ...(note === undefined ? [] : [`  ${note}`]),
    ...gathered(jobs).flatMap(({ nodes, steps }) => [`  ${foldNodes(nodes)}`, ...steps.flatMap(stepLines)]),
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

function stepLines({ title, run, as, risk, preview, undo, warnings }: Step): readonly string[] {
  return [
    `    ${title} [${risk.replace('-', ' ')}]`,
    `      ${as === 'root' ? '#' : '$'} ${oneLine(describeCommand(run))}`,
    ...preview.flatMap((each) => previewLines(each, run.secrets)).map((line) => `      ${line}`),
    ...warnings.map((warning) => `      warning: ${warning}`),
    ...('never' in undo ? [`      cannot be undone: ${undo.never}`] : []),
  ];
}

const oneLine = (text: string): string => text.replaceAll('\n', '\\n');

function previewLines(preview: Preview, secrets: readonly string[] | undefined): readonly string[] {
  if (preview.kind === 'state')
    return [`now:   ${mask(preview.now, secrets)}`, `after: ${mask(preview.after, secrets)}`];
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
