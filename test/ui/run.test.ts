// The console on fake terminal streams: what it takes of a terminal, what it gives back, and shells on nodes in between.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { expect, test } from 'vitest';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import type { FleetRequest } from '../../src/model/fleet-request.ts';
import { nodeName } from '../../src/model/ids.ts';
import { rolloutId } from '../../src/model/rollout.ts';
import { loadPreferences } from '../../src/preferences.ts';
import { type ConsoleExit, type ConsoleOptions, runConsole } from '../../src/ui/run.ts';
import { planView } from '../../views/plan.ts';
import { rolloutLogView } from '../../views/rollout-log.ts';
import { type VirtualTerminal, virtualTerminal } from '../screen.ts';
import { ID, planned, rolloutOf } from '../views/a-rollout.ts';
import { emptyState, fakeRows, fakeView } from './fake-fleet.ts';

interface Run {
  readonly terminal: VirtualTerminal;
  readonly exit: Promise<ConsoleExit>;
  readonly requests: FleetRequest[];
  readonly type: (bytes: string) => void;
  readonly tell: (...events: FleetEvent[]) => void;
  /** Until the terminal shows what is asked for. */
  readonly until: (holds: () => boolean) => Promise<void>;
  readonly rawModes: boolean[];
}

function run(options: Partial<ConsoleOptions> = {}): Run {
  const terminal = virtualTerminal(100, 24);
  const changed = new Set<() => void>();
  const stdout = Object.assign(
    new Writable({
      write: (chunk, _encoding, done) =>
        terminal.write(String(chunk), () => {
          done();
          for (const call of changed) call();
        }),
    }),
    { isTTY: true, columns: 100, rows: 24 },
  );
  const rawModes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (isRaw: boolean) => rawModes.push(isRaw) });
  const listeners = new Set<(batch: readonly FleetEvent[]) => void>();
  const requests: FleetRequest[] = [];
  const exit = runConsole({
    store: { getState: () => emptyState, subscribe: () => () => undefined },
    views: [fakeView(() => fakeRows(5))],
    request: (request) => requests.push(request),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    settings: { mouse: true, keys: {}, remembered: {} },
    stdin: stdin as unknown as ReadStream,
    stdout: stdout as unknown as WriteStream,
    environment: { TERM: 'xterm-256color' },
    notices: [],
    remember: () => undefined,
    ...options,
  });
  return {
    terminal,
    exit,
    requests,
    rawModes,
    type: (bytes) => stdin.write(bytes),
    tell: (...events) => {
      for (const listener of listeners) listener(events);
    },
    until: async (holds) => {
      while (!holds()) {
        await new Promise<void>((resolve) => {
          changed.add(resolve);
          setImmediate(resolve);
        });
      }
    },
  };
}

const shows =
  ({ terminal }: Run, text: string) =>
  (): boolean =>
    terminal.lines().join('\n').includes(text);

test('the console takes the terminal, tells when its first frame stands, and gives the terminal back', async () => {
  let hasFrame = false;
  const running = run({
    onFirstFrame: () => {
      hasFrame = running.terminal.lines()[3]?.startsWith(' >n001') === true;
    },
  });
  await running.until(shows(running, 'n005'));
  expect(running.terminal.isAlternate()).toBe(true);
  running.type('q');
  expect(await running.exit).toEqual({ kind: 'quit' });
  await running.until(() => !running.terminal.isAlternate());
  expect([hasFrame, running.rawModes]).toEqual([true, [true, false]]);
});

test('a key typed before Ink is there is not lost, and a box opened by it appears', async () => {
  const running = run();
  running.type('?');
  await running.until(shows(running, 'Help: Things'));
  running.type('qq');
  await running.exit;
});

test('a fault that the demo refuses is said, with its reason', async () => {
  const refusals: ((because: string) => void)[] = [];
  const demo = {
    faults: [],
    inject: () => undefined,
    onRefused: (tell: (because: string) => void) => refusals.push(tell),
  };
  const running = run({ demo });
  await running.until(shows(running, 'n005'));
  for (const tell of refusals) tell('gpu-lost needs a GPU, which nfs-a does not have; try gpu-lost@gpu01');
  await running.until(shows(running, 'gpu-lost needs a GPU, which nfs-a does not have; try gpu-lost@gpu01'));
  running.type('q');
  await running.exit;
});

test('a shell has the terminal to itself, raw in both directions, and the console comes back after it', async () => {
  const running = run();
  await running.until(shows(running, 'n005'));
  running.type('js');
  await running.until(() => running.requests.some(({ kind }) => kind === 'shell-open'));
  await running.until(() => !running.terminal.isAlternate());
  running.type('ls q\r');
  running.tell({ kind: 'shell-data', shell: 1, data: Buffer.from('\x1b[1mn002\x1b[m$ ') });
  await running.until(shows(running, 'n002$'));
  expect(running.requests.filter(({ kind }) => kind.startsWith('shell'))).toEqual([
    { kind: 'shell-open', shell: 1, node: 'n002', size: { columns: 100, rows: 24 } },
    { kind: 'shell-write', shell: 1, data: Uint8Array.from(Buffer.from('ls q\r')) },
  ]);
  running.tell({ kind: 'shell-closed', shell: 1, message: 'exit 0\x1b[2J' });
  await running.until(shows(running, 'the shell ended: exit 0␛[2J'));
  expect(running.terminal.isAlternate()).toBe(true);
  running.type('q');
  await running.exit;
});

