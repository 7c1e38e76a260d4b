import type { FleetRequest } from '../../src/model/fleet-request.ts';
import type { State } from '../../src/store/state.ts';
import { type Console, type ConsoleParts, createConsole } from '../../src/ui/console.ts';
import { createInkPainter } from '../../src/ui/shell.tsx';
import { createInputDecoder } from '../../src/ui/terminal/input.ts';
import type { Effect } from '../../src/ui/ui-state.ts';
import type { AnyView } from '../../src/ui/view.ts';
import { type HandClock, handClock, type VirtualTerminal, virtualTerminal } from '../screen.ts';
import { emptyState } from './fake-fleet.ts';

/** A console on a virtual terminal, driven by typing. */
export interface TypedConsole {
  readonly console: Console;
  readonly terminal: VirtualTerminal;
  readonly clock: HandClock;
  readonly requests: FleetRequest[];
  readonly effects: Effect[];
  /** Types bytes as a terminal sends them and waits until everything they cause is drawn. */
  readonly type: (bytes: string) => Promise<void>;
  readonly idle: () => Promise<void>;
  readonly setState: (state: State) => void;
  /** Text of the whole screen. */
  readonly text: () => string;
}

export interface ConsoleOptions extends Partial<Omit<ConsoleParts, 'store' | 'views' | 'sink' | 'clock'>> {
  readonly columns?: number;
  readonly rows?: number;
  readonly state?: State;
  /** Draw the chrome without Ink, as the first frame is. */
  readonly isPlain?: boolean;
}

export async function typedConsole(views: readonly AnyView[], options: ConsoleOptions = {}): Promise<TypedConsole> {
  const { columns = 80, rows = 24, isPlain = false } = options;
  const terminal = virtualTerminal(columns, rows);
  terminal.write('\x1b[?7l', () => undefined);
  terminal.takeBytes();
  const clock = handClock(Date.UTC(2026, 0, 2, 12, 34, 0));
  const requests: FleetRequest[] = [];
  const effects: Effect[] = [];
  let state = options.state ?? emptyState;
  let listeners: readonly (() => void)[] = [];
  const console = createConsole({
    store: {
      getState: () => state,
      subscribe: (listener) => {
        listeners = [...listeners, listener];
        return () => {
          listeners = listeners.filter((other) => other !== listener);
        };
      },
    },
    views,
    request: (request) => requests.push(request),
    perform: (effect) => effects.push(effect),
    clock,
    sink: terminal,
    size: { width: columns, height: rows },
    look: { theme: undefined, depth: 'true', ascii: false },
    keys: {},
    remembered: {},
    open: undefined,
    actions: [],
    faults: undefined,
    notices: [],
    saveFolder: '.',
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  if (!isPlain) console.drawWith(createInkPainter());
  const idle = (): Promise<void> => untilIdle(console, clock);
  const decoder = createInputDecoder(clock, console.input);
  console.compositor.request('now');
  await idle();
  return {
    console,
    terminal,
    clock,
    requests,
    effects,
    type: async (bytes) => {
      decoder.push(Buffer.from(bytes));
      await idle();
    },
    idle,
    setState: (next) => {
      state = next;
      for (const listener of listeners) listener();
    },
    text: () => terminal.lines().join('\n'),
  };
}

/** Turns the clock for short timers and lets the terminal take what was written, until nothing more is due. */
async function untilIdle(console: Console, clock: HandClock): Promise<void> {
  for (let hasRun = true; hasRun; ) {
    hasRun = clock.runShortTimers();
    let isIdle = false;
    void console.compositor.idle().then(() => {
      isIdle = true;
    });
    while (!isIdle) {
      await new Promise((resolve) => setImmediate(resolve));
      if (clock.runShortTimers()) hasRun = true;
    }
  }
}
