import xterm from '@xterm/headless';
import { pause } from './numbers.ts';
import type { OnTerminal } from './pty.ts';

/** A terminal emulator behind a program's output, fed when somebody looks. */
export interface Emulator {
  /** Feeds what came since, piece by piece; the time of the first piece after which `wanted` holds. */
  readonly catchUp: (wanted?: () => boolean) => Promise<number | undefined>;
  readonly row: (row: number) => string;
  /** The first row whose cells stand on another ground or in reverse: the cursor of a list. */
  readonly cursorRow: () => number;
  /** Looks four times a second until a row of the screen matches; whether it did. */
  readonly see: (pattern: RegExp, withinMs: number) => Promise<boolean>;
}

/** An emulator of the size of the program's terminal. */
export function emulate(program: OnTerminal, columns: number, rows: number): Emulator {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  let fed = 0;
  const lineOf = (row: number) => terminal.buffer.active.getLine(terminal.buffer.active.baseY + row);
  const catchUp: Emulator['catchUp'] = async (wanted) => {
    while (fed < program.pieces.length) {
      const piece = program.pieces[fed];
      fed += 1;
      await new Promise<void>((resolve) => terminal.write(piece?.text ?? '', resolve));
      if (wanted?.() === true) return piece?.atMs;
    }
    return undefined;
  };
  const row = (at: number) => lineOf(at)?.translateToString(true) ?? '';
  return {
    catchUp,
    row,
    cursorRow: () => {
      for (let at = 2; at < rows - 1; at++) {
        const cell = lineOf(at)?.getCell(3);
        if (cell !== undefined && (cell.isInverse() !== 0 || !cell.isBgDefault())) return at;
      }
      return -1;
    },
    see: async (pattern, withinMs) => {
      const untilMs = performance.now() + withinMs;
      while (performance.now() < untilMs) {
        await catchUp();
        if (Array.from({ length: rows }, (_, at) => row(at)).some((text) => pattern.test(text))) return true;
        await pause(250);
      }
      return false;
    },
  };
}
