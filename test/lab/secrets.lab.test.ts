// sudo with a password and secret fields on real nodes: asked once on a terminal, taken over by another process, and written down nowhere.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { placesOf } from '../../src/journal/places.ts';
import { type Console, start } from '../e2e/driver.ts';
import type { Lab } from './lab.ts';
import { type Product, productOn } from './product.ts';
import { pause, run } from './run.ts';
import { testLab } from './test-lab.ts';

/** What shells and sudo could stumble over. */
const PASSWORD = `p w"$HOME'\\é9`;
const SECRET = 'S3cret; $(id) "x\' \\';
const NODES = ['client-2', 'client-3'];
const LATE_MS = 180_000;

let lab: Lab;
let muster: Product;
let config: string;
beforeAll(async () => {
  lab = await testLab();
  muster = productOn(lab);
  config = mkdtempSync(join(tmpdir(), 'muster-lab-config-'));
  mkdirSync(join(config, 'muster', 'actions'), { recursive: true });
  writeFileSync(join(config, 'muster', 'actions', 'token.yaml'), TOKEN);
  await Promise.all(NODES.map((name) => lab.node(name).tells(PASSWORDED, { env: {} })));
});
afterAll(async () => {
  await Promise.all(NODES.map((name) => lab.node(name).says(FREE)));
  muster.remove();
  rmSync(config, { recursive: true, force: true });
});

const PASSWORDED = `chpasswd <<'END'
admin:${PASSWORD}
END
sed -i 's/NOPASSWD: *//' /etc/sudoers.d/lab && visudo -cqf /etc/sudoers.d/lab && ! su -s /bin/sh admin -c 'sudo -n true' 2>/dev/null`;
const FREE = `echo 'admin ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/lab; passwd -dq admin; usermod -p '*' admin; rm -f /root/try-* /run/try-*`;

const TOKEN = `actions:
  put-token:
    title: Put a token down
    fields:
      token: { kind: secret, help: the token, required: true }
    steps:
      - run: [tee, /root/try-token]
        stdin: "{{ token }}"
        done: exit-code
        undo: { never: a token that was put down is not taken back }
`;

/** muster on a terminal inside the lab. */
function onTerminal(args: readonly string[]): Console {
  const [program = '', ...rest] = muster.argv(args);
  return start({
    command: [program],
    args: rest,
    columns: 200,
    rows: 50,
    env: { ...muster.env, XDG_CONFIG_HOME: config },
  });
}

/** Types a line once the terminal asks for it. Keys are not heard in the first moments, and Enter within the same read counts as pasted. */
async function answer(console: Console, asked: string | RegExp, text: string): Promise<void> {
  await console.see(asked, LATE_MS);
  await pause(1_500);
  console.press(text);
  await pause(500);
  console.press('\r');
}

/** Where any of these texts stands in the state folder of muster, or in what a node keeps. */
async function leaks(texts: readonly string[]): Promise<readonly string[]> {
  const words = texts.flatMap((text) => ['-e', text]);
  const here = await run(['grep', '-rlF', ...words, muster.state]);
  const listed = texts.map((text) => `'${text.replaceAll("'", "'\\''")}'`);
  const there = await Promise.all(
    NODES.map((name) =>
      lab.node(name).says(`for word in ${listed.join(' ')}; do
grep -rlsF -e "$word" /run/muster /run/try-seen /var/log /etc/muster /tmp; journalctl -b --no-pager -q -o cat | grep -F -e "$word" | sed 's/^/journal: /'; done`),
    ),
  );
  return [here.stdout, ...there.map(({ stdout }) => stdout)].filter((text) => text !== '');
}

const SHARED = /a password is required.*also for the other nodes: /;

test("sudo's password is asked once for two nodes, a wrong one is told, and it is written down nowhere", async () => {
  // A process that ends between the listing and the reading is no failure of the step.
  const seen = 'id -un; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ >/run/try-seen || :';
  const console = onTerminal([
    ...['apply', 'run-command', '-l', 'client-[2-3]', '--yes', '--canary', '2', '--max-unavailable', '2'],
    ...['--command', seen, '--shell'],
  ]);
  await answer(console, SHARED, 'wrong');
  await answer(console, /was not accepted.*also for the other nodes: /, PASSWORD);
  await console.see(/2 succeeded of 2|failed|refused/, LATE_MS);
  expect(console.raw()).not.toContain(PASSWORD);
  expect([await console.exited, await leaks([PASSWORD])]).toEqual([0, []]);
  await console.close();
});

for (const [how, name] of [
  ['attach', 'client-3'],
  ['resume', 'client-2'],
] as const)
  test(`a rollout whose runner was killed is taken over by ${how} with the password asked anew, and its step ran once`, async () => {
    const script =
      'echo begun >>/root/try-order; until [ -e /run/try-go ]; do sleep 0.2; done; echo ended >>/root/try-order';
    const first = onTerminal(['apply', 'run-script', '-l', name, '--yes', '--script', script, '--as', 'root']);
    await answer(first, SHARED, PASSWORD);
    const node = lab.node(name);
    await expect
      .poll(async () => (await node.says('cat /root/try-order')).stdout, { timeout: LATE_MS })
      .toBe('begun\n');
    const { id } = await muster.rollout();
    const { pid }: { readonly pid: number } = JSON.parse(readFileSync(placesOf(muster.state, id).runner, 'utf8'));
    first.signal('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await first.exited;

    const second = onTerminal(['rollouts', how, id]);
    await second.see(SHARED, LATE_MS);
    await node.tells('touch /run/try-go');
    await answer(second, SHARED, PASSWORD);
    await second.see(/1 succeeded of 1|failed|unknown/, LATE_MS);
    expect([await second.exited, await node.tells('cat /root/try-order')]).toEqual([0, 'begun\nended\n']);
    for (const { raw } of [first, second]) expect(raw()).not.toContain(PASSWORD);
    expect(await leaks([PASSWORD])).toEqual([]);
    await Promise.all([first.close(), second.close()]);
  });

test('a secret field is asked for, reaches the step on its input, and is masked in plan, log, journal and on the screen', async () => {
  const console = onTerminal(['apply', 'put-token', '-l', 'client-2', '--yes']);
  await answer(console, /Token: /, SECRET);
  await answer(console, SHARED, PASSWORD);
  await console.see(/1 succeeded of 1|failed|refused/, LATE_MS);
  expect([await console.exited, await lab.node('client-2').tells('cat /root/try-token')]).toEqual([0, SECRET]);
  expect(await muster.tells(['rollouts', 'log', 'last'])).toBe('client-2: ******\n');
  expect(console.raw()).not.toContain(SECRET);
  expect(await leaks([SECRET, PASSWORD])).toEqual([]);
  await console.close();
});
