// kill -9 of the runner and of a node's power while a disk is made, at moments that a seed draws. What ran is counted on the node.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seeded } from '../sim/random.ts';
import { begin } from './kills.ts';
import type { Lab } from './lab.ts';
import { type Product, productOn } from './product.ts';
import { SEED, stateOn, strike, toItsEnd, VICTIMS } from './strikes.ts';
import { testLab } from './test-lab.ts';

let lab: Lab;
let muster: Product;
beforeAll(async () => {
  lab = await testLab();
  muster = productOn(lab);
});
afterAll(() => muster.remove());

describe.each(['runner', 'power'] as const)(`seed ${SEED}: kill -9 of %s while a disk is made`, (victim) => {
  const random = seeded(SEED + 77 + VICTIMS.indexOf(victim));
  const tools = ['parted', 'mkfs.ext4'];

  test('the disk is partitioned and formatted once, and a retry comes to a clean filesystem', async () => {
    const node = lab.node('client-3');
    const disk = await node.freshDisk({ sizeMiB: 300 });
    const label = `kill-${victim}`;
    const target = `/srv/${label}`;
    for (const tool of tools)
      await node.tells(
        `printf '#!/bin/sh\\necho ${tool} >>/var/tmp/effects-disk; sync\\nexec /sbin/${tool} "$@"\\n' >/usr/local/sbin/${tool}; chmod 755 /usr/local/sbin/${tool}`,
      );
    await node.tells('rm -f /var/tmp/effects-disk; sync');
    try {
      const args = ['provision-disk', '-l', 'client-3', '--disk', disk.serial, '--label', label, '--target', target];
      const begun = await begin(muster, ['apply', ...args, '--yes', '--confirm', `erase ${disk.serial} on client-3`]);
      const moment = Math.floor(random() * 14);
      await begun.reaches(moment);
      await strike(victim, begun, node);
      let rollout = await toItsEnd(muster, victim, begun);
      for (let again = 0; stateOn(rollout, 'client-3') !== 'succeeded' && again < 2; again += 1) {
        const ran = await muster.run([
          'rollouts',
          'retry',
          rollout.id,
          '--yes',
          '--confirm',
          `erase ${disk.serial} on client-3`,
        ]);
        expect(ran.code, `${victim} at ${moment}: ${ran.stdout}${ran.stderr}`).toBe(0);
        rollout = await muster.rollout();
        if (rollout.plan?.kind === 'no-op') break;
      }
      expect(
        await node.tells(`cat /var/tmp/effects-disk; findmnt -no FSTYPE,TARGET ${target}`),
        `${victim} at ${moment}`,
      ).toBe(`parted\nmkfs.ext4\next4   ${target}\n`);
      expect(
        await node.tells(`umount ${target}; e2fsck -fn /dev/disk/by-label/${label} >/dev/null 2>&1; echo $?`),
      ).toBe('0\n');
    } finally {
      await node.says(`rm -f ${tools.map((tool) => `/usr/local/sbin/${tool}`).join(' ')} /var/tmp/effects-disk
systemctl disable --now 'srv-kill\\x2d${victim}.mount'; rm -f '/etc/systemd/system/srv-kill\\x2d${victim}.mount'; systemctl daemon-reload; rmdir ${target}`);
      await disk.remove();
    }
  });
});
