// Actions on a node's own files, services and notes, as a script runs them: what the node says afterwards, run twice, and taken back.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from './lab.ts';
import { type Product, productOn } from './product.ts';
import { testLab } from './test-lab.ts';

const PATH = '/etc/muster-try.conf';
/** Both nodes at once, also when one of them fails. */
const TOGETHER = ['--canary', '2', '--max-unavailable', '2', '--max-failures', '2'];
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
    ['client-2', 'client-3'].map((name) =>
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
  const [one, two] = [lab.node('client-2'), lab.node('client-3')];
  await one.tells(`printf 'port=1\\nname=one\\n' >${PATH}; chown daemon:games ${PATH}; chmod 0640 ${PATH}`);
  await two.tells(`printf 'port=1\\nname=two' >${PATH}; chmod 0600 ${PATH}`);
  const before = [await file('client-2'), await file('client-3')];
  const edit = (validate: string) => [
    ...['apply', 'edit-file', '-l', 'client-[2-3]', '--path', PATH, '--find', 'port=1', '--replace', 'port=20490'],
    ...['--validate', validate, '--yes', ...TOGETHER],
  ];
  const refused = await muster.run(edit('grep -q port=7 "$1"'));
  expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('tried and refused')]);
  expect([await file('client-2'), await file('client-3')]).toEqual(before);

  await muster.tells(edit('grep -q port=20490 "$1"'));
  expect([await file('client-2'), await file('client-3')]).toEqual([
    'daemon:games 640\nport=20490\nname=one\n',
    'root:root 600\nport=20490\nname=two',
  ]);
  const { id } = await muster.rollout();
  expect((await muster.run(edit('true'))).stdout).toContain('\nnothing to do: ');
  await muster.tells(['rollouts', 'undo', id, '--yes', ...TOGETHER]);
  expect([await file('client-2'), await file('client-3')]).toEqual(before);
});

test('lines are copied to a new file and to one that is there, which keeps its owner and mode, and both come back', async () => {
  await lab.node('client-2').tells(`printf 'old\\n' >${PATH}; chown daemon:games ${PATH}; chmod 0604 ${PATH}`);
  await lab.node('client-3').tells(`rm -f ${PATH}`);
  const copy = [
    ...['apply', 'copy-file', '-l', 'client-[2-3]', '--path', PATH, '--text', 'a $HOME `x`', '--text', "b 'c' \\"],
    ...['--mode', '0640', '--yes', ...TOGETHER],
  ];
  await muster.tells(copy);
  const text = "a $HOME `x`\nb 'c' \\\n";
  expect([await file('client-2'), await file('client-3')]).toEqual([
    `daemon:games 604\n${text}`,
    `root:root 640\n${text}`,
  ]);
  const { id } = await muster.rollout();
  expect((await muster.run(copy)).stdout).toContain('\nnothing to do: ');
  await muster.tells(['rollouts', 'undo', id, '--yes', ...TOGETHER]);
  expect([await file('client-2'), (await lab.node('client-3').says(`ls ${PATH}`)).code]).toEqual([
    'daemon:games 604\nold\n',
    2,
  ]);
});

test('a maintenance note says reason, author and time, once, and is taken away and put back', async () => {
  const note = ['apply', 'drain-note', '-l', 'client-2', '--reason', 'new fans; ask $USER', '--author', 'kim', '--yes'];
  await muster.tells(note);
  const told = await lab.node('client-2').tells('cat /etc/muster/maintenance');
  expect(told).toMatch(/^reason=new fans; ask \$USER\nauthor=kim\nat=20\d\d-.*Z\n$/);
  expect((await muster.run(note)).stdout).toContain('\nnothing to do: ');
  await muster.tells(['apply', 'drain-note', '-l', 'client-2', '--clear', '--yes']);
  expect(await lab.node('client-2').tells('ls /etc/muster')).toBe('');
  await undoIt();
  expect(await lab.node('client-2').tells('cat /etc/muster/maintenance')).toBe(told);
});

