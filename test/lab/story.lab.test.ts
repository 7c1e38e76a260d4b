// The whole story of a share through the product's own commands: blank disk, filesystem, mount, export, three clients, again, a boot of
// every node, and back. What holds is asked of the nodes' own tools, through the lab's own door.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT } from '../../src/cli/command.ts';
import type { Rollout } from '../../src/model/rollout.ts';
import type { FreshDisk } from './disks.ts';
import type { Lab } from './lab.ts';
import { endsOf, type Product, productOn } from './product.ts';
import { testLab } from './test-lab.ts';

const CLIENTS = ['client-1', 'client-2', 'client-3'] as const;
const ALL_SUCCEEDED = ['nfs-1', ...CLIENTS].map((name) => `${name}: succeeded`);
const PATH = '/srv/story';
const POINT = '/mnt/the-story';

let lab: Lab;
let disk: FreshDisk;
let muster: Product;
let shared = '';
beforeAll(async () => {
  lab = await testLab();
  disk = await lab.node('nfs-1').freshDisk({ sizeMiB: 400 });
  muster = productOn(lab, {
    volumes: [
      { name: 'story', nodes: 'nfs-1', disk: { serial: disk.serial }, type: 'ext4', label: 'story', target: PATH },
    ],
    exports: [{ node: 'nfs-1', path: PATH, clients: { '10.77.0.0/24': ['rw', 'sync', 'no_subtree_check'] } }],
    mounts: [
      {
        source: `nfs-1:${PATH}`,
        type: 'nfs4',
        target: POINT,
        nodes: 'client-[1-3]',
        how: 'automount',
        options: ['hard', 'noatime'],
      },
    ],
  });
});
afterAll(async () => {
  await Promise.all(CLIENTS.map((name) => lab.node(name).says(AWAY)));
  await lab.node('nfs-1').says(AWAY_SERVER);
  await disk.remove();
  muster.remove();
});

const UNIT = 'mnt-the\\x2dstory';
const AWAY = `systemctl disable --now '${UNIT}.automount' '${UNIT}.mount'; umount -l ${POINT}; rm -f '/etc/systemd/system/${UNIT}'.*; systemctl daemon-reload`;
const AWAY_SERVER = `rm -f /etc/exports.d/muster-srv-story.exports; exportfs -ra; systemctl disable --now srv-story.mount; rm -f /etc/systemd/system/srv-story.mount; systemctl daemon-reload`;

const share = () => [
  'share-storage',
  ...['--server', 'nfs-1', '--disk', disk.serial, '--label', 'story', '--target', PATH],
  ...['--directories', 'data 1000:1000 0775', '--clients', '10.77.0.0/24'],
  ...['--nodes', 'client-[1-3]', '--mount-point', POINT],
];
const started = () => ['--yes', '--confirm', `erase ${disk.serial} on nfs-1`, '--max-unavailable', '2'];

const isDone = (rollout: Rollout): boolean => endsOf(rollout).every((end) => end.endsWith(': succeeded'));

/** Exit code and what is told where there is nothing to do. */
const NOTHING = [EXIT.ok, expect.stringContaining('\nnothing to do: ')];

/** A user writes on one client; every client reads it. */
async function isSeenByAll(words: string): Promise<void> {
  await lab.node('client-1').tells(`su admin -c 'echo ${words} >${POINT}/data/words'`);
  for (const name of CLIENTS) expect(await lab.node(name).tells(`cat ${POINT}/data/words`), name).toBe(`${words}\n`);
}

