import { whyNeverStarted } from '../src/model/not-started.ts';
import { formatDuration } from '../src/model/units.ts';
import { type RolloutRow, selectRolloutRows } from '../src/store/selectors/rollout-rows.ts';
import { glyphOf, JOB_MARKS, LEFT_ALONE, PHASE_MARKS } from '../src/ui/marks.ts';
import type { Cell, CellContext, Column, ListView, Section, Span } from '../src/ui/view.ts';
import { factsSection } from './parts/describe.ts';
import { foldedWithin } from './parts/folded.ts';
import { ROLLOUT_BINDINGS, rolloutFilter, SHOWN_STATES } from './parts/rollout.ts';

const columns: readonly Column<RolloutRow>[] = [
  {
    header: 'STATE',
    help: 'Planned: waits for a yes. Running, paused, aborting, or how it ended.',
    width: { min: 11, max: 11 },
    cell: stateCell,
    value: ({ rollout, counts }) => `${rollout.phase}${counts.failed > 0 ? ' failed' : ''}`,
    term: 'state',
  },
  {
    header: 'AGE',
    help: 'Time since it was asked for.',
    width: { min: 5, max: 5 },
    align: 'right',
    cell: ({ rollout }, context) => formatDuration(context.nowMs - rollout.requestedAtMs),
    value: ({ rollout }, moment) => moment.nowMs - rollout.requestedAtMs,
    unit: 'ms',
    term: 'age',
  },
  {
    header: 'WHAT',
    help: 'What it does.',
    width: { min: 20, grow: 3 },
    cell: ({ title }) => [{ text: title, role: 'strong' }],
    value: ({ title }) => title,
    term: 'title',
  },
  {
    header: 'NODES',
    help: 'Nodes it touches, folded.',
    width: { min: 8, max: 30, grow: 1 },
    cell: ({ folded, nodes }, context) => foldedWithin(folded, nodes.length, context),
    value: ({ folded }) => folded,
    names: ({ nodes }) => nodes,
    term: 'node',
  },
  {
    header: 'PROGRESS',
    help: 'Nodes by outcome.',
    width: { min: 14, max: 30, grow: 1 },
    cell: progressCell,
    value: ({ counts, nodes }) => counts.succeeded / Math.max(1, nodes.length),
    unit: 'ratio',
    term: 'progress',
  },
  {
    header: 'BY',
    help: 'Who asked for it, and from where.',
    width: { min: 8, max: 24 },
    cell: ({ rollout: { author } }) => [{ text: `${author.user}@${author.host}`, role: 'dim' }],
    value: ({ rollout: { author } }) => `${author.user}@${author.host}`,
    term: 'by',
  },
  {
    header: 'ROLLOUT',
    help: 'Its id, for the command line.',
    width: { min: 20, max: 20 },
    cell: ({ id }) => [{ text: id, role: 'dim' }],
    value: ({ id }) => id,
    term: 'rollout',
    isOptional: true,
  },
];

/** What muster is doing and has done, one row per rollout, also those other consoles started. */
export const rolloutsView = {
  kind: 'list',
  name: 'rollouts',
  title: 'Rollouts',
  aliases: ['jobs', 'audit'],
  rows: selectRolloutRows,
  nodes: ({ nodes }) => nodes,
  probes: [],
  isFault: ({ counts }) => counts.failed + counts['timed-out'] + counts.unknown > 0,
  describe: describeRollout,
  empty: () => 'No rollouts: a on a row opens the actions, and what they do is kept here.',
  bindings: [
    {
      key: 'enter',
      title: 'open',
      action: 'open-view',
      open: ({ rollout }) => ({
        view: rollout.startedAtMs === undefined ? 'plan' : 'rollout',
        filter: rolloutFilter(rollout.id),
      }),
    },
    {
      key: 'p',
      title: 'plan',
      action: 'open-view',
      open: ({ rollout }) => ({ view: 'plan', filter: rolloutFilter(rollout.id) }),
    },
    ...ROLLOUT_BINDINGS,
  ],
  columns,
  sortedBy: 'AGE',
} satisfies ListView<RolloutRow>;

function stateCell({ rollout, counts, isOrphan }: RolloutRow, { ascii }: CellContext): Cell {
  if (isOrphan && rollout.startedAtMs !== undefined)
    return [{ text: `${glyphOf(LEFT_ALONE, ascii)} ${LEFT_ALONE.word}`, role: LEFT_ALONE.role }];
  const bad = counts.failed + counts['timed-out'] + counts.unknown > 0;
  const neverStarted = whyNeverStarted(rollout);
  if (neverStarted !== undefined) return [{ text: neverStarted, role: 'dim' }];
  const mark = rollout.phase === 'ended' && bad ? JOB_MARKS.failed : PHASE_MARKS[rollout.phase];
  return [{ text: `${glyphOf(mark, ascii)} ${mark.word}`, role: mark.role }];
}

function progressCell({ counts, nodes, rollout }: RolloutRow, { ascii }: CellContext): Cell {
  if (rollout.startedAtMs === undefined) return [{ text: `${nodes.length} nodes`, role: 'dim' }];
  return SHOWN_STATES.filter((state) => counts[state] > 0).map((state): Span => {
    const mark = JOB_MARKS[state];
    return { text: `${glyphOf(mark, ascii)}${counts[state]} `, role: mark.role };
  });
}

function describeRollout({ rollout, folded, counts }: RolloutRow): readonly Section[] {
  const { author } = rollout;
  const input = Object.entries(rollout.input).map(([name, value]) => `${name}=${String(value)}`);
  return [
    factsSection('Rollout', [
      ['id', rollout.id],
      ['action', rollout.action],
      ['nodes', folded],
      ['asked by', `${author.user}@${author.host}${author.from === undefined ? '' : ` from ${author.from}`}`],
      ['reason', rollout.reason ?? 'none given'],
      ['input', input.join(' ')],
      ...(rollout.after === undefined ? [] : [[rollout.after.how, rollout.after.id] as const]),
      ...(rollout.limits === undefined
        ? []
        : [
            [
              'limits',
              `canary ${rollout.limits.canary}, at most ${rollout.limits.maxUnavailable} at once, ${rollout.limits.maxFailures} may fail`,
            ] as const,
          ]),
      ...(rollout.pausedBecause === undefined ? [] : [['paused', rollout.pausedBecause] as const]),
      [
        'outcome',
        SHOWN_STATES.filter((state) => counts[state] > 0)
          .map((state) => `${counts[state]} ${JOB_MARKS[state].word}`)
          .join(', '),
      ],
    ]),
  ];
}
