import type { Finding } from '../../src/model/finding.ts';
import type { NodeName } from '../../src/model/ids.ts';
import type { Link } from '../../src/model/link.ts';
import { foldNodes } from '../../src/model/node-set.ts';
import { formatClock, formatDuration, formatLatency } from '../../src/model/units.ts';
import type { FleetEventRow, State } from '../../src/store/state.ts';
import { glyphOf, LINK_MARKS, SEVERITY_MARKS } from '../../src/ui/marks.ts';
import type { Cell, DescribeContext, Line, Section, Span } from '../../src/ui/view.ts';
import { retryText, spansOf } from './cells.ts';

const LABEL_WIDTH = 16;
/** Events of one thing worth showing: the log view has the rest. */
const EVENTS_SHOWN = 8;

/** A label and what is known; pairs without a value are left out. */
export type Pair = readonly [label: string, value: Cell | undefined];

/** A block of labelled facts; `none` stands for an empty one. */
export function factsSection(title: string, pairs: readonly Pair[], none = 'nothing known yet'): Section {
  const lines = pairs.flatMap(([label, value]) =>
    value === undefined || value === '' ? [] : [pairLine(label, value)],
  );
  return { title, lines: lines.length > 0 ? lines : [[{ text: none, role: 'dim' }]] };
}

const pairLine = (label: string, value: Cell): Line => [
  { text: `${label.padEnd(LABEL_WIDTH - 1)} `, role: 'dim' },
  ...spansOf(value),
];

/** A block of plain sentences; left out where there are none. */
export function sentencesSection(
  title: string,
  sentences: readonly string[],
  role: Span['role'] = 'plain',
): readonly Section[] {
  return sentences.length === 0 ? [] : [{ title, lines: sentences.map((text) => [{ text, role }]) }];
}

/** The findings that touch a thing: what, since when, what to do. */
export function findingsSection(
  findings: readonly Finding[],
  { nowMs, ascii }: Pick<DescribeContext, 'nowMs' | 'ascii'>,
): Section {
  const lines = findings.flatMap((finding): readonly Line[] => {
    const mark = SEVERITY_MARKS[finding.severity];
    return [
      [
        { text: `${glyphOf(mark, ascii)} ${mark.word}: `, role: mark.role },
        { text: finding.title, role: 'strong' },
        { text: `, for ${formatDuration(nowMs - finding.sinceMs)}`, role: 'dim' },
      ],
      [{ text: `  do: ${finding.nextMove}`, role: 'accent' }],
    ];
  });
  return { title: 'Findings', lines: lines.length > 0 ? lines : [[{ text: 'none', role: 'dim' }]] };
}

/** The last events that are wanted, newest first; equal ones of the same second are one line for all of their nodes. */
export function eventsWhere(
  state: State,
  isWanted: (event: FleetEventRow) => boolean,
  { isNodeKnown = false }: { readonly isNodeKnown?: boolean } = {},
): Section {
  const alike = Map.groupBy(
    state.events.filter(isWanted).toReversed(),
    ({ atMs, text }) => `${formatClock(atMs)} ${text}`,
  );
  const lines = [...alike.values()].slice(0, EVENTS_SHOWN).flatMap((events): readonly Line[] => {
    const [event] = events;
    if (event === undefined) return [];
    const nodes = isNodeKnown ? '' : foldNodes(events.flatMap(({ node }) => node ?? []));
    return [
      [
        { text: `${formatClock(event.atMs)}  `, role: 'dim' },
        ...(nodes === '' ? [] : [{ text: `${nodes}  `, role: 'accent' as const }]),
        { text: event.text, role: SEVERITY_MARKS[event.severity].role },
      ],
    ];
  });
  return { title: 'Recent events', lines: lines.length > 0 ? lines : [[{ text: 'none', role: 'dim' }]] };
}

/** The last events of a node that name a thing on it, or all of the node's. */
export function eventsSection(state: State, of: NodeName | undefined, about?: string): Section {
  return eventsWhere(state, ({ node, text }) => node === of && (about === undefined || text.includes(about)), {
    isNodeKnown: true,
  });
}

/** What the connection to a node says, in a sentence. */
export function linkSentence(link: Link | undefined, nowMs: number): Cell {
  const kind = link?.kind ?? 'idle';
  return [{ text: linkWords(link, nowMs), role: LINK_MARKS[kind].role }];
}

function linkWords(link: Link | undefined, nowMs: number): string {
  if (link === undefined || link.kind === 'idle') return 'not connected yet';
  const since = 'sinceMs' in link ? ` for ${formatDuration(nowMs - link.sinceMs)}` : '';
  switch (link.kind) {
    case 'connecting':
      return `connecting${since}, try ${link.attempt}`;
    case 'up':
      return `up${since} over ${link.transport}${link.roundTripMs === undefined ? '' : `, round trip ${formatLatency(link.roundTripMs)}`}${link.because === undefined ? '' : `; ${link.because}`}`;
    case 'late':
      return `late: nothing heard for ${formatDuration(nowMs - link.lastHeardMs)}`;
    case 'lost':
      return `lost${since}: ${link.because}; ${retryText(link.retryAtMs, nowMs)}${lastHeard(link.lastHeardMs, nowMs)}`;
    case 'refused':
      return `refused${since}: ${link.because}`;
    default:
      return link.because;
  }
}

const lastHeard = (atMs: number | undefined, nowMs: number): string =>
  atMs === undefined ? '' : `, last heard ${formatDuration(nowMs - atMs)} ago`;