test('Enter ~ . leaves a shell that hangs', async () => {
  const running = run();
  await running.until(shows(running, 'n005'));
  running.type('s');
  await running.until(() => running.requests.some(({ kind }) => kind === 'shell-open'));
  for (const key of ['a', '~', '\r', '~', '.']) running.type(key);
  await running.until(() => running.requests.some(({ kind }) => kind === 'shell-close'));
  const written = running.requests
    .flatMap((one) => (one.kind === 'shell-write' ? [Buffer.from(one.data).toString()] : []))
    .join('');
  expect(written).toBe('a~\r');
  running.tell({ kind: 'shell-closed', shell: 1, message: 'left' });
  await running.until(shows(running, 'the shell ended'));
  running.type('q');
  await running.exit;
});

test('a question for a secret reaches the screen and its answer the engine', async () => {
  const running = run();
  await running.until(shows(running, 'n005'));
  running.tell({ kind: 'secret-wanted', id: 3, prompt: 'Passphrase of id_ed25519', echo: false });
  await running.until(shows(running, 'Passphrase of id_ed25519'));
  // The prompt is deaf for a moment, so that what was typed for something else is no answer.
  await running.until(() => {
    running.type('\r');
    return running.requests.some(({ kind }) => kind === 'secret');
  });
  expect(running.requests.find(({ kind }) => kind === 'secret')).toEqual({ kind: 'secret', id: 3, text: '' });
  running.type('q');
  await running.exit;
});

test('a saved table is a new file, and never written over one that is there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-table-'));
  const file = join(folder, 'things.tsv');
  const running = run();
  await running.until(shows(running, 'n005'));
  running.type(`w\x15${file}\r`);
  await running.until(shows(running, 'saved 5 rows'));
  running.type(`w\x15${file}\r`);
  await running.until(shows(running, 'not saved: EEXIST'));
  expect(readFileSync(file, 'utf8').split('\n')[0]).toBe('NODE\tLOAD\tAGE\tNOTE');
  running.type('q');
  await running.exit;
  rmSync(folder, { recursive: true });
});

test('copying writes OSC 52 and says so', async () => {
  const running = run();
  await running.until(shows(running, 'n005'));
  running.terminal.takeBytes();
  running.type('Y');
  await running.until(shows(running, 'copied n001'));
  expect(running.terminal.takeBytes()).toContain(`\x1b]52;c;${Buffer.from('n001').toString('base64')}\x07`);
  running.type('q');
  await running.exit;
});

test('a promise that ends the console ends it, and a fault in it comes back as a value with the terminal restored', async () => {
  const until = Promise.withResolvers<ConsoleExit>();
  const running = run({ until: until.promise });
  await running.until(shows(running, 'n005'));
  const error = new Error('no such file');
  until.reject(error);
  expect(await running.exit).toEqual({ kind: 'fault', error });
  await running.until(() => !running.terminal.isAlternate());
});

test('a plan that is made again takes the place of the one before it, and no breadcrumb is added', async () => {
  const other = rolloutId('20261122-110000-aaaa');
  const rollouts = new Map([ID, other].map((id) => [id, { ...rolloutOf(planned()), id }]));
  const state = { ...emptyState, rollouts };
  const asked: string[] = [];
  const running = run({
    store: { getState: () => state, subscribe: () => () => undefined },
    views: [fakeView(() => fakeRows(5)), planView],
    rollouts: {
      actions: [],
      plan: () => Promise.reject(new Error('nothing is planned anew')),
      ask: async ({ rollout }) => {
        asked.push(rollout.id);
        return { kind: 'planning', id: rollout.id === ID ? other : ID };
      },
    },
  });
  await running.until(shows(running, 'n001'));
  running.type(`:plan rollout=${ID}\r`);
  await running.until(shows(running, 'Nothing has been changed yet'));
  // The names of views stand at the other end of the line.
  const crumbs = () => running.terminal.lines()[1]?.split('  ')[0] ?? '';
  expect(crumbs()).toContain(`Plan rollout=${ID}`);
  running.type('t');
  await running.until(() => crumbs().includes(other));
  running.type('t');
  await running.until(() => crumbs().includes(ID));
  expect([asked, crumbs()]).toEqual([[ID, other], `Plan rollout=${ID}`]);
  running.type('q');
  await running.exit;
});

test('columns put away in the log stay away in the next run, also after a kill, until they are brought out', async () => {
  const home = mkdtempSync(join(tmpdir(), 'muster-memory-'));
  const log = { rollout: ID, node: nodeName('gpu01'), lines: ['mounting'], firstNumber: 1, path: 'gpu01.log' };
  const state = { ...emptyState, log };
  const runs: Run[] = [];
  const next = async (): Promise<() => string | undefined> => {
    const { settings, remember } = await loadPreferences({}, { HOME: home });
    const running = run({
      store: { getState: () => state, subscribe: () => () => undefined },
      views: [rolloutLogView],
      settings,
      remember,
    });
    runs.push(running);
    await running.until(shows(running, 'mounting'));
    return () =>
      running.terminal
        .lines()[2]
        ?.match(/[A-Z]+/g)
        ?.join(' ');
  };
  const first = await next();
  expect(first()).toBe('LINE TEXT');
  runs[0]?.type('C \r');
  await runs[0]?.until(() => first() === 'TEXT');

  // The first console is not asked to quit before the second one starts: what is chosen is on the disk at once.
  const second = await next();
  expect(second()).toBe('TEXT');
  runs[1]?.type('C \r');
  await runs[1]?.until(() => second() === 'LINE TEXT');
  runs[1]?.type('q');
  await runs[1]?.exit;

  expect((await next())()).toBe('LINE TEXT');
  for (const running of runs) running.type('q');
  await Promise.all(runs.map(({ exit }) => exit));
  rmSync(home, { recursive: true });
});
