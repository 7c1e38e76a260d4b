import type { NodeName } from '../../src/model/ids.ts';
import { foldNodes } from '../../src/model/node-set.ts';
import type { StepOutcome, StepState } from '../../src/model/rollout.ts';
import type { BoardRow } from '../../src/store/selectors/rollout-rows.ts';
import { glyphOf, JOB_MARKS, type Mark, STEP_MARKS } from '../../src/ui/marks.ts';
import { wrap } from '../../src/ui/terminal/surface.ts';
import type { CellContext, Line, Span } from '../../src/ui/view.ts';
import { drawnWidth, sized } from './sized.ts';

/** Steps that need more than this part of the width as glyphs are told as counts: node, state, time and words need the rest. */
const STEPS_SHARE = 1 / 3;
/** Counts and the title of a step need no more on the widest screen. */
const FOLDED_MOST = 44;
/** A legend of more lines would take the place of the nodes on a screen of 24. */
const LEGEND_LINES = 4;
/** The names of the nodes take no more of a line of the legend; the title of the step needs the rest. */
const NODES_SHARE = 1 / 3;

type Painting = Pick<CellContext, 'width' | 'ascii'>;

/** How the steps of one stage are drawn: in how many columns, the same for all of its nodes, and what stands there for one of them. */
export interface StepCells {
  readonly width: number;
  readonly cellOf: (row: BoardRow) => Line;
}

/** A glyph for each step where the longest row of the stage has room for them, otherwise counts by outcome and the present step. */
export function stepCells(own: readonly BoardRow[], { width, ascii }: Painting): StepCells {
  const most = mostSteps(own);
  const room = roomOf(width);
  if (most <= room) return { width: most, cellOf: (row) => glyphCell(row, most, ascii) };
  const folded = Math.min(room, FOLDED_MOST);
  return { width: folded, cellOf: (row) => foldedCell(row, folded, ascii) };
}

/**
 * What the glyphs or the counts of a stage stand for: all steps, where they are few and the same on its nodes; otherwise those that
 * failed and those that run, with the nodes they do so on.
 */
export function legendLines(own: readonly BoardRow[], { width, ascii }: Painting): readonly Line[] {
  const [first] = own;
  const most = mostSteps(own);
  if (first !== undefined && most <= roomOf(width) && own.every(({ job }) => job.steps.length === most)) {
    const lines = wholeLegend(
      first.job.steps.map(({ title }, index) => `${index + 1} ${title}`),
      width,
    );
    if (lines.length <= LEGEND_LINES) return lines;
  }
  return presentLegend(own, width, ascii);
}

const roomOf = (width: number): number => Math.floor(width * STEPS_SHARE);

const mostSteps = (own: readonly BoardRow[]): number =>
  own.reduce((most, { job }) => Math.max(most, job.steps.length), 0);

function glyphCell({ job, progress }: BoardRow, width: number, ascii: boolean): Line {
  const glyphs = job.steps.map((_, index): Span => {
    const mark = markOf(progress.steps[index]);
    return { text: glyphOf(mark, ascii), role: mark.role };
  });
  return [...glyphs, { text: ' '.repeat(width - glyphs.length) }];
}

function markOf(step: StepState | undefined): Mark {
  if (step?.outcome !== undefined) return STEP_MARKS[step.outcome.kind];
  return step?.startedAtMs === undefined ? JOB_MARKS.queued : JOB_MARKS.running;
}

/** `○20 ●16 ✗1 ▸ 38/100 install packages` in exactly `width` columns. Too long, it loses the end of the title, then counts of what went well. */
function foldedCell(row: BoardRow, width: number, ascii: boolean): Line {
  const counts = countSpans(row, ascii);
  const widthOf = (spans: Line): number => spans.reduce((sum, { text }) => sum + drawnWidth(text), 0);
  while (counts.length > 1 && widthOf(counts) > width) counts.shift();
  const { mark, text } = presentWords(row, ascii);
  return [...counts, { text: sized(text, Math.max(0, width - widthOf(counts)), ascii), role: mark.role }];
}

/** Kinds of outcome in the order they are told, what matters most last; those of one glyph are one count. */
const COUNTED: readonly (readonly [StepOutcome['kind'], ...StepOutcome['kind'][]])[] = [
  ['already'],
  ['changed'],
  ['skipped', 'omitted'],
  ['ignored'],
  ['failed'],
];

function countSpans(row: BoardRow, ascii: boolean): Span[] {
  const counts = new Map<StepOutcome['kind'], number>();
  for (const { outcome } of row.progress.steps.slice(firstTold(row))) {
    const kind = outcome?.kind;
    if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return COUNTED.flatMap((kinds): readonly Span[] => {
    const count = kinds.reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0);
    const mark = STEP_MARKS[kinds[0]];
    return count === 0 ? [] : [{ text: `${glyphOf(mark, ascii)}${count} `, role: mark.role }];
  });
}

