import type { Rollout, StepState } from '../src/model/rollout.ts';
import { formatDuration } from '../src/model/units.ts';
import { type BoardRow, gatherFailures, selectBoardRows } from '../src/store/selectors/rollout-rows.ts';
import { glyphOf, JOB_MARKS, PHASE_MARKS, STEP_MARKS } from '../src/ui/marks.ts';
import { wrap } from '../src/ui/terminal/surface.ts';
import type { CanvasContext, CanvasPicture, CanvasView, Line, Place, Section, Span } from '../src/ui/view.ts';
import { factsSection } from './parts/describe.ts';
import { commandLines } from './parts/plan-text.ts';
import { ROLLOUT_BINDINGS, rolloutColumn, rolloutFilter, SHOWN_STATES, whyNotRunning } from './parts/rollout.ts';
import { legendLines, type StepCells, stepCells } from './parts/rollout-steps.ts';
import { sized } from './parts/sized.ts';

/** A node that takes this much longer than the middle one of its stage is marked as a straggler. */
const STRAGGLER_FACTOR = 2;
/** Kinds of failure shown above the nodes; the rows and their describe pane have all. */
const FAILURES_SHOWN = 5;
/** It is over, and not every node is as it should be. */
const ENDED_BADLY = { ...JOB_MARKS.failed, word: 'ended' };
/** Nobody is late in the first seconds. */
const STRAGGLER_LEAST_MS = 5_000;

/** A rollout as it goes: nodes by steps, live, with what fails gathered below. */
export const rolloutView = {
  kind: 'canvas',
  name: 'rollout',
  title: 'Rollout',
  isDetail: true,
  rows: selectBoardRows,
  nodes: ({ node }) => [node],
  probes: [],
  isFault: ({ progress: { state } }) => state === 'failed' || state === 'timed-out' || state === 'unknown',
  describe: describeJob,
  empty: () => 'This rollout has no steps yet.',
  bindings: [
    {
      key: 'enter',
      title: 'log',
      action: 'rollout',
      ask: ({ rollout, node }) => ({ kind: 'open-log', rollout, node }),
    },
    {
      key: 'p',
      title: 'plan',
      action: 'open-view',
      open: ({ rollout }) => ({ view: 'plan', filter: rolloutFilter(rollout.id) }),
    },
    ...ROLLOUT_BINDINGS,
    {
      key: 'S',
      title: 'skip the node',
      action: 'rollout',
      disabled: ({ rollout, progress }) =>
        whyNotRunning(rollout) ??
        (progress.state === 'queued' ? undefined : 'only a node that has not begun can be skipped'),
      ask: ({ rollout, node }) => ({ kind: 'skip', rollout, node }),
    },
    {
      key: 'W',
      title: 'waves',
      action: 'rollout',
      disabled: ({ rollout }) => whyNotRunning(rollout),
      ask: ({ rollout }) => ({ kind: 'limit', rollout }),
    },
  ],
  columns: [
    rolloutColumn(),
    {
      header: 'NODE',
      help: 'The node.',
      width: { min: 8, max: 24 },
      cell: ({ node }) => node,
      value: ({ node }) => node,
      term: 'node',
    },
    {
      header: 'STATE',
      help: 'Queued, running, done, failed, timed out, unknown or skipped.',
      width: { min: 9, max: 9 },
      cell: ({ progress }) => JOB_MARKS[progress.state].word,
      value: ({ progress }) => JOB_MARKS[progress.state].word,
      term: 'state',
    },
    {
      header: 'SAYS',
      help: 'What failed, or the last words.',
      width: { min: 20, grow: 1 },
      cell: ({ failure, progress }) => failure ?? progress.waiting ?? progress.says ?? '',
      value: ({ failure, progress }) => failure ?? progress.waiting ?? progress.says,
      term: 'says',
    },
  ],
  paint,
} satisfies CanvasView<BoardRow>;

