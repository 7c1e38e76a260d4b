import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Input } from '../model/action.ts';
import type { FleetEvent } from '../model/fleet-event.ts';
import type { FleetRequest } from '../model/fleet-request.ts';
import { neutralise } from '../model/neutralise.ts';
import type { RolloutId } from '../model/rollout.ts';
import type { ActionForm } from './action-form.ts';
import { type Console, createConsole, type Remembered, type StateSource } from './console.ts';
import { type KeySettings, prefixNotices } from './keys.ts';
import type { DemoFault } from './scene.ts';
import { openShellOut, type ShellOut } from './shell-out.ts';
import { colourDepthOf, isAsciiOnly } from './terminal/colours.ts';
import type { ScreenClock } from './terminal/compositor.ts';
import { createInputDecoder, type InputDecoder } from './terminal/input.ts';
import { clipboardSequence } from './terminal/screen.ts';
import { type Terminal, takeTerminal } from './terminal/terminal.ts';
import { ttySink } from './terminal/tty-sink.ts';
import type { Effect } from './ui-state.ts';
import type { AnyView, RolloutAsk } from './view.ts';

/** What the operator chose, from the command line and the settings file. */
export interface ConsoleSettings {
  readonly theme?: string;
  /** ASCII only; undefined: as the locale says. */
  readonly ascii?: boolean;
  /** Why nothing may be changed. */
  readonly readOnly?: string;
  readonly mouse: boolean;
  readonly keys: KeySettings;
  readonly remembered: Partial<Remembered>;
  readonly open?: { readonly view: string; readonly filter?: string };
}

/** Plans actions and steers rollouts. Every call resolves, with the rollout to be looked at or a sentence that says why not. */
export interface RolloutDesk {
  readonly actions: readonly ActionForm[];
  /** A plan that was not started and that this one is made in place of is given up. */
  readonly plan: (action: string, input: Input, insteadOf?: RolloutId) => Promise<AskedRollout>;
  readonly ask: (ask: RolloutAsk) => Promise<AskedRollout>;
}

/** What came of asking: a rollout whose plan is to be looked at, nothing more to see, or why it cannot be. */
export type AskedRollout =
  | { readonly kind: 'planning' | 'started'; readonly id: RolloutId }
  | { readonly kind: 'done'; readonly text?: string }
  | { readonly kind: 'problem'; readonly because: string };

/** What the console needs of the rest of the program. */
export interface ConsoleOptions {
  readonly store: StateSource;
  readonly views: readonly AnyView[];
  readonly request: (request: FleetRequest) => void;
  /** Events that are no state: questions for secrets, and what shells print. */
  readonly subscribe: (listener: (batch: readonly FleetEvent[]) => void) => () => void;
  readonly settings: ConsoleSettings;
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly demo?: {
    readonly faults: readonly DemoFault[];
    readonly inject: (fault: string, node: string | undefined) => void;
    /** Calls with the reason when a fault could not be. */
    readonly onRefused: (listener: (because: string) => void) => void;
  };
  /** What can be done, and the hands that do it; without them nothing may be changed. */
  readonly rollouts?: RolloutDesk;
  /** Sentences about the inventory and the settings to be read at the start. */
  readonly notices: readonly string[];
  /** What turned out only when the inventory was read. */
  readonly noticesLater?: Promise<readonly string[]>;
  readonly remember: (remembered: Remembered) => void;
  /** Called once the first whole frame is on the terminal: the time to start everything that can wait. */
  readonly onFirstFrame?: () => void;
  /** Ends the console from outside, e.g. when the inventory turns out to be wrong. */
  readonly until?: Promise<ConsoleExit>;
}

/** How the console ended. */
export type ConsoleExit =
  | { readonly kind: 'quit' }
  /** SIGTERM or SIGHUP, or the terminal went away. */
  | { readonly kind: 'ended'; readonly because: string }
  | { readonly kind: 'fault'; readonly error: unknown };

