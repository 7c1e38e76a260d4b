// Disks, exports and mounts that really fail: what muster says before, during and after, and what it keeps running on the nodes.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Lab } from './lab.ts';
import { testLab } from './test-lab.ts';
import { agreement } from './truth.ts';
import { allUp, hasFinding, leftOn, nodeIn, type Status, type Watched, watch } from './watch.ts';

let lab: Lab;
let muster: Watched;
beforeAll(async () => {
  lab = await testLab();
  muster = watch(lab);
  await muster.see('all nodes up', allUp, 120_000);
});
afterEach(() => lab.healAll());
afterAll(() => muster.close());

const usageOf = (status: Status, name: string, target: string) => nodeIn(status, name).facts.usage?.[target];
const has = (rule: string, node: string) => (status: Status) => hasFinding(status, rule, node);
const hasNot = (rule: string) => (status: Status) => status.findings.every((finding) => finding.rule !== rule);

/** A period of 20 s until it is asked, then 5 s until the answer is overdue; a busy node is asked at longer intervals. */
const HUNG_MS = 90_000;
/** A whole round of every fact on a slow node, twice. */
const ROUND_MS = 150_000;

test('a mount that hangs is told, keeps one child at most, holds up no other fact, and is well when the server is back', async () => {
  const node = lab.node('client-2');
  await muster.see('usage', (status) => usageOf(status, 'client-2', '/mnt/data')?.state === 'ok', ROUND_MS);
  await node.fault('hang-mount');
  const isHung = (status: Status) => usageOf(status, 'client-2', '/mnt/data')?.state === 'hung';
  const hung = await muster.see('hang', isHung, HUNG_MS);
  expect(nodeIn(hung.status, 'client-2').link.kind).toBe('up');
  await muster.see('finding', has('mount-hung', 'client-2'), 30_000);
  await agreement(lab, muster, ['client-2'], { stuck: { 'client-2': ['/mnt/data'] } });
  expect(Number((await node.says("pgrep -fc '^stat -f .*/mnt/data'")).stdout)).toBeLessThanOrEqual(1);
  await lab.healAll();
  await muster.see('no finding', hasNot('mount-hung'), ROUND_MS);
  await agreement(lab, muster, ['client-2']);
});

test('a stopped NFS server is told with its clients’ mounts hanging, and all go on when it is started', async () => {
  await lab.node('nfs-1').fault('stop-nfs');
  await muster.see('hang', (status) => usageOf(status, 'client-3', '/mnt/data')?.state === 'hung', HUNG_MS);
  await agreement(lab, muster, ['nfs-1']);
  await lab.healAll();
  await muster.see('usage', (status) => usageOf(status, 'client-3', '/mnt/data')?.state === 'ok', ROUND_MS);
  await agreement(lab, muster, ['nfs-1', 'client-3']);
});

test('a full data disk is one finding of the share on the server and its clients, until there is room', async () => {
  await lab.node('nfs-1').fault('fill-disk');
  await lab.node('client-1').fault('fill-disk');
  const full = await muster.see('full', has('disk-filling', 'nfs-1'), ROUND_MS);
  expect(full.status.findings.filter(({ title }) => title.includes('/export/data')).length).toBe(1);
  await muster.see('full root disk', has('disk-filling', 'client-1'), ROUND_MS);
  await agreement(lab, muster, ['nfs-1', 'client-1']);
  await lab.healAll();
  await muster.see('room', hasNot('disk-filling'), ROUND_MS);
  await agreement(lab, muster, ['nfs-1', 'client-1']);
});

test('a disk that turns read-only is told, on the data disk and on a root disk, and healed by a check and a mount, or a boot', async () => {
  await Promise.all([lab.node('nfs-1').fault('read-only-disk'), lab.node('client-1').fault('read-only-disk')]);
  await muster.see('read-only', (s) => has('read-only', 'nfs-1')(s) && has('read-only', 'client-1')(s), ROUND_MS);
  await agreement(lab, muster, ['nfs-1', 'client-1']);
  await lab.healAll();
  await muster.see('writable', (status) => allUp(status) && hasNot('read-only')(status), ROUND_MS);
  expect(
    await lab.node('nfs-1').tells('touch /export/data/.try && rm /export/data/.try; findmnt -no FSTYPE /export/data'),
  ).toBe('ext4\n');
  await agreement(lab, muster, ['nfs-1', 'client-1']);
});

test('a filesystem made anew under its export is a stale handle on the clients, until they mount again', async () => {
  await muster.see('usage', (status) => usageOf(status, 'client-3', '/mnt/data')?.state === 'ok', ROUND_MS);
  await lab.node('nfs-1').fault('stale-handle');
  await muster.see('stale', has('stale-handle', 'client-3'), ROUND_MS);
  expect((await lab.node('client-3').says('stat -f /mnt/data')).stderr).toContain('Stale file handle');
  await agreement(lab, muster, ['nfs-1', 'client-3'], { stuck: { 'client-3': ['/mnt/data'] } });
  await lab.node('client-3').tells('umount -l /mnt/data; systemctl restart mnt-data.mount');
  await lab.node('client-2').tells('umount -l /mnt/data; mount /mnt/data');
  await lab.node('client-1').says("umount -l /mnt/shared-data; systemctl restart 'mnt-shared\\x2ddata.automount'");
  await muster.see('no stale handle', hasNot('stale-handle'), ROUND_MS);
  await agreement(lab, muster, ['nfs-1', 'client-2', 'client-3']);
});

test('muster leaves no process on any node', async () => {
  await muster.close();
  expect(await leftOn(lab)).toEqual({});
});
