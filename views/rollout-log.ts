import { type LogRow, selectLogRows } from '../src/store/selectors/rollout-rows.ts';
import type { ListView, Section } from '../src/ui/view.ts';
import { factsSection } from './parts/describe.ts';
import { logColumns } from './parts/log-columns.ts';

/** The log of one node of a rollout: what its steps said, as it comes. The list follows its end while the cursor is on the last line. */
export const rolloutLogView = {
  kind: 'list',
  name: 'rollout-log',
  title: 'Rollout log',
  isDetail: true,
  followsEnd: true,
  about: ({ log }) => log?.node,
  rows: selectLogRows,
  nodes: ({ node }) => [node],
  probes: [],
  isFault: ({ text }) => /\b(?:error|fail(?:ed|ure)?|denied|cannot|refused|no space)\b/i.test(text),
  describe: (row) => describeLine(row),
  empty: ({ log }) =>
    log === undefined ? 'No log is open: Enter on a node of a rollout opens its log.' : 'Its steps have said nothing.',
  bindings: [],
  columns: logColumns<LogRow>(
    'Number of the line in the file; ~ is a guess while it grows faster than it is counted.',
    'What was said.',
  ),
  sortedBy: 'LINE',
} satisfies ListView<LogRow>;

function describeLine({ number, isGuess, text, node, rollout }: LogRow): readonly Section[] {
  return [
    factsSection('Line', [
      ['node', node],
      ['rollout', rollout],
      ['line', `${isGuess === true ? 'about ' : ''}${number}`],
    ]),
    { title: 'Text', lines: [[{ text }]] },
  ];
}
