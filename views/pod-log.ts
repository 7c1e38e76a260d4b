import type { OpenPodLog } from '../src/model/pod-log.ts';
import { type PodLogRow, selectPodLogRows } from '../src/store/selectors/pod-log-rows.ts';
import type { DescribeContext, ListView, Section } from '../src/ui/view.ts';
import { factsSection } from './parts/describe.ts';
import { logColumns } from './parts/log-columns.ts';

/** The log of one pod with all its containers, as it comes. The list follows its end while the cursor is on the last line. */
export const podLogView = {
  kind: 'list',
  name: 'pod-log',
  title: 'Pod log',
  isDetail: true,
  followsEnd: true,
  about: ({ podLog }) => podLog && nameOf(podLog),
  rows: selectPodLogRows,
  nodes: () => [],
  probes: [],
  isFault: ({ text }) => /\b(?:error|fail(?:ed|ure)?|fatal|panic|denied|cannot|refused)\b/i.test(text),
  describe: describeLine,
  empty: ({ podLog }) =>
    podLog === undefined ? 'No log is open: L on a pod of Workloads opens its log.' : `${standing(podLog)}.`,
  bindings: [],
  columns: logColumns<PodLogRow>('Number of the line since the log was opened.', 'The container and what it said.'),
  sortedBy: 'LINE',
} satisfies ListView<PodLogRow>;

const nameOf = ({ name }: OpenPodLog): string => `${name.namespace}/${name.pod}`;

/** How it stands with the log, as a clause. */
function standing(log: OpenPodLog): string {
  const about = nameOf(log);
  switch (log.state.kind) {
    case 'asking':
      return `The log of ${about} is asked for`;
    case 'following':
      return `${about} has said nothing`;
    case 'waiting':
      return `${about}: ${log.state.because}; it is asked again`;
    case 'ended':
      return `${about}: ${log.state.because}`;
  }
}

function describeLine({ number, text, pod, cluster }: PodLogRow, { state }: DescribeContext): readonly Section[] {
  return [
    factsSection('Line', [
      ['pod', pod],
      ['cluster', cluster],
      ['line', `${number}`],
      ['log', state.podLog && standing(state.podLog)],
    ]),
    { title: 'Text', lines: [[{ text }]] },
  ];
}