function paint(rows: readonly BoardRow[], context: CanvasContext): CanvasPicture {
  const lines: Line[] = [];
  const places = new Map<string, Place>();
  const nameWidth = Math.min(24, Math.max(4, ...rows.map(({ node }) => node.length)));
  let group = '';
  let stageLook: StageLook = { nameWidth, cells: stepCells([], context), middleMs: undefined };
  for (const row of rows) {
    const key = `${row.rollout.id}/${row.stage}`;
    if (!group.startsWith(`${row.rollout.id}/`))
      lines.push(
        ...titleLines(row, rows, context).flatMap((line) => wrap(line, context.width)),
        ...failureLines(row, rows, context),
      );
    if (key !== group) {
      const own = rows.filter(({ rollout, stage }) => rollout === row.rollout && stage === row.stage);
      lines.push([], stageLine(row), ...legendLines(own, context));
      stageLook = { nameWidth, cells: stepCells(own, context), middleMs: middleTookMs(own) };
    }
    group = key;
    places.set(row.id, { x: 0, y: lines.length, width: context.width, liftedWidth: row.node.length });
    lines.push(jobLine(row, stageLook, context));
  }
  return { lines, places };
}

function titleLines(
  { rollout, isOrphan }: BoardRow,
  rows: readonly BoardRow[],
  context: CanvasContext,
): readonly Line[] {
  const own = rows.filter((row) => row.rollout === rollout);
  const hasFailed = own.some(({ progress: { state } }) => state !== 'succeeded' && state !== 'skipped');
  const mark = rollout.phase === 'ended' && hasFailed ? ENDED_BADLY : PHASE_MARKS[rollout.phase];
  const endMs = rollout.endedAtMs ?? (rollout.startedAtMs === undefined ? undefined : context.nowMs);
  const took =
    rollout.startedAtMs === undefined || endMs === undefined ? '' : formatDuration(endMs - rollout.startedAtMs);
  return [
    [
      { text: `${glyphOf(mark, context.ascii)} ${mark.word} ${took}  `, role: mark.role },
      { text: rollout.plan?.title ?? rollout.action, role: 'strong' },
      ...(rollout.limits === undefined
        ? []
        : [
            {
              text: `  canary ${rollout.limits.canary}, ${rollout.limits.maxUnavailable} at once, ${rollout.limits.maxFailures} may fail`,
              role: 'dim' as const,
            },
          ]),
    ],
    countSpans(own, context.ascii),
    ...neverBegun(rollout, own),
    ...(isOrphan
      ? [
          [
            {
              text: 'no process drives it now; steps that run go on by themselves. z takes it up again',
              role: 'critical' as const,
            },
          ],
        ]
      : []),
    ...(rollout.pausedBecause === undefined || rollout.phase !== 'paused'
      ? []
      : [[{ text: `paused: ${rollout.pausedBecause}; ${movesOf(rollout)}`, role: 'warning' as const }]]),
  ];
}

/** What its failures paused is for somebody to decide about. */
const movesOf = ({ pausedBy }: Rollout): string =>
  pausedBy === undefined ? 'z goes on with the others, t tries again, u takes back, x ends it' : 'z resumes it';

/** What failed, equal words once: above the nodes, where it is read first. */
function failureLines(
  { rollout }: BoardRow,
  rows: readonly BoardRow[],
  { width, ascii }: CanvasContext,
): readonly Line[] {
  const failures = gatherFailures(rows.filter((row) => row.rollout === rollout));
  const shown = failures.slice(0, FAILURES_SHOWN).map(
    ({ text, nodes }): Line => [
      { text: `  ${nodes}: `, role: 'accent' },
      { text: sized(text, Math.max(20, width - nodes.length - 4), ascii).trimEnd(), role: 'critical' },
    ],
  );
  const more = failures.length - shown.length;
  return [...shown, ...(more > 0 ? [[{ text: `  and ${more} other failures`, role: 'dim' as const }]] : [])];
}

/** Why nodes never had their turn, and the next move. */
function neverBegun({ phase }: Rollout, rows: readonly BoardRow[]): readonly Line[] {
  const count = rows.filter(({ progress: { state } }) => state === 'queued').length;
  if (phase !== 'ended' || count === 0) return [];
  const text = `it stopped before ${count === 1 ? '1 node' : `${count} nodes`} had a turn; t plans again for all that are not done, u takes back what is`;
  return [[{ text, role: 'warning' }]];
}

