// What other tests build on: disks nobody has used, restarts and power cuts that keep them, nodes as new.
import { beforeAll, expect, test } from 'vitest';
import type { Lab } from './lab.ts';
import { testLab } from './test-lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await testLab();
});

test('a fresh disk is blank, keeps its serial number and what was synced to it over a restart and a power cut, and goes', async () => {
  const node = lab.node('client-3');
  const before = await node.tells('lsblk -dno NAME,SERIAL');
  const disk = await node.freshDisk({ sizeMiB: 64 });
  expect(await node.tells(`lsblk -dbno SIZE,SERIAL,FSTYPE ${disk.path}`)).toMatch(
    new RegExp(`^${disk.sizeBytes} ${disk.serial}\\s*$`),
  );
  const bootId = await node.tells('cat /proc/sys/kernel/random/boot_id');
  await node.tells(`mkfs.ext4 -q ${disk.path}; mkdir -p /srv/try; mount ${disk.stablePath} /srv/try
    echo kept > /srv/try/synced; sync; echo lost > /srv/try/lost`);
  await node.powerCycle();
  expect(await node.tells('cat /proc/sys/kernel/random/boot_id')).not.toBe(bootId);
  expect(
    await node.tells(`mount ${disk.stablePath} /srv/try; cat /srv/try/lost /srv/try/synced 2>/dev/null; true`),
  ).toBe('kept\n');
  await node.restart();
  expect(await node.tells(`mount ${disk.stablePath} /srv/try; cat /srv/try/synced`)).toBe('kept\n');
  await disk.remove();
  expect(await node.tells('lsblk -dno NAME,SERIAL; rmdir /srv/try')).toBe(before);
  expect(await node.freshDisks()).toEqual([]);
});

test('a renewed node has lost what was done to it and kept its name, address and host key', async () => {
  const node = lab.node('client-3');
  const key = await node.tells('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
  await node.freshDisk();
  await node.tells('echo mine > /etc/mine; mkfs.ext4 -q /dev/ubdb; sync');
  await node.renew();
  expect(await node.tells('ls /etc/mine 2>&1; lsblk -dno FSTYPE /dev/ubdb; ls /dev/ubdd 2>&1; true')).toBe(
    "ls: cannot access '/etc/mine': No such file or directory\n\nls: cannot access '/dev/ubdd': No such file or directory\n",
  );
  expect(await node.tells('hostname; ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).toBe(`client-3\n${key}`);
});
