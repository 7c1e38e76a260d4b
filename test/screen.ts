import headless from '@xterm/headless';
import type { Grid } from '../src/ui/terminal/cell-grid.ts';
import { type ColourDepth, penOf } from '../src/ui/terminal/colours.ts';
import { type Compositor, createCompositor, type ScreenClock, type Sink } from '../src/ui/terminal/compositor.ts';
import { type ThemeName, themeNamed } from '../src/ui/theme.ts';

/** A clock turned by hand. Short timers (a frame's pace, an escape key's patience) run when a test asks for idle, long ones only by `advance`. */
export interface HandClock extends ScreenClock {
  readonly advance: (ms: number) => void;
  readonly runShortTimers: () => boolean;
}

/** Timers up to this length belong to the screen's own pace. */
const SHORT_MS = 60;

export function handClock(startMs = 1_700_000_000_000): HandClock {
  let nowMs = startMs;
  let timers: { readonly atMs: number; readonly isShort: boolean; readonly call: () => void }[] = [];
  const runDue = (): void => {
    for (;;) {
      const due = timers.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) return;
      timers = timers.filter((timer) => timer !== due);
      due.call();
    }
  };
  return {
    nowMs: () => nowMs,
    after: (delayMs, call) => {
      const timer = { atMs: nowMs + delayMs, isShort: delayMs <= SHORT_MS, call };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance: (ms) => {
      nowMs += ms;
      runDue();
    },
    runShortTimers: () => {
      const short = timers.filter(({ isShort }) => isShort);
      if (short.length === 0) return false;
      nowMs = Math.max(nowMs, ...short.map(({ atMs }) => atMs));
      runDue();
      return true;
    },
  };
}

/** A real terminal emulator without a window, and what was written to it. */
export interface VirtualTerminal extends Sink {
  /** Rows as text, trailing blanks cut. */
  readonly lines: () => readonly string[];
  /** Everything about one cell that a reader sees. */
  readonly cell: (x: number, y: number) => string;
  /** Bytes written since the last call. */
  readonly takeBytes: () => string;
  readonly resize: (columns: number, rows: number) => void;
  /** While held, the terminal takes nothing, like a link that does not drain. */
  readonly hold: () => void;
  readonly release: () => void;
  readonly isAlternate: () => boolean;
  /** Lines that scrolled away: drawing in the last cell must never add one. */
  readonly scrolledLines: () => number;
}

export function virtualTerminal(columns: number, rows: number): VirtualTerminal {
  const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 100 });
  let taken = '';
  let isHeld = false;
  let held: (() => void)[] = [];
  const write = (bytes: string, done: (error?: Error | null) => void): void => {
    taken += bytes;
    terminal.write(bytes, () => done());
  };
  const buffer = () => terminal.buffer.active;
  return {
    write: (bytes, done) => {
      if (isHeld) held.push(() => write(bytes, done));
      else write(bytes, done);
    },
    lines: () =>
      Array.from(
        { length: terminal.rows },
        (_, y) =>
          buffer()
            .getLine(buffer().baseY + y)
            ?.translateToString(true)
            .trimEnd() ?? '',
      ),
    cell: (x, y) => {
      const cell = buffer()
        .getLine(buffer().baseY + y)
        ?.getCell(x);
      if (cell === undefined) return 'none';
      const marks = `${cell.isBold() ? 'b' : ''}${cell.isDim() ? 'd' : ''}${cell.isUnderline() ? 'u' : ''}${cell.isInverse() ? 'r' : ''}`;
      return `${cell.getChars() || ' '}|${cell.getFgColorMode()}:${cell.getFgColor()}|${cell.getBgColorMode()}:${cell.getBgColor()}|${marks}|${cell.getWidth()}`;
    },
    takeBytes: () => {
      const bytes = taken;
      taken = '';
      return bytes;
    },
    resize: (width, height) => terminal.resize(width, height),
    hold: () => {
      isHeld = true;
    },
    release: () => {
      isHeld = false;
      const waiting = held;
      held = [];
      for (const call of waiting) call();
    },
    isAlternate: () => terminal.buffer.active.type === 'alternate',
    scrolledLines: () => terminal.buffer.active.baseY,
  };
}

/** A compositor on a virtual terminal that draws with `draw`. */
export interface Canvas {
  readonly terminal: VirtualTerminal;
  readonly compositor: Compositor;
  readonly clock: HandClock;
  /** Until every frame due is on the terminal. */
  readonly idle: () => Promise<void>;
}

export function canvas(
  columns: number,
  rows: number,
  draw: (grid: Grid) => void,
  look: { readonly theme?: ThemeName; readonly depth?: ColourDepth; readonly ascii?: boolean } = {},
): Canvas {
  const terminal = virtualTerminal(columns, rows);
  const clock = handClock();
  const compositor = createCompositor({
    sink: terminal,
    clock,
    pen: penOf(themeNamed(look.theme), look.depth ?? 'true', look.ascii ?? false),
    width: columns,
    height: rows,
    prepare: () => {},
    draw,
    onError: (error) => {
      throw error;
    },
  });
  // The console switches wrapping off when it takes the screen; here nothing else does.
  terminal.write('\x1b[?7l', () => undefined);
  terminal.takeBytes();
  return {
    terminal,
    compositor,
    clock,
    idle: async () => {
      clock.runShortTimers();
      await compositor.idle();
    },
  };
}
