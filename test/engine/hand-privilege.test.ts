// How a hand gets root: sudo that lets it, refuses, or wants a password, played by a stand-in in the node's PATH.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type HandNode, startHandNode, step } from './hand-node.ts';

const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
/** Nobody here has this user id, so its spool is this test's own. */
const UID = '987654';

/** A node whose login user is not root; the stand-in sudo takes `-n` where `sudo` says so, and `-S` with the password `secret`. */
function nodeWith(sudo: 'lets' | 'refuses' | 'none'): HandNode {
  const node = startHandNode(['sh']);
  onTestFinished(() => {
    node.close();
    rmSync(`/tmp/muster-${UID}-${boot}`, { recursive: true, force: true });
  });
  const bin = (name: string, script: string) =>
    writeFileSync(join(node.folder, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  bin('id', `echo "\${RISEN-${UID}}"`);
  const log = join(node.folder, 'sudo.log');
  const rise = 'RISEN=0 exec "$@"';
  bin(
    'sudo',
    `echo "$*" >>${log}
if [ "$1" = -n ]; then shift; ${sudo === 'lets' ? rise : 'echo "sudo: a password is required" >&2; exit 1'}; fi
shift 3
read -r word
[ "$word" = secret ] || { echo 'Sorry, try again.' >&2; read -r word; exit 1; }
${rise}`,
  );
  return node;
}

test('where sudo lets it, the program is root for as long as it runs, and sudo is asked twice', async () => {
  const node = nodeWith('lets');
  const hand = node.hand();
  for (const number of [1, 2, 3]) expect(await hand.start(step(number, ['true']))).toEqual({ kind: 'started' });
  expect(readFileSync(join(node.folder, 'sudo.log'), 'utf8').trim().split('\n').length).toBe(2);
});

test("where sudo refuses, a root step is refused with sudo's own words, and a login user's step runs", async () => {
  const hand = nodeWith('refuses').hand();
  const refused = { kind: 'refused', because: 'sudo: a password is required' };
  expect(await hand.start(step(1, ['true']))).toEqual(refused);
  const run = step(2, ['echo', 'mine'], { as: 'login-user' });
  expect(await hand.start(run)).toEqual({ kind: 'started' });
  let text = '';
  const end = await hand.follow(run.name, 0, (chunk) => {
    text += chunk.toString();
  });
  expect([end, text]).toEqual([{ kind: 'exited', exitCode: 0, droppedBytes: 0 }, 'mine\n']);
});

test('a password is asked for once, goes to sudo on its input, and stands nowhere else', async () => {
  const node = nodeWith('refuses');
  const asked: string[] = [];
  const hand = node.hand({
    askPassword: async (name, words) => {
      asked.push(`${name}: ${words}`);
      return 'secret';
    },
  });
  const run = step(1, [
    'sh',
    '-c',
    'tr "\\0" "\\n" </proc/$PPID/environ; cat /proc/[0-9]*/cmdline | grep -c "[s]ecret"',
  ]);
  expect(await hand.start(run)).toEqual({ kind: 'started' });
  let text = '';
  await hand.follow(run.name, 0, (chunk) => {
    text += chunk.toString();
  });
  expect(text).not.toContain('secret');
  node.cut();
  expect((await hand.start(step(2, ['true']))).kind).toMatch(/^(?:started|lost)$/);
  expect(await hand.start(step(3, ['true']))).toEqual({ kind: 'started' });
  expect(asked).toEqual(['gpu01: sudo: a password is required']);
});

test('a wrong password is told, forgotten, and asked for again the next time', async () => {
  const words = ['wrong', 'secret'];
  const hand = nodeWith('refuses').hand({ askPassword: async () => words.shift() });
  expect(await hand.start(step(1, ['true']))).toMatchObject({
    kind: 'lost',
    because: expect.stringContaining('sudo did not accept the password'),
  });
  expect(await hand.start(step(1, ['true']))).toEqual({ kind: 'started' });
});

test('a step that was started as root is not taken for one that never was, where root is refused by now', async () => {
  const node = nodeWith('lets');
  const first = node.hand();
  const run = step(1, ['sh', '-c', 'sleep 0.2; echo done'], { as: 'login-user' });
  expect([await first.start(run), first.isRoot()]).toEqual([{ kind: 'started' }, true]);
  writeFileSync(join(node.folder, 'bin', 'sudo'), '#!/bin/sh\necho "sudo: a password is required" >&2; exit 1\n');
  const answers = [undefined, 'secret'];
  const second = node.hand({ askPassword: async () => answers.shift() });
  const because = 'it was started as root, and root is refused now: sudo: a password is required';
  expect(await second.follow(run.name, 0, () => {}, true)).toEqual({ kind: 'lost', because });
  expect([await second.stop(run.name, true), second.isRoot()]).toMatchObject([{ kind: 'lost' }, false]);
  let text = '';
  const hear = (chunk: Buffer) => {
    text += chunk.toString();
  };
  const end = await first.follow(run.name, 0, hear, true);
  expect([end, text]).toEqual([{ kind: 'exited', exitCode: 0, droppedBytes: 0 }, 'done\n']);
});
