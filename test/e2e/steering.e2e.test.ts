// The keys of the board, from a keyboard to what happens on nodes: this machine under several names, with an action that waits where a test says.
import { existsSync, mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Console } from './driver.ts';
import { type Home, newHome } from './nodes.ts';

const START_MS = 40_000;
const CLEAR = '\x15';

interface Desk {
  readonly console: Console;
  /** Makes a file of this name, for which a step waits. */
  readonly let: (...names: readonly string[]) => void;
  /** What steps wrote, in the order they did. */
  readonly effects: () => readonly string[];
  readonly home: Home;
}

/** A console on these nodes and the action `trial`: a step that waits for `go.NODE` and can be taken back, and one that wants `ok.NODE`. */
function deskOn(...nodes: readonly string[]): Desk {
  return deskBeside(newHome(), {}, nodes);
}

function deskBeside(home: Home, more: Readonly<Record<string, string>>, nodes: readonly string[]): Desk {
  const at = (name: string) => join(home.path, name);
  const shell = { shell: true, as: 'login-user', done: 'exit-code' };
  const steps = [
    {
      ...shell,
      title: 'wait for a word',
      run: `echo {{ node }} >>${at('effects')}; echo $$ >${at('new.')}{{ node }}; mv ${at('new.')}{{ node }} ${at('pid.')}{{ node }}; until [ -e ${at('go.')}{{ node }} ]; do sleep 0.05; done`,
      undo: [{ ...shell, title: 'take the word back', run: `echo back {{ node }} >>${at('effects')}` }],
    },
    { ...shell, title: 'ask for a yes', run: `test -e ${at('ok.')}{{ node }}`, undo: { never: 'it changes nothing' } },
  ];
  const made = {
    run: ['mkdir', at('made')],
    as: 'login-user',
    done: [{ directory: { path: at('made') } }],
    undo: { never: 'of a test' },
  };
  const inventory = home.inventory(Object.fromEntries(nodes.map((name) => [name, { via: 'local' }])), {
    actions: {
      trial: { title: 'Try it', summary: 'waits, then asks', steps },
      'make-one': { title: 'Make one', summary: 'makes a directory', steps: [{ title: 'make it', ...made }] },
    },
  });
  const env = { XDG_STATE_HOME: at('state'), ...more };
  return {
    console: home.open({ args: ['-i', inventory, '--open', 'nodes'], columns: 130, rows: 40, env }),
    let: (...names) => {
      for (const name of names) writeFileSync(at(name), '');
    },
    effects: () => (existsSync(at('effects')) ? readFileSync(at('effects'), 'utf8').trim().split('\n') : []),
    home,
  };
}

/** From the list of nodes to the plan of an action on all of them. */
async function planOn(console: Console, action: string, nodes: number): Promise<void> {
  await console.see(new RegExp(`● ${nodes} up`), START_MS);
  console.press('M', 'a');
  await console.see('run-command');
  console.press(action);
  await console.see((screen) => !screen.includes('provision-disk') && screen.includes(action));
  console.press('\r');
  await console.see(/Nodes {4,}\S/);
  console.press('\r');
  await console.see('Nothing has been changed yet', START_MS);
}

/** The process of the step that waits on a node, once it does. */
function pidOf({ home, console }: Desk, node: string): Promise<number> {
  const file = join(home.path, `pid.${node}`);
  return new Promise((resolve, reject) => {
    const watcher = watch(home.path, () => look());
    const finish = (end: () => void) => {
      watcher.close();
      clearTimeout(timer);
      end();
    };
    const timer = setTimeout(
      () => finish(() => reject(new Error(`nothing waits on ${node}\n${console.screen().join('\n')}`))),
      START_MS,
    );
    const look = () => {
      if (existsSync(file)) finish(() => resolve(Number(readFileSync(file, 'utf8'))));
    };
    look();
  });
}

/** A key that asks, and the answer: no key is heard in the first moment, so it is pressed until the question is gone. */
async function sayYes(console: Console, key: string, question: string, answer = 'y'): Promise<string> {
  console.press(key);
  const asked = await console.see(question, START_MS);
  const hasGone = console.see((screen) => !screen.includes(question), START_MS);
  const again = setInterval(() => console.press(answer), 100);
  await hasGone.finally(() => clearInterval(again));
  return asked;
}

