import { blankGrid, type Grid } from './cell-grid.ts';
import { type Cursor, encodeDiff, type Pen, unknownCursor } from './encode.ts';
import { BEGIN_FRAME, END_FRAME } from './screen.ts';

/** A frame from data may wait this long for company: 30 a second is all an eye uses, and a slow link carries less. */
const DATA_FRAME_MS = 33;
/** Frames that only follow data take at most one part in this of the thread, so that a thousand nodes leave it to the keys. */
const DATA_FRAME_SHARE = 12;
/** While nobody presses a key they take less: the figures of a thousand nodes are read no faster than twice a second. */
const UNTOUCHED_FRAME_SHARE = 100;
/** The longest that a frame is put off for this reason. */
const UNTOUCHED_FRAME_MS = 500;
/** Nobody presses a key any more when none came for so long. */
const UNTOUCHED_MS = 3_000;
/** How much the last frame counts in the mean cost of one. */
const LAST_FRAME_WEIGHT = 0.3;

/** A frame of more bytes than this may arrive in parts: it is marked as one, for 16 bytes (synchronized output, DEC private mode 2026). */
const TORN_BYTES = 100;

/** Stands in a cell of which nothing is known; no frame holds it. */
const UNKNOWN = '\0';

/** Where bytes go. `done` is called once the terminal has taken them, or with the error that ends it. */
export interface Sink {
  readonly write: (bytes: string, done: (error?: Error | null) => void) => void;
}

/** Time for the screen, turned by hand in tests. */
export interface ScreenClock {
  readonly nowMs: () => number;
  /** Calls once after `delayMs`; the returned function cancels. */
  readonly after: (delayMs: number, call: () => void) => () => void;
}

/** What has been written so far. */
export interface FrameCounts {
  readonly frames: number;
  readonly bytes: number;
  /** Frames asked for while the terminal had not taken the one before; they were never drawn. */
  readonly dropped: number;
}

/** Owns what the terminal shows. */
export interface Compositor {
  /** Asks for a frame: `now` after a key, `data` when something seen changed. What is drawn is the state at the time of drawing. */
  readonly request: (pace: 'now' | 'data') => void;
  /** A terminal of another size, or one that may show anything: everything is drawn again. */
  readonly resize: (width: number, height: number) => void;
  readonly repaint: () => void;
  readonly setPen: (pen: Pen) => void;
  /** Another program has the terminal: nothing is written until `resume`. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Draws nothing any more, whatever asks for it. */
  readonly close: () => void;
  /** Bytes outside the grid (clipboard, modes), in order with the frames. */
  readonly send: (bytes: string) => void;
  readonly counts: () => FrameCounts;
  /** Resolves when no frame is due or in flight. */
  readonly idle: () => Promise<void>;
}

/**
 * What a compositor needs: `draw` fills a blank grid with the present state. `prepare` works out what the next one shows, so that there is less
 * left to draw; called in a turn of its own before a frame that only follows data.
 */
export interface CompositorParts {
  readonly sink: Sink;
  readonly clock: ScreenClock;
  readonly pen: Pen;
  readonly width: number;
  readonly height: number;
  readonly prepare: () => void;
  readonly draw: (grid: Grid) => void;
  readonly onError: (error: Error) => void;
}

/** All a compositor remembers. */
interface Inside extends CompositorParts {
  pen: Pen;
  shown: Grid;
  wanted: Grid;
  /** False until the first frame and after anything that may have changed the terminal behind our back. */
  isShownKnown: boolean;
  cursor: Cursor;
  due: 'now' | 'data' | undefined;
  isInFlight: boolean;
  isPaused: boolean;
  isClosed: boolean;
  lastFrameMs: number;
  /** When a frame was last wanted at once: after a key, mostly. */
  hurriedMs: number;
  /** Mean time to prepare and draw one, lately. */
  frameCostMs: number;
  /** Time the preparation of the next one took. */
  prepareCostMs: number;
  cancelTimer: (() => void) | undefined;
  extra: string;
  counts: FrameCounts;
  waiting: (() => void)[];
}

/**
 * Draws frames of cells and writes only what changed. One write is in flight at a time: while the terminal has not taken it, later requests
 * melt into one, so a slow link gets fewer frames and never old ones.
 */
export function createCompositor(parts: CompositorParts): Compositor {
  const inside: Inside = {
    ...parts,
    shown: blankGrid(parts.width, parts.height),
    wanted: blankGrid(parts.width, parts.height),
    isShownKnown: false,
    cursor: unknownCursor(),
    due: undefined,
    isInFlight: false,
    isPaused: false,
    isClosed: false,
    lastFrameMs: Number.NEGATIVE_INFINITY,
    hurriedMs: Number.NEGATIVE_INFINITY,
    frameCostMs: 0,
    prepareCostMs: 0,
    cancelTimer: undefined,
    extra: '',
    counts: { frames: 0, bytes: 0, dropped: 0 },
    waiting: [],
  };
  const change = (changed: Partial<Inside>): void => {
    Object.assign(inside, changed, { isShownKnown: false, due: 'now' });
    pump(inside);
  };
  return {
    request: (pace) => request(inside, pace),
    resize: (width, height) => change({ wanted: blankGrid(width, height) }),
    repaint: () => change({}),
    setPen: (pen) => change({ pen }),
    pause: () => {
      inside.isPaused = true;
    },
    resume: () => {
      if (!inside.isClosed) change({ isPaused: false });
    },
    close: () => {
      inside.isPaused = true;
      inside.isClosed = true;
      inside.cancelTimer?.();
      settle(inside);
    },
    send: (bytes) => {
      inside.extra += bytes;
      pump(inside);
    },
    counts: () => inside.counts,
    idle: () =>
      new Promise((resolve) => {
        inside.waiting.push(resolve);
        settle(inside);
      }),
  };
}

