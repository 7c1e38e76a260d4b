// What goes wrong around a rollout on real nodes: a mount that is in use, hangs or is stale, a server that is gone, a second operator.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { begin } from './kills.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './lab-node.ts';
import { endsOf, type Product, productOn } from './product.ts';
import { testLab } from './test-lab.ts';

const CLIENT = 'client-1';
const POINT = '/mnt/trouble';
const SHARE = '/export/data/trouble';
const ENOUGH_MS = 180_000;

let lab: Lab;
let muster: Product;
let client: LabNode;
let server: LabNode;
beforeAll(async () => {
  lab = await testLab();
  muster = productOn(lab);
  client = lab.node(CLIENT);
  server = lab.node('nfs-1');
  await away();
});
afterAll(async () => {
  await lab.healAll();
  await away();
  muster.remove();
});

// What one test leaves broken must not fail the next.
afterEach(() => lab.healAll());

const away = async (): Promise<void> => {
  await client.says(`pkill -f '^sleep 40[0-9][0-9]'; systemctl disable --now mnt-trouble.mount; umount -l ${POINT}
rm -f /etc/systemd/system/mnt-trouble.*; systemctl daemon-reload; rmdir ${POINT}; rm -f /run/try-* /root/try-*`);
  await server.says(`rm -f /etc/exports.d/*trouble*; exportfs -ra; rm -rf ${SHARE}`);
};

const mount = (source: string) => [
  ...['apply', 'mount', '-l', CLIENT, '--target', POINT, '--source', source, '--options', 'hard,noatime'],
  ...['--how', 'unit', '--yes'],
];
const unmount = (...more: readonly string[]) => [
  ...['apply', 'unmount', '-l', CLIENT, '--target', POINT, '--yes', '--confirm', `interrupt ${CLIENT}`, ...more],
];
const mounted = (): Promise<string> => client.tells(`findmnt -nro SOURCE --mountpoint ${POINT}; true`);

test('a mount in use names who uses it; users who do not listen are ended, and undo mounts it again', async () => {
  await muster.tells(mount('nfs-1:/export/data'));
  const pids = (
    await client.tells(`cd ${POINT}; (sleep 4001 >/dev/null 2>&1 & echo $!)
(sh -c 'trap : TERM; while :; do sleep 1; done; # 4002' >/dev/null 2>&1 & echo $!)`)
  ).split('\n');
  const busy = await muster.run(unmount());
  expect([busy.code, busy.stdout]).toEqual([
    3,
    expect.stringContaining(`in use by ${pids[0]} root sleep 4001; ${pids[1]}`),
  ]);
  await muster.tells(unmount('--users', 'end'));
  expect([await mounted(), await client.tells(`ps -o pid= -p ${pids[0]},${pids[1]}; true`)]).toEqual(['', '']);
  const { id } = await muster.rollout();
  // What was ended is not started again: said, and told by the exit code.
  expect(await muster.tells(['rollouts', 'undo', id, '--yes'], 3)).toContain('programs that were ended');
  expect(await mounted()).toBe('nfs-1:/export/data\n');
});

test('a mount that hangs is named by its users, detached lazily under one, and let go by force where nobody is', async () => {
  const pid = (await client.tells(`cd ${POINT}; sleep 4003 >/dev/null 2>&1 & echo $!`)).trim();
  await client.fault('hang-mount');
  const busy = await muster.run(unmount('--firmness', 'force'));
  expect([busy.code, busy.stdout]).toEqual([3, expect.stringContaining(`in use by ${pid} root sleep 4003`)]);
  const lazy = await muster.tells(unmount('--firmness', 'lazy'));
  expect(lazy).toContain('keep the old mount until they end');
  expect([await mounted(), await client.tells(`readlink /proc/${pid}/cwd`)]).toEqual(['', '/\n']);
  await client.heal('hang-mount');
  await client.tells(`kill ${pid}`);

  await muster.tells(mount('nfs-1:/export/data'));
  await client.fault('hang-mount');
  await client.tells(`(stat ${POINT}/x >/dev/null 2>&1 &)`);
  await muster.tells(unmount('--firmness', 'force', '--keep', 'gone'));
  expect([await mounted(), await client.tells('ls /etc/systemd/system | grep trouble; true')]).toEqual(['', '']);
  await client.heal('hang-mount');
});

