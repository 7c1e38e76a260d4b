// Actions on a node's own files, services and notes, as a script runs them: what the node says afterwards, run twice, and taken back.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from './lab.ts';
import { type Product, productOn } from './product.ts';
import { testLab } from './test-lab.ts';

const PATH = '/etc/muster-try.conf';
const UNITS = '/etc/systemd/system';

let lab: Lab;
let muster: Product;
beforeAll(async () => {
  lab = await testLab();
  muster = productOn(lab);
  await away();
});
afterAll(async () => {
  await away();
  muster.remove();
});

const away = () =>
  Promise.all(
    ['client-1', 'client-2', 'client-3'].map((name) =>
      lab
        .node(name)
        .says(`systemctl disable --now try-works try-fails; rm -f ${UNITS}/try-*.service; systemctl daemon-reload
systemctl reset-failed; rm -rf ${PATH} /var/lib/muster /etc/muster /root/try-*`),
    ),
  );

const undoIt = async (phrase?: string): Promise<string> => {
  const { id } = await muster.rollout();
  return muster.tells(['rollouts', 'undo', id, '--yes', ...(phrase === undefined ? [] : ['--confirm', phrase])]);
};

const file = (name: string): Promise<string> => lab.node(name).tells(`stat -c '%U:%G %a' ${PATH}; cat ${PATH}`);

test('a text is replaced on two nodes that differ, tried first, twice without effect, and undone to the byte', async () => {
  const [one, two] = [lab.node('client-1'), lab.node('client-2')];
  await one.tells(`printf 'port=1\\nname=one\\n' >${PATH}; chown daemon:games ${PATH}; chmod 0640 ${PATH}`);
  await two.tells(`printf 'port=1\\nname=two' >${PATH}; chmod 0600 ${PATH}`);
  const before = [await file('client-1'), await file('client-2')];
  const edit = (validate: string) => [
    ...['apply', 'edit-file', '-l', 'client-[1-2]', '--path', PATH, '--find', 'port=1', '--replace', 'port=20490'],
    ...['--validate', validate, '--yes', '--canary', '2', '--max-unavailable', '2', '--max-failures', '2'],
  ];
  const refused = await muster.run(edit('grep -q port=7 "$1"'));
  expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('tried and refused')]);
  expect([await file('client-1'), await file('client-2')]).toEqual(before);

  await muster.tells(edit('grep -q port=20490 "$1"'));
  expect([await file('client-1'), await file('client-2')]).toEqual([
    'daemon:games 640\nport=20490\nname=one\n',
    'root:root 600\nport=20490\nname=two',
  ]);
  const { id } = await muster.rollout();
  expect((await muster.run(edit('true'))).stdout).toContain('\nnothing to do: ');
  await muster.tells(['rollouts', 'undo', id, '--yes']);
  expect([await file('client-1'), await file('client-2')]).toEqual(before);
});

test('lines are copied to a new file and to one that is there, which keeps its owner and mode, and both come back', async () => {
  await lab.node('client-1').tells(`printf 'old\\n' >${PATH}; chown daemon:games ${PATH}; chmod 0604 ${PATH}`);
  await lab.node('client-2').tells(`rm -f ${PATH}`);
  const copy = [
    ...['apply', 'copy-file', '-l', 'client-[1-2]', '--path', PATH, '--text', 'a $HOME `x`', '--text', "b 'c' \\"],
    ...['--mode', '0640', '--yes'],
  ];
  await muster.tells(copy);
  const text = "a $HOME `x`\nb 'c' \\\n";
  expect([await file('client-1'), await file('client-2')]).toEqual([
    `daemon:games 604\n${text}`,
    `root:root 640\n${text}`,
  ]);
  expect((await muster.run(copy)).stdout).toContain('\nnothing to do: ');
  const { id } = await muster.rollout('last').then(() => muster.rollout());
  await muster.tells(['rollouts', 'undo', id, '--yes']);
  expect([await file('client-1'), (await lab.node('client-2').says(`ls ${PATH}`)).code]).toEqual([
    'daemon:games 604\nold\n',
    2,
  ]);
});

test('a maintenance note says reason, author and time, once, and is taken away and put back', async () => {
  const note = ['apply', 'drain-note', '-l', 'client-1', '--reason', 'new fans; ask $USER', '--author', 'kim', '--yes'];
  await muster.tells(note);
  const told = await lab.node('client-1').tells('cat /etc/muster/maintenance');
  expect(told).toMatch(/^reason=new fans; ask \$USER\nauthor=kim\nat=20\d\d-.*Z\n$/);
  expect((await muster.run(note)).stdout).toContain('\nnothing to do: ');
  await muster.tells(['apply', 'drain-note', '-l', 'client-1', '--clear', '--yes']);
  expect(await lab.node('client-1').tells('ls /etc/muster')).toBe('');
  await undoIt();
  expect(await lab.node('client-1').tells('cat /etc/muster/maintenance')).toBe(told);
});

test('a script gets its arguments as they are, as root and as the login user, and its exit code is told per node', async () => {
  const script = 'id -un; printf "<%s>" "$@"; echo; [ "$(uname -n)" != client-2 ] || exit 3';
  const ran = await muster.run([
    ...['apply', 'run-script', '-l', 'client-[1-2]', '--script', script, '--as', 'login-user', '--yes'],
    ...['--canary', '2', '--max-unavailable', '2', '--', 'a b', '$HOME', "it's"],
  ]);
  expect(ran.code).toBe(1);
  expect(ran.stdout).toMatch(/client-2: exited 3/);
  const { id } = await muster.rollout();
  expect(await muster.tells(['rollouts', 'log', id, 'client-1'])).toBe("admin\n<a b><$HOME><it's>\n");
  const undone = await muster.run(['rollouts', 'undo', id, '--yes']);
  expect([undone.code, undone.stdout]).toEqual([3, expect.stringContaining('nobody knows what it changed')]);
});