test('a node is skipped, a rollout paused, made wider, gone on with and aborted by keys, and what runs ends with it', async () => {
  const desk = deskOn('a', 'b', 'c', 'd', 'e');
  const { console } = desk;
  await planOn(console, 'trial', 5);
  await sayYes(console, 'X', 'Press y to run it');
  await console.see(/1 running +· 4 queued/, START_MS);
  console.press('S');
  await console.see('skip the node: only a node that has not begun can be skipped');
  console.press('u');
  await console.see('undo: it still runs; abort it first');
  console.press('t');
  await console.see('retry what failed: it still runs');
  console.press('G');
  await sayYes(console, 'S', 'Press y to skip e');
  await console.see(/1 running +· 3 queued +- 1 skipped/, START_MS);

  console.press('z');
  await console.see('z resumes it', START_MS);
  desk.let('ok.a', 'go.a');
  // Nothing takes the place of what ended.
  await console.see(/1 done +· 3 queued +- 1 skipped/, START_MS);
  console.press('W');
  await console.see('Waves over 5 nodes');
  // The form hears no key in its first moment, so its first field is emptied until that is seen.
  const isEmpty = console.see(/> Canary +│/, START_MS);
  const again = setInterval(() => console.press(CLEAR), 100);
  await isEmpty.finally(() => clearInterval(again));
  console.press('1', '\t', CLEAR, '2');
  await console.see(/> At once +2 +│/);
  console.press('\r');
  await console.see('canary 1, 2 at once', START_MS);
  expect(desk.effects()).toEqual(['a']);
  await sayYes(console, 'z', 'Press y to go on');
  await console.see(/1 done +▸ 2 running +· 1 queued/, START_MS);
  const pids = [await pidOf(desk, 'b'), await pidOf(desk, 'c')];

  await sayYes(console, 'x', 'Press y to abort');
  await console.see(/ended[\s\S]*2 failed +· 1 queued +- 1 skipped/, START_MS);
  expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  expect(desk.effects().toSorted()).toEqual(['a', 'b', 'c']);
  console.press('t');
  const plan = await console.see(
    (screen) => screen.includes('retry: ') && screen.includes('Nothing has been'),
    START_MS,
  );
  expect([...plan.matchAll(/wait for a word +(\S+)/g)].map(([, node]) => node)).toEqual(['b', 'c', 'd']);
}, 180_000);

test('after a failure z names who stays behind, f plans nothing but the step that failed, and u takes back what was changed', async () => {
  const desk = deskOn('a', 'b');
  const { console } = desk;
  desk.let('go.a', 'go.b', 'ok.b');
  await planOn(console, 'trial', 2);
  await sayYes(console, 'X', 'Press y to run it');
  await console.see('z goes on with the others, t tries again, u takes back, x ends it', START_MS);
  const question = await sayYes(console, 'z', 'Press y to go on', 'n');
  expect(question).toContain('a failed, and stays as it is.');
  expect(question).toContain('Left to begin: 1 node.');
  expect(desk.effects()).toEqual(['a']);
  await sayYes(console, 'z', 'Press y to go on');
  await console.see(/ended[\s\S]*1 done +✗ 1 failed/, START_MS);
  expect(desk.effects()).toEqual(['a', 'b']);

  desk.let('ok.a');
  console.press('f');
  const retry = await console.see(/retry: [\s\S]*Nothing has been changed yet/, START_MS);
  expect(retry).toContain('ask for a yes');
  expect(retry).not.toContain('wait for a word');
  await sayYes(console, 'X', 'Press y to run it');
  await console.see(/ended[\s\S]*✓ 1 done/, START_MS);
  console.press('f');
  await console.see('retry the failed step: everything succeeded');
  expect(desk.effects()).toEqual(['a', 'b']);

  // Back to the first one, by the list: the older one stands below.
  console.press('J');
  await console.see(/ROLLOUT|WHAT/);
  console.press('G', 'u');
  const undo = await console.see(/undo: [\s\S]*Nothing has been changed yet/, START_MS);
  expect(undo).toContain('take the word back');
  await sayYes(console, 'X', 'Press y to run it');
  await console.see(/ended[\s\S]*2 done/, START_MS);
  expect(desk.effects().toSorted()).toEqual(['a', 'b', 'back a', 'back b']);
}, 180_000);

test('a plan is made again from what the nodes are now, and the one before it is gone', async () => {
  const desk = deskOn('here');
  const { console } = desk;
  const plans = () => readdirSync(join(desk.home.path, 'state', 'muster', 'rollouts'));
  await planOn(console, 'make-one', 1);
  const [first] = plans();
  console.press('t');
  await console.see(() => plans().length === 1 && plans()[0] !== first, START_MS);
  await console.see('Nothing has been changed yet', START_MS);
  mkdirSync(join(desk.home.path, 'made'));
  console.press('t');
  await console.see('all of it holds already', START_MS);
  // The same by its form.
  const second = plans();
  console.press('E');
  await console.see('Make one');
  console.press('\r');
  await console.see(() => plans().some((plan) => !second.includes(plan)), START_MS);
  await console.see('all of it holds already', START_MS);
}, 180_000);

test('a second operator sees who has the node, nothing of theirs begins, and it goes on by itself when the node is free', async () => {
  const first = deskOn('here');
  await planOn(first.console, 'trial', 1);
  await sayYes(first.console, 'X', 'Press y to run it');
  await pidOf(first, 'here');
  const second = deskBeside(newHome(), { MUSTER_SPOOL: join(first.home.path, 'spool') }, ['here']);
  second.let('go.here', 'ok.here');
  await planOn(second.console, 'trial', 1);
  await sayYes(second.console, 'X', 'Press y to run it');
  await second.console.see(/held by \S+ since \d\d:\d\d: Try it/, START_MS);
  expect(second.effects()).toEqual([]);
  first.let('ok.here', 'go.here');
  await first.console.see('1 done', START_MS);
  await second.console.see('1 done', START_MS);
  expect([first.effects(), second.effects()]).toEqual([['here'], ['here']]);
}, 180_000);