async function serverHasIt(): Promise<void> {
  const node = lab.node('nfs-1');
  expect(await node.tells(`lsblk -nro FSTYPE,LABEL,MOUNTPOINT ${disk.stablePath}`)).toMatch(
    new RegExp(`^(\\s*\\n)?ext4 story ${PATH}\\n$`),
  );
  expect(await node.tells("exportfs -s | grep '^/srv/story '")).toMatch(
    /^\/srv\/story {2}10\.77\.0\.0\/24\(.*root_squash.*\n$/,
  );
  expect(await node.tells(`stat -c '%a %u:%g' ${PATH}/data`)).toBe('775 1000:1000\n');
}

/** One automount that waits and one mount of the share on it, as the kernel lists them. */
async function clientsHaveIt(): Promise<void> {
  for (const name of CLIENTS) {
    const listed = await lab
      .node(name)
      .tells(`findmnt -nro SOURCE,FSTYPE --mountpoint ${POINT}; systemctl is-enabled '${UNIT}.automount'`);
    expect(listed, name).toBe(`systemd-1 autofs\n${lab.node('nfs-1').address}:${PATH} nfs4\nenabled\n`);
  }
}

test('nothing is begun without the phrase that names the disk', async () => {
  const { code, stdout, stderr } = await muster.run(['apply', ...share(), '--yes']);
  expect([code, stderr], stdout).toEqual([
    EXIT.usage,
    `muster: this erases ${disk.serial} on nfs-1; --confirm "erase ${disk.serial} on nfs-1" starts it\n`,
  ]);
  expect(stdout).toContain('cannot be undone: ');
  expect(await muster.tells(['rollouts', 'list'])).toMatch(/no rollouts yet/);
  expect(await lab.node('nfs-1').tells(`wipefs ${disk.path}`)).toBe('');
});

test('one command makes a blank disk the storage of three clients', async () => {
  const { code, stdout } = await muster.run(['apply', ...share(), ...started()]);
  expect(code, stdout).toBe(EXIT.ok);
  const rollout = await muster.rollout();
  shared = rollout.id;
  expect(new Set(endsOf(rollout))).toEqual(new Set(ALL_SUCCEEDED));
  await serverHasIt();
  await isSeenByAll('first');
  await clientsHaveIt();
});

test('the same command has nothing to do, and so has what the inventory wishes', async () => {
  const again = await muster.run(['apply', ...share(), ...started()]);
  expect([again.code, again.stdout]).toEqual(NOTHING);
  const converged = await muster.run(['plan']);
  expect([converged.code, converged.stdout]).toEqual(NOTHING);
});

test('after a boot of every node it is mounted and exported again by itself, and nothing is to be done', async () => {
  await Promise.all(lab.nodes.map((node) => node.restart()));
  await expect
    .poll(
      () =>
        lab
          .node('nfs-1')
          .says("exportfs -s | grep -q '^/srv/story '")
          .then(({ code }) => code),
      { timeout: 120_000 },
    )
    .toBe(0);
  await serverHasIt();
  expect(await lab.node('client-2').tells(`cat ${POINT}/data/words`)).toBe('first\n');
  await isSeenByAll('second');
  await clientsHaveIt();
  const converged = await muster.run(['plan']);
  expect([converged.code, converged.stdout]).toEqual(NOTHING);
});

test('undone, the clients let go before the export goes; the filesystem and what is on it stay', async () => {
  const { code, stderr } = await muster.run(['rollouts', 'undo', shared, '--yes']);
  const [, phrase = ''] = /--confirm "(.*)" starts it/.exec(stderr) ?? [];
  expect([code, phrase]).toEqual([2, expect.stringMatching(/^interrupt /)]);
  const undo = () => muster.run(['rollouts', 'undo', shared, '--yes', '--confirm', phrase, '--max-unavailable', '3']);
  let undone = (await undo()).stdout;
  // A node that was too busy to answer keeps its part; once more, and only that is left to do.
  for (let turn = 1; turn < 3 && !isDone(await muster.rollout()); turn += 1) undone += (await undo()).stdout;
  expect(isDone(await muster.rollout()), undone).toBe(true);
  // What nothing takes back is named: the partition, the filesystem, and the directory on it.
  expect(new Set(undone.split('\n').filter((line) => line.startsWith('refused: '))).size).toBe(3);
  for (const name of CLIENTS) {
    expect(
      await lab
        .node(name)
        .tells(`findmnt -nro SOURCE --mountpoint ${POINT}; ls /etc/systemd/system | grep story; true`),
      name,
    ).toBe('');
  }
  const node = lab.node('nfs-1');
  expect(
    await node.tells(
      `exportfs -s | grep story; findmnt -nro SOURCE --mountpoint ${PATH}; ls /etc/exports.d /etc/systemd/system | grep story; true`,
    ),
  ).toBe('');
  expect(
    await node.tells(
      `lsblk -nro FSTYPE,LABEL ${disk.stablePath}; mount -o ro LABEL=story /mnt && cat /mnt/data/words; umount /mnt`,
    ),
  ).toMatch(/ext4 story\nsecond\n$/);
});
