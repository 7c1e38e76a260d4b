import { expect, test } from 'vitest';
import { createListSurface, type ListFrame } from '../../../src/ui/list-surface.ts';
import { blankGrid, type Grid, putText } from '../../../src/ui/terminal/cell-grid.ts';
import { penOf } from '../../../src/ui/terminal/colours.ts';
import { createCompositor } from '../../../src/ui/terminal/compositor.ts';
import { STYLE } from '../../../src/ui/terminal/style.ts';
import { themeNamed } from '../../../src/ui/theme.ts';
import { canvas } from '../../screen.ts';
import { emptyState, type FakeRow, fakeRows, fakeView } from '../fake-fleet.ts';

/** The rows as plain text. */
function gridLines(grid: Grid): readonly string[] {
  return Array.from({ length: grid.height }, (_, y) => grid.text.slice(y * grid.width, (y + 1) * grid.width).join(''));
}

const view = fakeView(() => []);

function listFrame(rows: readonly FakeRow[], cursor: number, nowMs: number): ListFrame<FakeRow> {
  const sort = { header: 'NODE', descending: false };
  return {
    rows,
    columns: view.columns,
    top: 0,
    cursor,
    marks: new Set(),
    sort,
    state: emptyState,
    nowMs,
    ascii: false,
  };
}

/** A 200x50 screen of 49 rows that a test changes between frames. */
function table(size: { width: number; height: number } = { width: 200, height: 50 }) {
  const surface = createListSurface<FakeRow>();
  const shown = { rows: fakeRows(size.height - 1), cursor: 3 };
  const screen = canvas(size.width, size.height, (grid) => {
    surface.paint(grid, { x: 0, y: 0, ...size }, listFrame(shown.rows, shown.cursor, screen.clock.nowMs()));
  });
  return { ...screen, shown };
}

test('the first frame shows header and rows where a reader expects them', async () => {
  const { terminal, compositor, idle } = table({ width: 60, height: 4 });
  compositor.request('now');
  await idle();
  expect(terminal.lines()).toEqual([
    '  NODE↑              LOAD    AGE  NOTE',
    '  n001                0.0         needs a look',
    '  n002                7.0         well',
    '  n003                4.0         well',
  ]);
});

test('one changed cell costs less than 150 bytes at 200x50, and a frame in which nothing changed costs none', async () => {
  const { terminal, compositor, idle, shown } = table();
  compositor.request('now');
  await idle();
  terminal.takeBytes();

  shown.rows = shown.rows.map((row, index) => (index === 20 ? { ...row, load: 9.5 } : row));
  compositor.request('now');
  await idle();
  const bytes = terminal.takeBytes();
  expect(bytes).not.toBe('');
  expect(Buffer.byteLength(bytes)).toBeLessThan(40);

  compositor.request('now');
  await idle();
  expect(terminal.takeBytes()).toBe('');
});

test('a frame that may arrive in parts is marked as one, and a cell is not', async () => {
  const { terminal, compositor, idle, shown } = table();
  compositor.request('now');
  await idle();
  const bytes = terminal.takeBytes();
  expect([bytes.startsWith('\x1b[?2026h'), bytes.endsWith('\x1b[?2026l')]).toEqual([true, true]);
  shown.rows = shown.rows.map((row, index) => (index === 20 ? { ...row, load: 9.5 } : row));
  compositor.request('now');
  await idle();
  expect(terminal.takeBytes()).not.toContain('2026');
});

test('moving the cursor writes two rows, not the screen', async () => {
  const { terminal, compositor, idle, shown } = table();
  compositor.request('now');
  await idle();
  terminal.takeBytes();
  shown.cursor = 4;
  compositor.request('now');
  await idle();
  expect(Buffer.byteLength(terminal.takeBytes())).toBeLessThan(700);
});

test('frames asked for while the terminal takes nothing are never drawn; the newest is, once it drains', async () => {
  const { terminal, compositor, idle, clock, shown } = table();
  compositor.request('now');
  await idle();
  terminal.hold();
  for (let load = 0; load < 50; load++) {
    shown.rows = shown.rows.map((row, index) => (index === 0 ? { ...row, load } : row));
    compositor.request('data');
    clock.advance(40);
  }
  const before = compositor.counts();
  expect(before.dropped).toBeGreaterThan(40);
  terminal.release();
  clock.advance(40);
  await idle();
  expect(compositor.counts().frames - before.frames).toBe(1);
  expect(terminal.lines()[1]).toContain('49.0');
});

test('data is not painted in the turn that brought it, so that a key in between is heard first', async () => {
  const { compositor, idle, clock, shown } = table();
  compositor.request('now');
  await idle();
  clock.advance(1_000);
  const before = compositor.counts().frames;
  shown.rows = shown.rows.map((row) => ({ ...row, load: 1 }));
  compositor.request('data');
  expect(compositor.counts().frames).toBe(before);
  clock.advance(0);
  expect(compositor.counts().frames).toBe(before + 1);
});

test('data paints at most 30 frames a second, a key paints at once', async () => {
  const { compositor, idle, clock, shown } = table();
  compositor.request('now');
  await idle();
  const before = compositor.counts().frames;
  for (let at = 0; at < 100; at++) {
    shown.rows = shown.rows.map((row) => ({ ...row, load: at }));
    compositor.request('data');
    clock.advance(10);
    await Promise.resolve();
  }
  await idle();
  expect(compositor.counts().frames - before).toBeLessThanOrEqual(31);
});