test('a script gets its arguments as they are, as root and as the login user, and its exit code is told per node', async () => {
  const script = 'id -un; printf "<%s>" "$@"; echo; [ "$(uname -n)" != client-3 ] || exit 3';
  const ran = await muster.run([
    ...['apply', 'run-script', '-l', 'client-[2-3]', '--script', script, '--as', 'login-user', '--yes'],
    ...['--canary', '2', '--max-unavailable', '2', '--arguments', `'a b' '$HOME' "it's"`],
  ]);
  expect(ran.code).toBe(1);
  expect(ran.stdout).toMatch(/client-3: exited 3/);
  const { id } = await muster.rollout();
  expect(await muster.tells(['rollouts', 'log', id, 'client-2'])).toBe("admin\n<a b><$HOME><it's>\n");
  const undone = await muster.run(['rollouts', 'undo', id, '--yes']);
  expect([undone.code, undone.stdout]).toEqual([3, expect.stringContaining('nobody knows what it changed')]);
});

test('services start, are enabled, restarted, stopped and disabled; one that fails says why; undo leaves alone what changed since', async () => {
  const node = lab.node('client-2');
  await node.tells(`cat >${UNITS}/try-works.service <<'END'
[Service]
ExecStart=/bin/sh -c 'echo begun; exec sleep 100000'
[Install]
WantedBy=multi-user.target
END
cat >${UNITS}/try-fails.service <<'END'
[Service]
Type=notify
ExecStart=/bin/sh -c 'echo reading; printf "line 7: \\033[31mno such key\\n" >&2; exit 3'
END
systemctl daemon-reload`);
  const service = (unit: string, verb: string) => [
    ...['apply', 'service', '-l', 'client-2', '--unit', unit, '--do', verb, '--yes', '--confirm', 'interrupt client-2'],
  ];
  const state = () =>
    node.says('systemctl is-active try-works; systemctl is-enabled try-works').then((ran) => ran.stdout);
  const failed = await muster.run(service('try-fails', 'start'));
  expect([failed.code, failed.stdout]).toEqual([
    1,
    expect.stringContaining('exited 1: try-fails.service said: reading; line 7: ␛[31mno such key'),
  ]);
  await muster.tells(service('try-works', 'start'));
  const started = await muster.rollout();
  await muster.tells(service('try-works', 'enable'));
  expect(await state()).toBe('active\nenabled\n');
  const guarded = await muster.run(['rollouts', 'undo', started.id, '--yes', '--confirm', 'interrupt client-2']);
  expect([guarded.code, guarded.stdout]).toEqual([1, expect.stringContaining('try-works.service is enabled')]);
  const pid = await node.tells('systemctl show -P MainPID try-works');
  await muster.tells(service('try-works', 'restart'));
  expect(await node.tells('systemctl show -P MainPID try-works')).not.toBe(pid);
  await muster.tells(service('try-works', 'disable'));
  await muster.tells(service('try-works', 'stop'));
  expect([await state(), (await muster.run(service('try-works', 'stop'))).stdout]).toEqual([
    'inactive\ndisabled\n',
    expect.stringContaining('nothing to do: '),
  ]);
});

test('a reboot is over when the node has another boot id and its mounts are back', async () => {
  const boot = () => lab.node('client-3').tells('cat /proc/sys/kernel/random/boot_id');
  const before = await boot();
  await muster.tells(['apply', 'reboot', '-l', 'client-3', '--yes', '--confirm', 'interrupt client-3']);
  const { stages } = await muster.rollout();
  expect(stages[0]?.[0]?.steps[0]?.outcome).toEqual({ kind: 'changed' });
  // The lab's own way in has its connection to the boot before.
  await expect.poll(async () => (await lab.node('client-3').says('true')).code, { timeout: 180_000 }).toBe(0);
  expect([(await boot()) === before, await lab.node('client-3').tells('findmnt -nro FSTYPE /mnt/data')]).toEqual([
    false,
    'nfs4\n',
  ]);
});
