import { expect, test } from 'vitest';
import { mounts } from '../../src/probes/mounts.ts';
import { capture, capturesIn, describeCaptures, factOf, failureOf, parse } from './support.ts';

test('optional fields, escapes and empty sources are read as proc_pid_mountinfo(5) has them', () => {
  const lines = [
    '36 35 98:0 / /data rw,noatime shared:1 master:2 - xfs /dev/sdb rw,attr2,inode64',
    '37 35 0:45 /sub\\040dir /mnt/a\\040b\\011c\\134d rw - nfs4 nfs-a:/srv/x\\040y rw,vers=4.2',
    '38 35 0:46 / /empty rw,relatime -  tmpfs none'.replace('-  tmpfs none', '- tmpfs  rw'),
    '39 35 0:47 / /caf\\303\\251 rw - tmpfs none',
  ];
  expect(factOf(mounts, `${lines.join('\n')}\n`)).toEqual([
    {
      id: 36,
      parentId: 35,
      device: '98:0',
      root: '/',
      target: '/data',
      source: '/dev/sdb',
      fsType: 'xfs',
      options: ['rw', 'noatime'],
      superOptions: ['rw', 'attr2', 'inode64'],
    },
    {
      id: 37,
      parentId: 35,
      device: '0:45',
      root: '/sub dir',
      target: '/mnt/a b\tc\\d',
      source: 'nfs-a:/srv/x y',
      fsType: 'nfs4',
      options: ['rw'],
      superOptions: ['rw', 'vers=4.2'],
    },
    {
      id: 38,
      parentId: 35,
      device: '0:46',
      root: '/',
      target: '/empty',
      source: '',
      fsType: 'tmpfs',
      options: ['rw', 'relatime'],
      superOptions: ['rw'],
    },
    {
      id: 39,
      parentId: 35,
      device: '0:47',
      root: '/',
      target: '/café',
      source: 'none',
      fsType: 'tmpfs',
      options: ['rw'],
      superOptions: [],
    },
  ]);
});

test('a line that is none names itself', () => {
  const good = '36 35 98:0 / /data rw - xfs /dev/sdb rw';
  expect(failureOf(() => parse(mounts, `${good}\n36 35 98:0 / /da`))).toBe(
    'mounts: line 2 is not as expected: "36 35 98:0 / /da"',
  );
  expect(failureOf(() => parse(mounts, '36 35 98:0 / /a\\000b rw - xfs /dev/sdb rw'))).toMatch(/^mounts: line 1/);
});

describeCaptures('mounts', () => {
  test.each(capturesIn('mounts/mountinfo').filter((path) => path.includes('mountinfo/') && !path.endsWith('.mtab')))(
    'every line of %s is a mount',
    (path) => {
      const text = capture(path);
      const lines = text.split('\n').filter((line) => line !== '');
      const found = factOf(mounts, text);
      expect(found.map(({ id, parentId, device }) => `${id} ${parentId} ${device}`)).toEqual(
        lines.map((line) => line.split(' ', 3).join(' ')),
      );
      expect(found.every(({ options, fsType }) => options.length > 0 && fsType !== '')).toBe(true);
    },
  );

  test('an automount and the NFS below it are two entries', () => {
    const found = factOf(mounts, capture('mounts/mountinfo/util-linux-findmnt.mountinfo'));
    expect(
      found
        .filter(({ fsType }) => /autofs|nfs/.test(fsType))
        .map(({ target, fsType, source }) => [target, fsType, source]),
    ).toMatchInlineSnapshot(`
      [
        [
          "/sys/kernel/security",
          "autofs",
          "systemd-1",
        ],
        [
          "/dev/hugepages",
          "autofs",
          "systemd-1",
        ],
        [
          "/sys/kernel/debug",
          "autofs",
          "systemd-1",
        ],
        [
          "/proc/sys/fs/binfmt_misc",
          "autofs",
          "systemd-1",
        ],
        [
          "/dev/mqueue",
          "autofs",
          "systemd-1",
        ],
      ]
    `);
  });
});