/** How long a frame on its way may hold up leaving the screen. */
const QUIET_MS = 300;

const realClock: ScreenClock = {
  nowMs: () => Date.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
};

interface Running extends ConsoleOptions {
  readonly terminal: Terminal;
  readonly console: Console;
  readonly keys: InputDecoder;
  readonly finish: (exit: ConsoleExit) => void;
  shell: ShellOut | undefined;
  shellCount: number;
}

/**
 * Runs the console on a terminal until the operator quits, a signal or a fault ends it. Always gives the terminal back as it was; a fault is
 * handed back as a value, for the caller to write its report and exit 70.
 */
export async function runConsole(options: ConsoleOptions): Promise<ConsoleExit> {
  const { promise, resolve } = Promise.withResolvers<ConsoleExit>();
  const running = start(options, resolve);
  const unsubscribe = options.subscribe((batch) => {
    for (const event of batch) heard(running, event);
  });
  options.demo?.onRefused((because) => running.console.say(neutralise(because), 'warning'));
  running.console.compositor.request('now');
  await Promise.race([running.console.compositor.idle(), promise]);
  options.until?.then(resolve, (error: unknown) => resolve({ kind: 'fault', error }));
  void options.noticesLater?.then((notices) => running.console.sayAll(notices.map(neutralise)));
  options.onFirstFrame?.();
  // The first frame needs neither Ink nor React; every later one has them.
  import('./shell.tsx').then(
    ({ createInkPainter }) => running.console.drawWith(createInkPainter()),
    (error: unknown) => resolve({ kind: 'fault', error }),
  );
  const exit = await promise;
  await quiet(running);
  unsubscribe();
  running.shell?.close();
  options.remember(running.console.remembered());
  running.console.close();
  running.terminal.giveBack();
  return exit;
}

function start(options: ConsoleOptions, finish: (exit: ConsoleExit) => void): Running {
  const { stdin, stdout, settings, environment } = options;
  const ascii = settings.ascii ?? isAsciiOnly(environment);
  const sink = ttySink(stdout, realClock);
  const console = createConsole({
    ...options,
    clock: realClock,
    sink,
    size: { width: stdout.columns || 80, height: stdout.rows || 24 },
    look: { theme: settings.theme, depth: colourDepthOf(environment), ascii },
    keys: settings.keys,
    notices: [...options.notices, ...prefixNotices(settings.keys, environment)],
    remembered: { ...settings.remembered, ...(settings.theme === undefined ? {} : { theme: settings.theme }) },
    open: settings.open,
    actions: options.rollouts?.actions ?? [],
    faults: options.demo?.faults,
    isReadOnly: options.settings.readOnly !== undefined,
    saveFolder: '.',
    perform: (effect) => act(running, effect),
    onError: (error) => finish({ kind: 'ended', because: `the terminal is gone (${error.message})` }),
  });
  const keys = createInputDecoder(realClock, console.input);
  const terminal = takeTerminal({
    stdin,
    stdout,
    mouse: settings.mouse,
    send: console.compositor.send,
    onKeys: (chunk) => (running.shell === undefined ? keys.push(chunk) : running.shell.typed(chunk)),
    onResize: (columns, rows) => {
      running.shell?.resize(columns, rows);
      console.resize(columns, rows);
    },
    onResume: () => {
      keys.reset();
      console.compositor.resume();
    },
    onEnd: (because) => finish({ kind: 'ended', because }),
    onFault: (error) => finish({ kind: 'fault', error }),
    after: realClock.after,
  });
  const running: Running = { ...options, terminal, console, keys, finish, shell: undefined, shellCount: 0 };
  return running;
}