function request(inside: Inside, pace: 'now' | 'data'): void {
  if (inside.isInFlight && inside.due !== undefined)
    inside.counts = { ...inside.counts, dropped: inside.counts.dropped + 1 };
  if (pace === 'now') inside.hurriedMs = inside.clock.nowMs();
  if (inside.due !== 'now') inside.due = pace;
  if (pace === 'data' && inside.due === 'data') pumpLater(inside);
  else pump(inside);
}

/** In two turns of their own: a key that came while the data did is heard before the frame they ask for, and before it is painted. */
function pumpLater(inside: Inside): void {
  if (inside.isPaused || inside.isInFlight) return;
  inside.cancelTimer ??= inside.clock.after(Math.max(0, dataWaitMs(inside)), () => {
    const startedMs = inside.clock.nowMs();
    inside.prepare();
    inside.prepareCostMs = inside.clock.nowMs() - startedMs;
    inside.cancelTimer = inside.clock.after(0, () => {
      inside.cancelTimer = undefined;
      pump(inside);
    });
  });
}

function dataWaitMs(inside: Inside): number {
  const nowMs = inside.clock.nowMs();
  const isUntouched = nowMs - inside.hurriedMs > UNTOUCHED_MS;
  const shareMs = (isUntouched ? UNTOUCHED_FRAME_SHARE : DATA_FRAME_SHARE) * inside.frameCostMs;
  const pauseMs = isUntouched ? Math.min(shareMs, UNTOUCHED_FRAME_MS) : shareMs;
  return inside.lastFrameMs + Math.max(DATA_FRAME_MS, pauseMs) - nowMs;
}

/** Writes the next thing if the terminal is free and it is time. */
function pump(inside: Inside): void {
  if (inside.isPaused || inside.isInFlight || (inside.due === undefined && inside.extra === '')) {
    settle(inside);
    return;
  }
  const waitMs = inside.due === 'data' ? dataWaitMs(inside) : 0;
  if (waitMs > 0 && inside.extra === '') {
    pumpLater(inside);
    return;
  }
  inside.cancelTimer?.();
  inside.cancelTimer = undefined;
  const { extra } = inside;
  inside.extra = '';
  const bytes = extra + (inside.due !== undefined && waitMs <= 0 ? drawFrame(inside) : '');
  if (bytes === '') settle(inside);
  else write(inside, bytes);
}

function drawFrame(inside: Inside): string {
  inside.due = undefined;
  const startedMs = inside.clock.nowMs();
  const bytes = encodeFrame(inside);
  inside.lastFrameMs = inside.clock.nowMs();
  const costMs = inside.prepareCostMs + inside.lastFrameMs - startedMs;
  inside.prepareCostMs = 0;
  inside.frameCostMs += LAST_FRAME_WEIGHT * (costMs - inside.frameCostMs);
  return bytes.length > TORN_BYTES ? `${BEGIN_FRAME}${bytes}${END_FRAME}` : bytes;
}

function encodeFrame(inside: Inside): string {
  const { wanted } = inside;
  wanted.text.fill(' ');
  wanted.style.fill(0);
  inside.draw(wanted);
  if (inside.isShownKnown) return encodeDiff(inside.shown, wanted, inside.cursor, inside.pen);
  // Every cell counts as changed; clearing first would flash.
  inside.shown = blankGrid(wanted.width, wanted.height);
  inside.shown.text.fill(UNKNOWN);
  inside.cursor = unknownCursor();
  inside.isShownKnown = true;
  return encodeDiff(inside.shown, wanted, inside.cursor, inside.pen);
}

function write(inside: Inside, bytes: string): void {
  inside.isInFlight = true;
  const { frames, bytes: before, dropped } = inside.counts;
  inside.counts = { frames: frames + 1, bytes: before + Buffer.byteLength(bytes), dropped };
  inside.sink.write(bytes, (error) => {
    inside.isInFlight = false;
    if (error) inside.onError(error);
    pump(inside);
  });
}

function settle(inside: Inside): void {
  // Paused, what is due waits for another program, which is as idle as it gets.
  if (inside.isInFlight || (inside.due !== undefined && !inside.isPaused)) return;
  const resolved = inside.waiting;
  inside.waiting = [];
  for (const resolve of resolved) resolve();
}
