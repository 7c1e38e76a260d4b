import type { Subject } from '../model/action.ts';
import type { FleetRequest } from '../model/fleet-request.ts';
import type { NodeName } from '../model/ids.ts';
import type { ProbeName } from '../model/probe.ts';
import type { Rollout, RolloutLimits } from '../model/rollout.ts';
import type { Unit } from '../model/units.ts';
import type { State } from '../store/state.ts';

/** The part a piece of text plays; a theme turns it into colour and weight. Meaning is always in the text too. */
export type Role =
  | 'plain'
  | 'dim'
  | 'strong'
  | 'good'
  | 'busy'
  | 'warning'
  | 'critical'
  | 'notice'
  | 'unknown'
  | 'accent'
  | 'heading'
  /** Last known value of something that does not answer now. */
  | 'stale'
  /** Heat of a utilisation from none to full. */
  | 'heat0'
  | 'heat1'
  | 'heat2'
  | 'heat3'
  | 'heat4';

/** A run of text in one role. Text may come from a node: the screen neutralises it where it is painted. */
export interface Span {
  readonly text: string;
  readonly role?: Role;
  /** The place where typing goes on; drawn reversed. */
  readonly isCaret?: true;
}

export type Cell = string | readonly Span[];
export type Line = readonly Span[];

/** Now, and what is known now: ages and sparklines read `seen` and the like from here, so that a row changes only when its fact did. */
export interface Moment {
  readonly nowMs: number;
  readonly state: State;
}

/** What the describe pane may read besides its row. */
export interface DescribeContext extends Moment {
  /** Plain ASCII only, no block or braille characters. */
  readonly ascii: boolean;
}

/** What a cell may read besides its row. */
export interface CellContext extends DescribeContext {
  readonly width: number;
  /** The cell goes to the clipboard or into a file: figures, no bars. */
  readonly isText?: true;
}

// Members below that take a row are methods, so that a view of mounts is also a view of any rows and the shell can hold all views in one list.
export interface Column<Row> {
  /** Capitals, the field's word, e.g. `NODE`. */
  readonly header: string;
  /** One sentence for the help screen, with the unit. */
  readonly help: string;
  /** In terminal columns. Below `want` it reads, but says less; `grow` shares what is left over. */
  readonly width: { readonly min: number; readonly want?: number; readonly max?: number; readonly grow?: number };
  readonly align?: 'right';
  /** Where there is little room the highest stay longest, of equal ones the left; those without come once the others have what they want. */
  readonly priority?: number;
  cell(row: Row, context: CellContext): Cell;
  /** What sorting and filter terms compare. Rows without a value sort last, always. */
  value?(row: Row, moment: Moment): string | number | undefined;
  /** The nodes that a folded `value` stands for: a filter meets the row where it meets one of them. */
  names?(row: Row): readonly string[];
  /** What `value` counts in, for filter terms such as `size>1T` and `age>30s`. Bytes, milliseconds, shares of one. */
  readonly unit?: Unit;
  /** Name of the filter term, e.g. `gpu.temp`; needs `value`. */
  readonly term?: string;
  /** Hidden until chosen. */
  readonly isOptional?: boolean;
}

/** A key of a view. `action` is looked up by the shell (`BuiltInAction` in keys.ts); `disabled` says why the key is off for this row. */
export interface Binding<Row> {
  readonly key: string;
  readonly title: string;
  readonly action: string;
  disabled?(row: Row, state: State): string | undefined;
  /** For `open-view`: where to go and with what filter. */
  open?(row: Row): {
    readonly view: string;
    readonly filter?: string;
    readonly cursor?: string;
    /** What is asked of the engine beside. */
    readonly request?: FleetRequest;
  };
  /** For `rollout`: what is asked of which rollout. */
  ask?(row: Row): RolloutAsk;
}

/** What an operator asks of a rollout. */
export interface RolloutAsk {
  readonly kind:
    | 'start'
    | 'discard'
    | 'pause'
    | 'resume'
    | 'abort'
    | 'skip'
    | 'limit'
    | 'retry'
    | 'replan'
    | 'edit'
    | 'undo'
    | 'open-log';
  readonly rollout: Rollout;
  /** For `retry`: nothing but the step that failed on each node. */
  readonly onlyFailedStep?: boolean;
  /** For `skip` and `open-log`. */
  readonly node?: NodeName;
  /** For `start` and `limit`, once they were asked for. */
  readonly limits?: RolloutLimits;
  /** For `start`, where the plan wants a phrase. */
  readonly typed?: string;
}

/** A block of the describe pane: facts, wished state, drift, findings, recent events of the thing under the cursor. */
export interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
}

interface ViewBase<Row extends { readonly id: string }> {
  /** Word for the palette, e.g. `mounts`. */
  readonly name: string;
  readonly title: string;
  readonly aliases?: readonly string[];
  /** Memoised selector. `id` survives re-polling, so the cursor stays on the row and not on its number. */
  rows(state: State): readonly Row[];
  /** Nodes the row is about: shell, refresh, polling in front of the operator. */
  nodes(row: Row): readonly NodeName[];
  /** Probes this view lives from; they are polled faster while it is shown. */
  readonly probes: readonly ProbeName[];
  isFault(row: Row, state: State): boolean;
  /** What the row stands for when an action starts from it; without it the row stands for its nodes. */
  subject?(row: Row, state: State): Subject;
  /** Opens at its last row and stays there while more come, until the cursor leaves it. */
  readonly followsEnd?: true;
  /** Shows one thing chosen elsewhere: reached from there, not by number, Tab or palette. */
  readonly isDetail?: true;
  /** The one thing all rows belong to, told beside the title, where no filter tells it: the node of a log. */
  readonly about?: (state: State) => string | undefined;
  describe(row: Row, context: DescribeContext): readonly Section[];
  /** The sentence for an empty list: why, and what to do. */
  readonly empty: (state: State) => string;
  readonly bindings: readonly Binding<Row>[];
}

/** A table: one row per thing. */
export interface ListView<Row extends { readonly id: string }> extends ViewBase<Row> {
  readonly kind: 'list';
  readonly columns: readonly Column<Row>[];
  /** Header of the column sorted by first, `-` before it for descending. */
  readonly sortedBy: string;
}

/** A picture of many small cells (heat grid, matrix): it paints lines and says where each row lies, so arrows can move by geometry. */
export interface CanvasView<Row extends { readonly id: string }> extends ViewBase<Row> {
  readonly kind: 'canvas';
  /** For filter terms and sorting off-screen; may be empty. */
  readonly columns: readonly Column<Row>[];
  paint(rows: readonly Row[], context: CanvasContext): CanvasPicture;
}

export interface CanvasContext extends CellContext {
  readonly height: number;
}

export interface CanvasPicture {
  /** May be taller than the screen; the shell scrolls so that the cursor's place stays visible. */
  readonly lines: readonly Line[];
  readonly places: ReadonlyMap<string, Place>;
}

/** Where a row lies: what a click hits, and how much of it is lifted out when the cursor or a mark is there; all of it by default. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly liftedWidth?: number;
}

export type View<Row extends { readonly id: string }> = ListView<Row> | CanvasView<Row>;

/** What every row has. */
export interface AnyRow {
  readonly id: string;
}

/** A view whose kind of row does not matter. */
export type AnyView = View<AnyRow>;