function countSpans(rows: readonly BoardRow[], ascii: boolean): Line {
  return SHOWN_STATES.flatMap((state): readonly Span[] => {
    const count = rows.filter(({ progress }) => progress.state === state).length;
    const mark = JOB_MARKS[state];
    return count === 0 ? [] : [{ text: `${glyphOf(mark, ascii)} ${count} ${mark.word}  `, role: mark.role }];
  });
}

function stageLine({ rollout, stage, stageTitle }: BoardRow): Line {
  const stages = rollout.plan?.kind === 'change' ? rollout.plan.stages.length : 1;
  return [{ text: stages > 1 ? `Stage ${stage + 1} of ${stages}: ${stageTitle}` : stageTitle, role: 'heading' }];
}

/** What the lines of one stage have in common. */
interface StageLook {
  readonly nameWidth: number;
  readonly cells: StepCells;
  readonly middleMs: number | undefined;
}

function jobLine(row: BoardRow, { nameWidth, cells, middleMs }: StageLook, context: CanvasContext): Line {
  const { progress, failure } = row;
  const mark = JOB_MARKS[progress.state];
  const took = tookMs(progress.steps, context);
  const isSlow = progress.state === 'running' && isStraggler(took, middleMs);
  const words = failure ?? progress.waiting ?? progress.says ?? '';
  const used = nameWidth + 2 + cells.width + 2 + 10 + 6;
  return [
    { text: `${row.node.padEnd(nameWidth)}  ` },
    ...cells.cellOf(row),
    { text: `  ${mark.word.padEnd(9)} `, role: mark.role },
    { text: `${took === undefined ? '' : formatDuration(took)}`.padStart(4), role: isSlow ? 'warning' : 'dim' },
    { text: isSlow ? ' slow ' : '  ', role: 'warning' },
    {
      text: sized(words, Math.max(10, context.width - used - (isSlow ? 4 : 0)), context.ascii).trimEnd(),
      role: failure === undefined ? 'dim' : 'critical',
    },
  ];
}

/** From the first start to the last end, or until now; undefined where nothing began. */
function tookMs(steps: readonly StepState[], context: Pick<CanvasContext, 'nowMs'>): number | undefined {
  const started = steps.flatMap(({ startedAtMs }) => startedAtMs ?? []);
  const first = started[0];
  if (first === undefined) return undefined;
  const isRunning = steps.some(({ startedAtMs, outcome }) => startedAtMs !== undefined && outcome === undefined);
  const ends = steps.flatMap(({ endedAtMs }) => endedAtMs ?? []);
  return (isRunning ? context.nowMs : Math.max(first, ...ends)) - first;
}

/** How long the middle one of those that are done took; looked for once per stage, because a thousand nodes ask. */
function middleTookMs(own: readonly BoardRow[]): number | undefined {
  const ended = own
    .filter(({ progress }) => progress.state === 'succeeded')
    .flatMap(({ progress }) => tookMs(progress.steps, { nowMs: 0 }) ?? [])
    .sort((left, right) => left - right);
  return ended[Math.floor(ended.length / 2)];
}

const isStraggler = (took: number | undefined, middle: number | undefined): boolean =>
  took !== undefined && middle !== undefined && took >= STRAGGLER_LEAST_MS && took > STRAGGLER_FACTOR * middle;

function describeJob({ node, job, progress, stageTitle, failure }: BoardRow): readonly Section[] {
  return [
    factsSection('Node', [
      ['node', node],
      ['stage', stageTitle],
      ['state', JOB_MARKS[progress.state].word],
      ['failure', failure],
      ['waits', progress.waiting],
    ]),
    ...job.steps.map((step, index): Section => {
      const state = progress.steps[index];
      const outcome =
        state?.outcome === undefined
          ? state?.startedAtMs === undefined
            ? 'not begun'
            : 'running'
          : STEP_MARKS[state.outcome.kind].word;
      return {
        title: `${index + 1} ${step.title}`,
        lines: [[{ text: outcome }], ...commandLines(step, '', true)],
      };
    }),
  ];
}