/** Does what a key asked of the world. */
function act(running: Running, effect: Exclude<Effect, { kind: 'request' | 'repaint' }>): void {
  const { console, terminal } = running;
  switch (effect.kind) {
    case 'quit':
      running.finish({ kind: 'quit' });
      return;
    case 'suspend':
      void quiet(running).then(terminal.suspend);
      return;
    case 'copy': {
      const sequence = clipboardSequence(effect.text, running.environment);
      if (sequence === undefined)
        console.say(`${effect.what} is too long for a terminal's clipboard; w saves it to a file`, 'warning');
      else {
        console.compositor.send(sequence);
        console.say(
          `copied ${effect.what}${running.environment['TMUX'] ? ' (tmux needs: set -g set-clipboard on)' : ''}`,
        );
      }
      return;
    }
    case 'save':
      void save(running, effect);
      return;
    case 'shell':
      void shellOut(running, effect);
      return;
    case 'inject':
      running.demo?.inject(effect.fault, effect.node);
      return;
    case 'plan':
      void asked(running, running.rollouts?.plan(effect.action, effect.input, effect.insteadOf), effect.insteadOf);
      return;
    case 'rollout':
      void asked(running, running.rollouts?.ask(effect.ask), effect.insteadOf);
      return;
    case 'remember':
      running.remember(console.remembered());
      return;
  }
}

/** Shows what came of asking for a plan or steering a rollout. */
async function asked(
  { console }: Running,
  answer: Promise<AskedRollout> | undefined,
  insteadOf?: RolloutId,
): Promise<void> {
  const came = (await answer) ?? { kind: 'problem', because: 'nothing may be changed here' };
  switch (came.kind) {
    case 'planning':
      // A plan that is made again takes the place of the one that goes.
      return console.show('plan', `rollout=${came.id}`, insteadOf === undefined ? undefined : `rollout=${insteadOf}`);
    case 'started':
      return console.show('rollout', `rollout=${came.id}`);
    case 'done':
      return came.text === undefined ? undefined : console.say(neutralise(came.text), 'notice');
    case 'problem':
      return console.say(neutralise(came.because), 'warning');
  }
}

async function save({ console }: Running, { path, text, rows }: Extract<Effect, { kind: 'save' }>): Promise<void> {
  const file = path.replace(/^~(?=\/)/, homedir());
  try {
    // Never over a file that is there.
    await writeFile(file, text, { flag: 'wx', mode: 0o644 });
    console.say(`saved ${rows} rows to ${file}`);
  } catch (error) {
    console.say(`not saved: ${error instanceof Error ? error.message : String(error)}; choose another name`, 'warning');
  }
}

/** Stops drawing and waits for the frame on its way, so that it lands on our screen and not on what comes after; a stuck terminal is not waited for. */
async function quiet({ console }: Running): Promise<void> {
  console.compositor.pause();
  await Promise.race([
    console.compositor.idle(),
    new Promise((resolve) => realClock.after(QUIET_MS, () => resolve(undefined))),
  ]);
}

async function shellOut(running: Running, { node }: Extract<Effect, { kind: 'shell' }>): Promise<void> {
  const { stdout, terminal } = running;
  running.shellCount += 1;
  await quiet(running);
  terminal.lend(`muster: shell on ${node}; leave it with exit, or with Enter ~ . if it hangs\r\n`);
  running.shell = openShellOut(
    running.shellCount,
    node,
    { columns: stdout.columns || 80, rows: stdout.rows || 24 },
    running.request,
  );
}

function heard(running: Running, event: FleetEvent): void {
  const { console, terminal } = running;
  switch (event.kind) {
    case 'secret-wanted':
      console.askSecret({ id: event.id, prompt: event.prompt, echo: event.echo });
      return;
    case 'shell-data':
      // A login shell is the one place where a node's bytes go to the terminal as they are, as with ssh.
      if (running.shell?.id === event.shell) terminal.writeRaw(event.data);
      return;
    case 'shell-closed':
      if (running.shell?.id !== event.shell) return;
      running.shell = undefined;
      terminal.takeBack();
      console.compositor.resume();
      console.say(event.message === 'closed' ? 'the shell ended' : `the shell ended: ${neutralise(event.message)}`);
      return;
    default:
      return;
  }
}