/** The step a node is at: the one that runs, or failed, or comes next. The count has told the glyph of one that failed. */
function presentWords(row: BoardRow, ascii: boolean): { readonly mark: Mark; readonly text: string } {
  const { steps } = row.progress;
  const at = lastStep(row, isRunning) ?? lastStep(row, hasFailed);
  const next = at ?? steps.findIndex(({ outcome }, index) => outcome === undefined && index >= firstTold(row));
  if (next < 0) return { mark: JOB_MARKS.succeeded, text: '' };
  const mark = markOf(steps[next]);
  const glyph = glyphOf(mark, ascii);
  if (at === undefined && next === 0) return { mark, text: isDriven(row) ? glyph : `${glyph}${steps.length}` };
  const words = `${placeOf(row, next)} ${row.job.steps[next]?.title ?? ''}`;
  return { mark, text: hasFailed(steps[next]) ? words : `${glyph} ${words}` };
}

const hasFailed = (step: StepState | undefined): boolean => step?.outcome?.kind === 'failed';

const isRunning = (step: StepState | undefined): boolean =>
  step?.startedAtMs !== undefined && step.outcome === undefined;

/** The command that drives a stage is the first step of its nodes, and runs as long as all others: the last of a kind is the one that tells. */
function lastStep(row: BoardRow, is: (step: StepState | undefined) => boolean): number | undefined {
  const index = row.progress.steps.findLastIndex(is);
  return index < firstTold(row) ? undefined : index;
}

/** Nobody knows how many steps of a driven stage are to come. */
const placeOf = (row: BoardRow, index: number): string =>
  isDriven(row) ? `${index + 1}` : `${index + 1}/${row.job.steps.length}`;

function isDriven({ rollout: { plan }, stage }: BoardRow): boolean {
  return plan?.kind === 'change' && plan.stages[stage]?.driver !== undefined;
}

/** The first step that is told: not the command that drives the others, unless it alone runs or failed. */
function firstTold(row: BoardRow): number {
  const { steps } = row.progress;
  const isTold = !isDriven(row) || steps.length === 1 || (hasFailed(steps[0]) && steps.findLastIndex(hasFailed) === 0);
  return isTold ? 0 : 1;
}

/** All steps, broken between two of them. */
function wholeLegend(steps: readonly string[], width: number): readonly Line[] {
  // Titles may be enormous: no more than the legend may take is laid out.
  const most = LEGEND_LINES * width;
  const lines: string[] = [];
  for (const step of steps) {
    const line = lines.at(-1);
    const longer = `${line}  ${step.slice(0, most)}`;
    if (line !== undefined && drawnWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(step.slice(0, most));
  }
  return lines.flatMap((text) => wrap([{ text, role: 'dim' }], width));
}

interface Present {
  readonly place: string;
  readonly title: string;
  readonly mark: Mark;
  readonly nodes: NodeName[];
}

/** What failed, then what runs, that of most nodes first. */
function presentLegend(own: readonly BoardRow[], width: number, ascii: boolean): readonly Line[] {
  const failed = new Map<string, Present>();
  const running = new Map<string, Present>();
  for (const row of own) {
    const first = firstTold(row);
    for (const [index, step] of row.progress.steps.entries())
      if (index >= first && hasFailed(step)) gather(failed, row, index, STEP_MARKS.failed);
    const present = lastStep(row, isRunning);
    if (present !== undefined) gather(running, row, present, JOB_MARKS.running);
  }
  const byNodes = (left: Present, right: Present): number => right.nodes.length - left.nodes.length;
  const all = [...[...failed.values()].sort(byNodes), ...[...running.values()].sort(byNodes)];
  const shown = all.slice(0, LEGEND_LINES).map((present) => presentLine(present, width, ascii));
  const more = all.length - shown.length;
  if (more === 0) return shown;
  return [...shown, [{ text: `  and ${more === 1 ? '1 other step' : `${more} other steps`}`, role: 'dim' }]];
}

function gather(presents: Map<string, Present>, row: BoardRow, index: number, mark: Mark): void {
  const title = row.job.steps[index]?.title ?? '';
  const key = `${index} ${title}`;
  const known = presents.get(key);
  if (known === undefined) presents.set(key, { place: placeOf(row, index), title, mark, nodes: [row.node] });
  else known.nodes.push(row.node);
}

function presentLine({ place, title, mark, nodes }: Present, width: number, ascii: boolean): Line {
  const head = `${glyphOf(mark, ascii)} ${place} `;
  const folded = foldNodes(nodes);
  const names = sized(folded, Math.min(drawnWidth(folded), Math.floor(width * NODES_SHARE)), ascii);
  const left = width - drawnWidth(head) - drawnWidth(names) - 2;
  return [
    { text: head, role: mark.role },
    { text: sized(title, Math.max(0, Math.min(drawnWidth(title), left)), ascii), role: 'dim' },
    { text: `  ${names}`, role: 'accent' },
  ];
}
