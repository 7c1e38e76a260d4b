// kill -9 of the runner and of a node's power while a disk is made, at moments that a seed draws. What ran is counted on the node. And the last
// moment of all: the power goes as soon as a rollout says that it succeeded.
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

/** One change on a node of its own, and what the node's own tools say of it after a boot. */
interface Lane {
  readonly node: string;
  /** Commands in order; the power goes when the last one has told its success. */
  readonly change: readonly (readonly string[])[];
  readonly asks: string;
  readonly says: string;
}

async function isKept({ node: name, change, asks, says }: Lane): Promise<void> {
  const node = lab.node(name);
  for (const args of change) await muster.tells(['apply', ...args]);
  await node.powerCycle();
  await expect.poll(() => node.says(asks).then(({ stdout }) => stdout), { timeout: 120_000 }).toBe(says);
  for (const args of change) expect((await muster.run(['apply', ...args])).stdout, name).toContain('nothing to do: ');
}

describe('when the power goes as soon as a rollout has succeeded, everything is there after the boot and nothing is to be done', () => {
  const FILE = '/etc/muster-last.conf';
  const EXPORT = '/export/data/last';
  const BY_UNIT = '/srv/by-unit';
  const BY_FSTAB = '/srv/by-fstab';
  const gone = `systemctl disable --now 'srv-by\\x2dunit.mount'; umount ${BY_FSTAB}
rm -rf '/etc/systemd/system/srv-by\\x2dunit.mount' ${FILE} ${EXPORT} /etc/exports.d/muster-export-data-last.exports /etc/muster/maintenance
sed -i '/by-fstab/d' /etc/fstab; systemctl daemon-reload; exportfs -ra; rmdir ${BY_UNIT} ${BY_FSTAB}; sync`;

  test('a volume whose unit is enabled, a line of fstab, an export, a copied file, and a note that was taken away', async () => {
    const [one, three] = [lab.node('client-1'), lab.node('client-3')];
    const disks = [await one.freshDisk({ sizeMiB: 100 }), await three.freshDisk({ sizeMiB: 300 })] as const;
    const uuid = await one.tells(
      `mkfs.ext4 -q ${disks[0].path} && udevadm settle && blkid -o value -s UUID ${disks[0].path}`,
    );
    await lab.node('nfs-1').tells(`mkdir -p ${EXPORT}; sync`);
    await muster.tells(['apply', 'drain-note', '-l', 'client-2', '--reason', 'fans', '--yes']);
    const erase = ['--yes', '--confirm', `erase ${disks[1].serial} on client-3`];
    const disk = ['provision-disk', '-l', 'client-3', '--disk', disks[1].serial, '--label', 'by-unit', ...erase];
    const fstab = [
      'mount',
      '-l',
      'client-1',
      '--source',
      `UUID=${uuid.trim()}`,
      '--type',
      'ext4',
      '--how',
      'fstab',
      '--yes',
    ];
    const lanes: readonly Lane[] = [
      {
        node: 'client-3',
        change: [[...disk, '--target', BY_UNIT]],
        asks: `findmnt -no FSTYPE ${BY_UNIT}; systemctl is-enabled 'srv-by\\x2dunit.mount'`,
        says: 'ext4\nenabled\n',
      },
      {
        node: 'client-1',
        change: [[...fstab, '--target', BY_FSTAB]],
        asks: `findmnt -no FSTYPE ${BY_FSTAB}; grep -c ' ${BY_FSTAB} ' /etc/fstab`,
        says: 'ext4\n1\n',
      },
      {
        node: 'nfs-1',
        change: [['export', '-l', 'nfs-1', '--path', EXPORT, '--clients', '10.77.0.0/24', '--yes']],
        asks: `exportfs -s | grep -c '^${EXPORT} '`,
        says: '1\n',
      },
      {
        node: 'client-2',
        change: [
          ['copy-file', '-l', 'client-2', '--path', FILE, '--text', 'kept', '--yes'],
          ['drain-note', '-l', 'client-2', '--clear', '--yes'],
        ],
        asks: `cat ${FILE}; stat -c %a ${FILE}; ls /etc/muster`,
        says: 'kept\n644\n',
      },
    ];
    try {
      const ends = await Promise.allSettled(lanes.map(isKept));
      expect(ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))).toEqual([]);
    } finally {
      await Promise.all(lanes.map(({ node }) => lab.node(node).says(gone)));
      await Promise.all(disks.map((each) => each.remove()));
    }
  });
});
