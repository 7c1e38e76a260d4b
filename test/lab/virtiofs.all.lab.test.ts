// A node that mounts a folder of this machine over virtio-fs: what it says of itself and what muster says of it, in the quiet, while the folder hangs,
// after a restart and a power cut; and what is left of it in the end.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Lab } from './lab.ts';
import type { LabNode } from './lab-node.ts';
import { wordsOf } from './machine.ts';
import { namespaceOf, namespaces } from './network.ts';
import { planOf, SHARE } from './nodes.ts';
import { placesOf } from './places.ts';
import { pidsWith } from './processes.ts';
import { sharedFolder } from './qemu.ts';
import { agreement } from './truth.ts';
import { allUp, hasFinding, leftOn, nodeIn, type Status, type Watched, watch } from './watch.ts';

const NODE = 'virtiofs-1';
let lab: Lab;
let node: LabNode;
let muster: Watched;
let folder: string;
beforeAll(async () => {
  lab = await Lab.up({ name: `v${process.pid}`, plan: planOf(1, ['virtiofs']), ownerEnds: true, hours: 1 });
  node = lab.node(NODE);
  folder = sharedFolder(lab.name, node.plan, SHARE);
  muster = watch(lab);
  await muster.see('the node up', allUp, 120_000);
}, 900_000);
afterAll(async () => {
  await muster?.close();
  await lab?.down();
});

/** A whole round of every fact on a node whose processor is emulated, twice. */
const ROUND_MS = 300_000;
const usageOf = (status: Status) => nodeIn(status, NODE).facts.usage?.[SHARE.target];
const isUsage = (state: string) => (status: Status) => usageOf(status)?.state === state;

/** This machine's disk is filled and emptied by everybody, so its space is compared by itself. */
const agrees = (stuck: readonly string[] = []): Promise<unknown> =>
  agreement(lab, muster, [NODE], {
    stuck: { [NODE]: stuck },
    isLeftOut: (_, difference) => difference.startsWith(`space left on ${SHARE.target}`),
  });

test('the folder is mounted by its tag, and each side reads what the other wrote', async () => {
  expect(await node.tells(`findmnt -no SOURCE,FSTYPE,TARGET --raw ${SHARE.target}`)).toBe(
    `${SHARE.tag} virtiofs ${SHARE.target}\n`,
  );
  writeFileSync(join(folder, 'here'), 'written here');
  expect(await node.tells(`cat ${SHARE.target}/here; printf 'written there' > ${SHARE.target}/there`)).toBe(
    'written here',
  );
  expect(readFileSync(join(folder, 'there'), 'utf8')).toBe('written there');
});

test('muster says of it what it says itself, and what the inventory wishes is there', async () => {
  await agrees();
  const { status } = await muster.see('usage', isUsage('ok'), ROUND_MS);
  const df = await node.tells(`df -B1 --output=size,avail ${SHARE.target} | tail -n 1`);
  const [size = 0, available = 0] = df.trim().split(/\s+/).map(Number);
  expect(usageOf(status)?.value?.sizeBytes).toBe(size);
  expect(Math.abs((usageOf(status)?.value?.availableBytes ?? 0) - available)).toBeLessThan(size / 10);
  expect(nodeIn(status, NODE).facts.mounts?.value?.filter(({ fsType }) => fsType === 'virtiofs')).toMatchObject([
    { source: SHARE.tag, target: SHARE.target },
  ]);
  expect(status.findings.map(({ rule, title }) => `${rule}: ${title}`)).toEqual([]);
});

test('a folder whose sharing program stands still hangs, keeps one child at most, and is well when it goes on', async () => {
  await node.fault('hang-mount');
  await muster.see('hang', isUsage('hung'), ROUND_MS);
  await muster.see('finding', (status) => hasFinding(status, 'mount-hung', NODE), ROUND_MS);
  await agrees([SHARE.target]);
  expect(Number((await node.says(`pgrep -fc '^stat -f .*${SHARE.target}'`)).stdout)).toBeLessThanOrEqual(1);
  await node.heal('hang-mount');
  await muster.see('no finding', (status) => !hasFinding(status, 'mount-hung', NODE), ROUND_MS);
  await agrees();
});

test('it has the folder and its disk again after a restart and after a power cut', async () => {
  const disks = () => node.tells('lsblk -dno NAME,SIZE,SERIAL');
  const before = await disks();
  await node.tells(`printf kept > ${SHARE.target}/kept; printf kept > /root/kept; sync`);
  expect(before).toContain('VIRTIOFS-1-DISK1');
  for (const again of [node.restart, node.powerCycle]) {
    await again();
    expect(await node.tells(`cat ${SHARE.target}/kept /root/kept`)).toBe('keptkept');
    expect(await disks()).toBe(before);
  }
  await muster.see('the node up', allUp, ROUND_MS);
  await agrees();
});

test.each(['stop-nfs', 'stale-handle', 'xid', 'gpu-lost', 'wedge-nvidia-smi'] as const)(
  '%s is refused in one sentence',
  async (fault) => {
    await expect(node.fault(fault)).rejects.toThrow(
      /^virtiofs-1 (has no (NFS server|export) to lose; take the NFS server|plays no GPU)$/,
    );
  },
);

test('a fresh disk is refused in one sentence', async () => {
  await expect(node.freshDisk()).rejects.toThrow(
    /^virtiofs-1 is played by QEMU; only nodes of user-mode Linux get fresh disks$/,
  );
});

test('muster leaves no process on it, and down leaves nothing on this machine', async () => {
  await muster.close();
  expect(await leftOn(lab)).toEqual({});
  const words = wordsOf(lab.name, node.plan);
  expect(await Promise.all(words.map(async (word) => (await pidsWith(word)).length > 0))).toEqual([true, true, true]);
  await lab.down();
  expect(await Promise.all(words.map(pidsWith))).toEqual([[], [], []]);
  expect(await namespaces()).not.toContain(namespaceOf(lab.name));
  expect(existsSync(placesOf(lab.name).folder)).toBe(false);
  expect(readdirSync('/run/virtiofsd').filter((file) => file.includes(`.${lab.name}.`))).toEqual([]);
});