test('a share is exported, goes stale under its client, is mended there, and is withdrawn when nobody has it, and undone', async () => {
  await away();
  await server.tells(`mkdir -p ${SHARE}`);
  const share = ['-l', 'nfs-1', '--path', SHARE, '--yes'];
  await muster.tells(['apply', 'export', ...share, '--clients', '10.77.0.0/24(rw,sync,no_subtree_check)']);
  await muster.tells(mount(`nfs-1:${SHARE}`));
  await server.tells(`rm -rf ${SHARE}; mkdir ${SHARE}; touch ${SHARE}/new`);
  expect((await client.says(`sleep 4; stat -f ${POINT}; ls ${POINT}`)).stderr).toContain('Stale file handle');
  await muster.tells([
    'apply',
    'remount',
    '-l',
    CLIENT,
    '--target',
    POINT,
    '--yes',
    '--confirm',
    `interrupt ${CLIENT}`,
  ]);
  expect(await client.tells(`ls ${POINT}`)).toBe('new\n');

  const used = await muster.run(['apply', 'unexport', ...share]);
  expect([used.code, used.stdout]).toEqual([3, expect.stringContaining(`${SHARE} is mounted by ${CLIENT}`)]);
  await muster.tells(unmount('--keep', 'gone'));
  await muster.tells(['apply', 'unexport', ...share]);
  const { id } = await muster.rollout();
  const exported = () => server.tells(`exportfs -s | grep -c ${SHARE}; ls /etc/exports.d | grep -c trouble; true`);
  expect([await exported(), (await muster.run(['apply', 'unexport', ...share])).stdout]).toEqual([
    '0\n0\n',
    expect.stringContaining('nothing to do: '),
  ]);
  await muster.tells(['rollouts', 'undo', id, '--yes']);
  expect(await exported()).toBe('1\n1\n');
});

test('a server that serves nothing is the reason why no client is touched', async () => {
  await away();
  await server.fault('stop-nfs');
  const { code, stdout } = await muster.run(mount('nfs-1:/export/data'));
  await server.heal('stop-nfs');
  expect([code, stdout, await mounted()]).toEqual([
    3,
    expect.stringContaining('its server nfs-1 runs no NFS server'),
    '',
  ]);
});

test('the rollout of a second operator waits for the first, says for whom, and goes on when the node is free', async () => {
  const other = productOn(lab);
  const script = (words: string) => ['apply', 'run-script', '-l', CLIENT, '--yes', '--script', words];
  try {
    const order = 'echo first >>/root/try-order; until [ -e /run/try-go ]; do sleep 0.2; done';
    const first = await begin(muster, [...script(order), '--reason', 'a new disk']);
    await expect
      .poll(async () => (await client.says('cat /root/try-order')).stdout, { timeout: ENOUGH_MS })
      .toBe('first\n');
    const second = await begin(other, script('echo second >>/root/try-order'));
    const waiting = async () => (await other.rollout(second.id)).stages[0]?.[0]?.waiting;
    await expect.poll(waiting, { timeout: ENOUGH_MS, interval: 1_000 }).toMatch(/^held by root@\S+.*a new disk/);
    await client.tells('touch /run/try-go');
    expect([await first.commandEnded, await second.commandEnded]).toEqual([0, 0]);
    expect([await client.tells('cat /root/try-order'), endsOf(await other.rollout(second.id))]).toEqual([
      'first\nsecond\n',
      [`${CLIENT}: succeeded`],
    ]);
  } finally {
    await client.says('touch /run/try-go');
    other.remove();
  }
});
