import { phraseFor } from '../src/model/confirmation.ts';
import { foldNodes } from '../src/model/node-set.ts';
import { namesOfOneMachine } from '../src/store/selectors/one-machine.ts';
import type { PlanRow } from '../src/store/selectors/rollout-rows.ts';
import { selectPlanRows } from '../src/store/selectors/rollout-rows.ts';
import type { State } from '../src/store/state.ts';
import { glyphOf, RISK_MARKS } from '../src/ui/marks.ts';
import { fitted, wrap } from '../src/ui/terminal/surface.ts';
import type { CanvasContext, CanvasPicture, CanvasView, Line, Place, Section } from '../src/ui/view.ts';
import { factsSection } from './parts/describe.ts';
import { foldedWithin } from './parts/folded.ts';
import { commandLines, conditionLines, previewLines, undoLines } from './parts/plan-text.ts';
import { rolloutColumn, rolloutFilter } from './parts/rollout.ts';

/** The mark of a row, lifted out where the cursor is. */
const LIFTED = 4;

/** Lines of one step's preview in the picture; the describe pane has all of them. */
const PREVIEW_LINES = 8;

/** What an action would do: stage by stage, equal steps of many nodes once, with commands, files, what is skipped and what is refused. */
export const planView = {
  kind: 'canvas',
  name: 'plan',
  title: 'Plan',
  isDetail: true,
  rows: selectPlanRows,
  nodes: ({ nodes }) => nodes,
  probes: [],
  isFault: ({ kind }) => kind === 'refused' || kind === 'refusal',
  describe: describeRow,
  empty: () => 'No plan is open: a on a row opens the actions.',
  bindings: [
    {
      key: 'X',
      title: 'run it',
      action: 'rollout',
      disabled: ({ rollout }) => whyNotStart(rollout.phase, rollout.plan?.kind),
      ask: ({ rollout }) => ({ kind: 'start', rollout }),
    },
    {
      key: 'W',
      title: 'waves',
      action: 'rollout',
      disabled: ({ rollout }) => whyNotStart(rollout.phase, rollout.plan?.kind),
      ask: ({ rollout }) => ({ kind: 'limit', rollout }),
    },
    {
      key: 'D',
      title: 'give it up',
      action: 'rollout',
      disabled: ({ rollout }) => (rollout.startedAtMs === undefined ? undefined : 'it was started'),
      ask: ({ rollout }) => ({ kind: 'discard', rollout }),
    },
    {
      key: 't',
      title: 'plan again',
      action: 'rollout',
      disabled: ({ rollout }) => whyNotReplan(rollout),
      ask: ({ rollout }) => ({ kind: 'replan', rollout }),
    },
    {
      key: 'E',
      title: 'change its fields',
      action: 'rollout',
      disabled: ({ rollout }) => whyNotEdit(rollout),
      ask: ({ rollout }) => ({ kind: 'edit', rollout }),
    },
    {
      key: 'enter',
      title: 'board',
      action: 'open-view',
      disabled: ({ rollout }) => (rollout.startedAtMs === undefined ? 'it was not started; X runs it' : undefined),
      open: ({ rollout }) => ({ view: 'rollout', filter: rolloutFilter(rollout.id) }),
    },
  ],
  columns: [
    rolloutColumn(),
    {
      header: 'NODES',
      help: 'Nodes of the step, folded.',
      width: { min: 8, grow: 1 },
      cell: ({ nodes }, context) => foldedWithin(foldNodes(nodes), nodes.length, context),
      value: ({ nodes }) => foldNodes(nodes),
      names: ({ nodes }) => nodes,
      term: 'node',
    },
    {
      header: 'STEP',
      help: 'What it does.',
      width: { min: 20, grow: 3 },
      cell: textOf,
      value: textOf,
      term: 'step',
    },
  ],
  paint,
} satisfies CanvasView<PlanRow>;

function whyNotStart(phase: PlanRow['rollout']['phase'], plan: string | undefined): string | undefined {
  if (phase === 'planning') return 'it is still being planned';
  if (phase !== 'planned') return 'it was started already';
  if (plan === 'no-op') return 'there is nothing to do';
  return plan === 'change' ? undefined : 'it is refused';
}

function whyNotReplan({ phase, startedAtMs }: PlanRow['rollout']): string | undefined {
  if (startedAtMs !== undefined) return 'it was started; t on its board tries again what is not done';
  return phase === 'planning' ? 'it is still being planned' : undefined;
}

function whyNotEdit(rollout: PlanRow['rollout']): string | undefined {
  if (rollout.after !== undefined) return 'it follows another rollout, whose fields it has';
  return rollout.startedAtMs === undefined ? whyNotReplan(rollout) : 'it was started; plan another one';
}

function textOf(row: PlanRow): string {
  switch (row.kind) {
    case 'step':
      return row.step.title;
    case 'already':
    case 'refused':
      return row.note.because;
    default:
      return row.text;
  }
}

