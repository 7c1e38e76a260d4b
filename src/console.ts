import { views } from '../views/registry.ts';
import type { CliValues } from './cli/command.ts';
import { EXIT } from './cli/command.ts';
import type { CliContext, Live } from './cli/context.ts';
import type { Settings } from './config/settings-type.ts';
import { UsageError } from './model/errors.ts';
import type { FleetEvent } from './model/fleet-event.ts';
import type { FleetRequest } from './model/fleet-request.ts';
import { emptyInventory } from './model/inventory.ts';
import { unreachable } from './model/unreachable.ts';
import { loadPreferences } from './preferences.ts';
import type { OpenDesk } from './rollout-desk.ts';
import { createFleetStore } from './store/store.ts';
import type { ActionForm } from './ui/action-form.ts';
import type { AskedRollout, ConsoleExit, ConsoleOptions, RolloutDesk } from './ui/run.ts';
import { runConsole } from './ui/run.ts';

/**
 * Opens the console on this terminal and stays until the operator leaves. The first frame is drawn before anything is read or started, so
 * that a slow disk or a large inventory shows as "reading" and not as a dead terminal.
 */
export async function openConsole(values: CliValues, context: CliContext): Promise<number> {
  const { stdin, stdout, env } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new UsageError('the console needs a terminal; without one: muster status, muster findings, muster help');
  }
  const chosen = await choose(values);
  if (chosen === undefined) return EXIT.ok;

  const store = createFleetStore(emptyInventory('reading the inventory'));
  const fleet = lateFleet();
  const failed = Promise.withResolvers<ConsoleExit>();
  const told = Promise.withResolvers<readonly string[]>();
  const preferences = await loadPreferences(values, env);
  const options: ConsoleOptions = {
    store,
    views,
    request: fleet.request,
    subscribe: fleet.subscribe,
    settings: preferences.settings,
    stdin,
    stdout,
    environment: environmentOf(env, preferences.colours),
    ...(chosen['demo'] === true && chosen['inventory'] === undefined ? { demo: fleet.demo } : {}),
    rollouts: fleet.rollouts,
    notices: preferences.notices,
    remember: preferences.remember,
    onFirstFrame: () =>
      void openFleet(chosen, store, env, fleet.tell, preferences.settings.readOnly).then(({ live, desk }) => {
        fleet.arrive(live, desk);
        told.resolve(live.store.getState().inventory.notices.map(({ text }) => text));
      }, failed.reject),
    noticesLater: told.promise,
    until: failed.promise,
  };
  const exit = await runConsole(options);
  await fleet.close();
  return exitCodeOf(exit, context);
}

/** The options to go on with: as given, or as chosen from what there is when nothing was given and nothing found; undefined to leave. */
async function choose(values: CliValues): Promise<CliValues | undefined> {
  if (values['inventory'] !== undefined || values['demo'] === true) return values;
  const { chooseFleet } = await import('./first-run.ts');
  return chooseFleet(values);
}

async function openFleet(
  values: CliValues,
  store: ReturnType<typeof createFleetStore>,
  env: NodeJS.ProcessEnv,
  tell: (batch: readonly FleetEvent[]) => void,
  readOnly: string | undefined,
): Promise<{ readonly live: Live; readonly desk: OpenDesk }> {
  const [{ openSource }, { openLive }, { holdYoungGeneration }] = await Promise.all([
    import('./source.ts'),
    import('./live.ts'),
    import('./small-heap.ts'),
  ]);
  holdYoungGeneration();
  const source = await openSource(values);
  const live = openLive(source, store);
  const { openRolloutDesk } = await import('./rollout-desk.ts');
  const isDemo = source.demo !== undefined;
  return {
    live,
    desk: openRolloutDesk({
      store,
      source,
      env,
      tell,
      isDemo,
      ...(isDemo ? {} : { reread: () => openSource(values) }),
      ...(readOnly === undefined ? {} : { readOnly }),
    }),
  };
}

/** A fleet that arrives after the screen: what is asked before is passed on when it does. */
function lateFleet() {
  const listeners = new Set<(batch: readonly FleetEvent[]) => void>();
  const early: FleetRequest[] = [];
  const faults: { name: string; help: string }[] = [];
  const active = new Set<string>();
  const refusals = new Set<(because: string) => void>();
  const late = lateDesk();
  let live: Live | undefined;
  let isOver = false;
  const tell = (batch: readonly FleetEvent[]): void => {
    for (const listener of listeners) listener(batch);
  };
  return {
    tell,
    rollouts: late.desk,
    request: (request: FleetRequest) => {
      if (request.kind === 'secret' && late.answer(request)) return;
      if (live === undefined) early.push(request);
      else live.request(request);
    },
    subscribe: (listener: (batch: readonly FleetEvent[]) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    demo: {
      faults,
      /** The same fault at the same place again mends it. */
      inject: (name: string, node: string | undefined) => {
        const fault = node === undefined ? name : `${name}@${node}`;
        if (active.delete(fault)) return live?.demo?.heal(fault);
        active.add(fault);
        return live?.demo?.inject(fault);
      },
      onRefused: (listener: (because: string) => void) => void refusals.add(listener),
    },
    arrive: (arrived: Live, opened: OpenDesk) => {
      if (isOver) {
        opened.close();
        return void arrived.close();
      }
      live = arrived;
      late.arrive(opened);
      faults.push(...(arrived.demo?.faults ?? []).map(({ name, title }) => ({ name, help: title })));
      arrived.demo?.onRefused((fault, because) => {
        active.delete(fault);
        for (const listener of refusals) listener(because);
      });
      arrived.subscribe(tell);
      for (const request of early) arrived.request(request);
    },
    close: async () => {
      isOver = true;
      late.close();
      await live?.close();
    },
  };
}

/** A desk that arrives with the fleet; what is asked of it before is told to wait. */
function lateDesk() {
  const actions: ActionForm[] = [];
  const notYet: AskedRollout = { kind: 'problem', because: 'the inventory is still being read; try again' };
  let open: OpenDesk | undefined;
  const desk: RolloutDesk = {
    actions,
    plan: async (action, input) => (await open?.plan(action, input)) ?? notYet,
    ask: async (ask) => (await open?.ask(ask)) ?? notYet,
  };
  return {
    desk,
    arrive: (arrived: OpenDesk) => {
      open = arrived;
      actions.push(...arrived.actions);
    },
    answer: (request: Extract<FleetRequest, { kind: 'secret' }>) => open?.answer(request) === true,
    close: () => open?.close(),
  };
}

async function exitCodeOf(exit: ConsoleExit, context: CliContext): Promise<number> {
  switch (exit.kind) {
    case 'quit':
      return EXIT.ok;
    case 'ended':
      context.warn(`muster: ended: ${exit.because}`);
      return EXIT.ok;
    case 'fault':
      throw exit.error;
  }
}

/** The environment, as the colours setting changes what it says of the terminal. */
function environmentOf(env: NodeJS.ProcessEnv, colours: Settings['colours']): NodeJS.ProcessEnv {
  switch (colours) {
    case 'auto':
      return env;
    case 'none':
      return { ...env, NO_COLOR: '1' };
    case 'true':
      return { ...env, COLORTERM: 'truecolor' };
    case '256':
      return { ...env, COLORTERM: '', TERM: 'xterm-256color' };
    case '16':
      return { ...env, COLORTERM: '', TERM: 'xterm' };
    default:
      return unreachable(colours);
  }
}