/** Mulberry32: the same frames at every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const WORDS = ['a', 'gpu01', 'x y', '漢字', 'é', 'e\u0301x', '한', '│', '█▁', '…', '    ', 'い', 'Ω', '⣿'];

function scribble(grid: Grid, next: () => number): void {
  for (let stroke = 0; stroke < 12; stroke++) {
    const text = WORDS[Math.floor(next() * WORDS.length)] ?? '';
    const style =
      Math.floor(next() * 17) |
      (next() < 0.2 ? STYLE.selected : 0) |
      (next() < 0.1 ? STYLE.bold : 0) |
      (next() < 0.1 ? STYLE.underline : 0);
    putText(grid, Math.floor(next() * grid.width), Math.floor(next() * grid.height), text, style);
  }
}

test('after any sequence of frames the terminal shows what a full repaint would, cell by cell, and never scrolls', async () => {
  // Each frame keeps most of the one before, so that the differ has to find its way between changed and unchanged cells.
  for (let seed = 1; seed <= 12; seed++) {
    const next = random(seed);
    const size = { width: 10 + Math.floor(next() * 30), height: 3 + Math.floor(next() * 6) };
    let picture = blankGrid(size.width, size.height);
    const paint = (grid: Grid): void => {
      picture.text.forEach((text, at) => {
        grid.text[at] = text;
      });
      grid.style.set(picture.style);
    };
    const screen = canvas(size.width, size.height, paint);
    for (let frame = 0; frame < 25; frame++) {
      if (next() < 0.1) picture = blankGrid(size.width, size.height);
      scribble(picture, next);
      screen.compositor.request('now');
      await screen.idle();
      const fresh = canvas(size.width, size.height, paint);
      fresh.compositor.request('now');
      await fresh.idle();
      expect(screen.terminal.lines(), `seed ${seed} frame ${frame}`).toEqual(
        gridLines(picture).map((line) => line.trimEnd()),
      );
      for (let y = 0; y < size.height; y++) {
        for (let x = 0; x < size.width; x++) {
          expect(screen.terminal.cell(x, y), `seed ${seed} frame ${frame} cell ${x},${y}`).toBe(
            fresh.terminal.cell(x, y),
          );
        }
      }
    }
    expect(screen.terminal.scrolledLines()).toBe(0);
  }
});

test('a hostile name reaches the terminal without one escape, control or bidi character', async () => {
  const evil = '\x1b]52;c;AAAA\x07\x1b[2J\u202egpj.exe\u200b\x9b31m\r\n';
  const { terminal, compositor, idle, shown } = table({ width: 120, height: 4 });
  shown.rows = [{ ...(fakeRows(1)[0] ?? shown.rows[0]), note: evil } as FakeRow];
  compositor.request('now');
  await idle();
  const bytes = terminal.takeBytes();
  expect(bytes).not.toMatch(/\x1b\]|\u202e|\u200b|\x9b|\x07/);
  expect(bytes.replace(/\x1b\[[?0-9;]*[A-Za-z]/g, '')).not.toMatch(/\x1b/);
  expect(terminal.lines()[1]).toContain('␛]52;c;AAAA␇␛[2J<U+202E>gpj.exe<U+200B><U+009B>31m␍␊');
});

test('an emoji whose width terminals dispute does not shift what stands after it', async () => {
  let text = '😀 after';
  const screen = canvas(20, 2, (grid) => {
    putText(grid, 0, 0, text, 0);
    putText(grid, 10, 0, '|', 0);
  });
  screen.compositor.request('now');
  await screen.idle();
  expect(screen.terminal.cell(10, 0)).toMatch(/^\|\|/);
  expect(screen.terminal.lines()[0]).toMatch(/after +\|$/);
  text = 'plain';
  screen.compositor.request('now');
  await screen.idle();
  expect(screen.terminal.lines()[0]).toBe('plain     |');
});

test('whatever another program left on the screen is painted over whole, without clearing it first', async () => {
  const { terminal, compositor, idle } = table({ width: 60, height: 4 });
  compositor.request('now');
  await idle();
  const before = terminal.lines();
  await new Promise<void>((resolve) =>
    terminal.write('\x1b[1;31m\x1b[Hxxxxxxxxxxx\x1b[4;50Hyyyyyyyyyy\x1b[m', () => resolve()),
  );
  terminal.takeBytes();
  compositor.repaint();
  await idle();
  expect(terminal.lines()).toEqual(before);
  expect(terminal.takeBytes()).not.toContain('\x1b[2J');
});

test('a frame that follows data is worked out in one turn and painted in the next, and a key in between paints at once', () => {
  const turns: (() => void)[] = [];
  const happened: string[] = [];
  const compositor = createCompositor({
    sink: { write: (_bytes, done) => done() },
    clock: {
      nowMs: () => 0,
      after: (_delayMs, call) => {
        turns.push(call);
        return () => void turns.splice(turns.indexOf(call), 1);
      },
    },
    pen: penOf(themeNamed(undefined), 'true', false),
    width: 4,
    height: 1,
    prepare: () => void happened.push('worked out'),
    draw: () => void happened.push('painted'),
    onError: (error) => {
      throw error;
    },
  });
  compositor.request('data');
  turns.shift()?.();
  expect(happened).toEqual(['worked out']);
  turns.shift()?.();
  expect(happened).toEqual(['worked out', 'painted']);

  compositor.request('data');
  turns.shift()?.();
  compositor.request('now');
  expect(happened.slice(2)).toEqual(['worked out', 'painted']);
  expect(turns).toEqual([]);
});
