import type { CliContext } from '../../src/cli/context.ts';

/** A context that keeps what is printed and has no fleet; `more` replaces what a test needs. */
export function contextOf(more: Partial<CliContext> = {}): {
  readonly context: CliContext;
  readonly printed: () => readonly string[];
  readonly warned: () => readonly string[];
} {
  const printed: string[] = [];
  const warned: string[] = [];
  const absent = (what: string) => () => Promise.reject(new Error(`this test has no ${what}`));
  const context: CliContext = {
    version: '0.0.0',
    print: (text) => void printed.push(text),
    warn: (text) => void warned.push(text),
    table: async (rows) => rows.map((row) => Object.values(row).join(' | ')).join('\n'),
    env: {},
    columns: 80,
    isTerminal: false,
    hasColours: false,
    readInventory: absent('inventory'),
    openLive: absent('fleet'),
    openSource: absent('fleet'),
    isAttended: false,
    askLine: async () => undefined,
    progress: () => {},
    openConsole: absent('console'),
    openShell: absent('shell'),
    interrupted: () => new Promise(() => undefined),
    nowMs: () => 0,
    end: () => Promise.resolve(),
    ...more,
  };
  return { context, printed: () => printed, warned: () => warned };
}
