import { isatty } from 'node:tty';
import type { CliValues } from './cli/command.ts';
import type { CliContext, Live } from './cli/context.ts';
import { cutTo } from './cli/plain-table.ts';
import { packageVersion } from './version.ts';

/** Where nobody can be asked, a locked key is told at once and not waited for. */
function decline({ subscribe, request }: Live): void {
  subscribe((batch) => {
    for (const event of batch)
      if (event.kind === 'secret-wanted') request({ kind: 'secret', id: event.id, text: undefined });
  });
}

/** Opens the console over a context; loaded only by the program that begins with it. */
type OpenConsole = (values: CliValues, context: CliContext) => Promise<number>;

const loadConsole: OpenConsole = async (values, context) => (await import('./console.ts')).openConsole(values, context);

/** The real world for commands: standard output, the environment, inventories from disk, nodes behind a worker. */
export function createContext(openConsole = loadConsole): CliContext {
  const openFleets = new Set<{ readonly close: () => Promise<void> }>();
  let isAsking = false;
  const context: CliContext = {
    version: packageVersion(),
    print: (text) => void process.stdout.write(`${text}\n`),
    warn: (text) => void process.stderr.write(`${text}\n`),
    table: async (rows) => {
      const { stillTable } = await import('./still-table.ts');
      return stillTable(rows, context.columns);
    },
    env: process.env,
    columns: process.stdout.columns ?? 80,
    isTerminal: isatty(1),
    hasColours: isatty(1) && !process.env['NO_COLOR'],
    readInventory: async (values) => (await (await import('./source.ts')).openSource(values)).inventory,
    openLive: async (values, { asks = false, isOnce = false } = {}) => {
      const { openLive, prepareEngine } = await import('./live.ts');
      const engine = prepareEngine();
      const { openSource } = await import('./source.ts');
      const live = openLive(await openSource(values), undefined, { isLook: true, isOnce, engine });
      openFleets.add(live);
      if (!asks) decline(live);
      return live;
    },
    openSource: async (values) => {
      const source = await (await import('./source.ts')).openSource(values);
      openFleets.add({ close: async () => source.end?.() });
      return source;
    },
    isAttended: isatty(0) && isatty(2),
    askLine: async (prompt, echo) => {
      context.progress('');
      isAsking = true;
      const { askLine } = await import('./ask-line.ts');
      return askLine(prompt, echo).finally(() => {
        isAsking = false;
      });
    },
    progress: (text) => {
      // A question has the line to itself.
      if (isatty(2) && !isAsking) process.stderr.write(`\r\x1b[K${cutTo(text, (process.stderr.columns ?? 80) - 1)}`);
    },
    openConsole: (values) => openConsole(values, context),
    openShell: async (values, node) => (await import('./node-shell.ts')).openNodeShell(values, node, context),
    interrupted: () =>
      new Promise((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
        process.stdout.once('error', () => resolve());
      }),
    nowMs: Date.now,
    end: async () => {
      await Promise.all([...openFleets].map((fleet) => fleet.close()));
    },
  };
  return context;
}
