// A change from a key press to its end, on a real node (this machine): nothing of it depends on the console that asked for it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Home, newHome } from './nodes.ts';

const START_MS = 40_000;

/** A home whose rollouts every console of the test finds. */
function homeWithState(): { readonly home: Home; readonly open: (view?: string) => ReturnType<Home['open']> } {
  const home = newHome();
  const inventory = home.inventory({ here: { via: 'local' } });
  const env = { XDG_STATE_HOME: join(home.path, 'state') };
  const open = (view = 'nodes') => home.open({ args: ['-i', inventory, '--open', view], columns: 100, rows: 30, env });
  return { home, open };
}

/** From the list of nodes to a plan of this shell line, as the login user. */
async function planCommand(console: ReturnType<Home['open']>, line: string): Promise<void> {
  await console.see('● up', START_MS);
  console.press('a');
  await console.see('run-command');
  console.press('run-com');
  await console.see((screen) => !screen.includes('provision-disk'));
  console.press('\r');
  await console.see('Through a shell');
  console.press(line);
  await console.see(line.slice(-20));
  console.press('\x1b[B', ' ', '\x1b[B', ' ');
  await console.see(/login/);
  console.press('\r');
  await console.see('Nothing has been changed yet', START_MS);
}

/** Starts the plan on the screen: a key, the moment in which keys are not heard, another key. */
async function run(console: ReturnType<Home['open']>): Promise<void> {
  console.press('X');
  await console.see('Press y to run it');
  // Keys are not heard for 300 ms: pressed until the question is gone.
  const hasGone = console.see((screen) => !screen.includes('Press y to run it'), START_MS);
  const again = setInterval(() => console.press('y'), 100);
  await hasGone;
  clearInterval(again);
}

test('a step goes on when its console is killed, the next console shows it with its whole log, and it ran once', async () => {
  const { home, open } = homeWithState();
  const [effects, gate] = [join(home.path, 'effects'), join(home.path, 'gate')];
  const first = open();
  await planCommand(first, `echo once >>${effects}; echo sa""id; until [ -e ${gate} ]; do sleep 0.05; done; echo bye`);
  expect(existsSync(effects)).toBe(false);
  await run(first);
  // The plan and the board name the command, and only what it says is in one word.
  await first.see('said', START_MS);
  first.signal('SIGKILL');
  await first.exited;

  const second = open('rollouts');
  await second.see('running', START_MS);
  second.press('\r');
  await second.see('1 running', START_MS);
  writeFileSync(gate, '');
  await second.see('1 done', START_MS);
  second.press('\r');
  // Lines of the log: the board before it names the whole command.
  const log = await second.see(/^\W*2 +bye *$/m, START_MS);
  expect(log.match(/^\W*\d+ +said *$/gm)).toHaveLength(1);
  expect(readFileSync(effects, 'utf8')).toBe('once\n');
});

test('a command that fails is told in its own words, and nothing but a new plan tries it again', async () => {
  const { open } = homeWithState();
  const console = open();
  await planCommand(console, 'echo no such luck >&2; exit 7');
  await run(console);
  await console.see(
    (screen) => ['exited 7', '✗ ended', 'no such luck'].every((words) => screen.includes(words)),
    START_MS,
  );
  console.press('t');
  await console.see('Nothing has been changed yet', START_MS);
});

test('a plan that is given up leaves nothing behind', async () => {
  const { open } = homeWithState();
  const console = open();
  await planCommand(console, 'true');
  console.press('D');
  await console.see('No rollouts', START_MS);
});

test('read-only, the key says why and nothing can be asked for', async () => {
  const { home } = homeWithState();
  const inventory = home.inventory({ here: { via: 'local' } });
  const console = home.open({ args: ['-i', inventory, '--open', 'nodes', '--read-only'], columns: 100, rows: 30 });
  await console.see('● up', START_MS);
  console.press('a');
  await console.see('nothing may be changed here');
});