function paint(rows: readonly PlanRow[], { width, ascii, state }: CanvasContext): CanvasPicture {
  const lines: Line[] = [];
  const places = new Map<string, Place>();
  const heading = { rollout: '', group: '' };
  for (const row of rows) {
    if (heading.rollout !== row.rollout.id) {
      lines.push(...(lines.length > 0 ? [[]] : []), ...titleLines(row, state).flatMap((line) => wrap(line, width)));
      Object.assign(heading, { rollout: row.rollout.id, group: '' });
    }
    const group = groupOf(row);
    if (group !== heading.group) {
      lines.push([], [{ text: group, role: 'heading' }]);
      heading.group = group;
    }
    places.set(row.id, { x: 0, y: lines.length, width, liftedWidth: LIFTED });
    lines.push(...rowLines(row, ascii, width));
  }
  return { lines, places };
}

function groupOf(row: PlanRow): string {
  switch (row.kind) {
    case 'step': {
      const stages = row.rollout.plan?.kind === 'change' ? row.rollout.plan.stages.length : 1;
      return stages > 1 ? `Stage ${row.stage + 1} of ${stages}: ${row.stageTitle}` : row.stageTitle;
    }
    case 'already':
      return 'Already so';
    case 'refused':
      return 'Left out';
    default:
      return '';
  }
}

function titleLines({ rollout }: PlanRow, state: State): readonly Line[] {
  const { plan } = rollout;
  const title: Line = [{ text: plan?.title ?? rollout.action, role: 'strong' }];
  if (plan?.kind !== 'change' || rollout.phase !== 'planned') return [title];
  const phrase = phraseFor(plan);
  return [
    title,
    phrase === undefined
      ? [{ text: 'Nothing has been changed yet. X runs it, W sets waves, D gives it up.', role: 'notice' }]
      : [
          {
            text: `Nothing has been changed yet. X asks for a phrase and runs it: ${phrase.because}.`,
            role: 'warning',
          },
        ],
    ...namesOfOneMachine(plan, state).map(
      (names): Line => [
        {
          text: `${names.join(' and ')} are one machine, by its boot: leave all but one of these names out.`,
          role: 'warning',
        },
      ],
    ),
  ];
}

function rowLines(row: PlanRow, ascii: boolean, width: number): readonly Line[] {
  switch (row.kind) {
    case 'step': {
      const { step } = row;
      const preview = previewLines(step.preview, '      ');
      const more = preview.length - PREVIEW_LINES;
      return [
        stepLine(row, ascii, width),
        ...commandLines(step, '      '),
        ...preview.slice(0, PREVIEW_LINES),
        ...(more > 0 ? [[{ text: `      ${more} more lines: d shows them`, role: 'dim' as const }]] : []),
        ...step.warnings.map((text): Line => [{ text: `      ${text}`, role: 'warning' }]),
        ...('never' in step.undo && step.risk !== 'reads' ? undoLines(step, '      ') : []),
      ];
    }
    case 'already':
    case 'refused':
      return [
        [
          { text: `  ${foldNodes(row.note.nodes)}  `, role: 'accent' },
          { text: row.note.because, role: row.kind === 'refused' ? 'warning' : 'dim' },
        ],
        ...(row.note.tryThis === undefined ? [] : [[{ text: `      ${row.note.tryThis}`, role: 'plain' as const }]]),
      ];
    default:
      return [
        [{ text: row.text, role: row.kind === 'refusal' ? 'warning' : 'plain' }],
        ...(row.tryThis === undefined ? [] : [[{ text: row.tryThis }]]),
      ];
  }
}

/** What is done, how bad it may be and where: of a title that is too long the end goes, never the nodes. */
function stepLine({ step, nodes }: Extract<PlanRow, { readonly kind: 'step' }>, ascii: boolean, width: number): Line {
  const mark = RISK_MARKS[step.risk];
  const folded = foldedWithin(foldNodes(nodes), nodes.length, { width: Math.floor(width / 2) });
  const tail: Line = [
    ...(step.risk === 'changes' ? [] : [{ text: `  ${mark.word}`, role: mark.role }]),
    { text: `  ${folded}`, role: 'accent' },
  ];
  const room = width - LIFTED - tail.reduce((sum, { text }) => sum + text.length, 0);
  return [
    { text: `  ${glyphOf(mark, ascii)} `, role: mark.role },
    ...fitted([{ text: step.title, role: 'strong' }], room),
    ...tail,
  ];
}

function describeRow(row: PlanRow): readonly Section[] {
  if (row.kind !== 'step')
    return [{ title: groupOf(row) || 'Plan', lines: rowLines(row, false, Number.POSITIVE_INFINITY) }];
  const { step } = row;
  return [
    factsSection('Step', [
      ['what', step.title],
      ['nodes', `${row.nodes.length}: ${foldNodes(row.nodes)}`],
      ['as', step.as === 'root' ? 'root' : 'the login user'],
      ['risk', RISK_MARKS[step.risk].word],
      ['at most', `${Math.round(step.timeoutMs / 1000)} s`],
    ]),
    { title: 'Command', lines: commandLines(step, '', true) },
    { title: 'Change', lines: previewLines(step.preview, '') },
    ...conditionLines(step),
    { title: 'Undo', lines: undoLines(step) },
  ];
}
