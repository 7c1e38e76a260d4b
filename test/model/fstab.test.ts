import { expect, test } from 'vitest';
import { fstabLine, parseFstab } from '../../src/model/fstab.ts';
import { ownFstabTargets, withFstabLine, withoutFstabLine } from '../../src/storage/fstab-lines.ts';
import type { MountWish } from '../../src/storage/mount-wish.ts';

const wish: MountWish = {
  source: 'nfs-a:/srv',
  fsType: 'nfs4',
  target: '/my data',
  options: ['ro'],
  how: 'automount',
  idleSec: 60,
};
const LINE = 'nfs-a:/srv /my\\040data nfs4 ro,nofail,_netdev,x-systemd.automount,x-systemd.idle-timeout=60 0 0';
const MARK = '# Managed by muster, the line below: /my\\040data';

test('entries are read with their octal escapes, comments and short lines left out', () => {
  expect(parseFstab('# a\n\nUUID=1-2\t/\text4\tdefaults 0 1\nx /my\\040data nfs4\nnonsense\n')).toEqual([
    { source: 'UUID=1-2', target: '/', fsType: 'ext4', options: ['defaults'], line: 3 },
    { source: 'x', target: '/my data', fsType: 'nfs4', options: ['defaults'], line: 4 },
  ]);
});

test('a line is written so that it is read again as it was', () => {
  const entry = { source: 'nfs-a:/a b', target: '/t\\a', fsType: 'nfs4', options: ['ro', 'x=1'] };
  expect(parseFstab(fstabLine(entry))).toEqual([{ ...entry, line: 1 }]);
});

test('our line takes the place of the one for the same target, its doubles go, and all other lines stay', () => {
  const text = '# keep\nold:/x /my\\040data nfs4 rw 0 0\n/dev/sda1 / ext4\nold:/y /my\\040data/ nfs4 rw 0 0\n';
  expect(withFstabLine(text, wish)).toBe(`# keep\n${LINE}\n/dev/sda1 / ext4\n`);
  expect(withFstabLine('/dev/sda1 / ext4', wish)).toBe(`/dev/sda1 / ext4\n${MARK}\n${LINE}\n`);
  expect(withoutFstabLine(text, '/my data')).toBe('# keep\n/dev/sda1 / ext4\n');
});

test('a line that was not there before is marked as ours, goes with its mark, and a line of others never counts as ours', () => {
  const written = withFstabLine('/dev/sda1 / ext4\n', wish);
  expect(ownFstabTargets(written)).toEqual(['/my data']);
  expect(withoutFstabLine(written, '/my data')).toBe('/dev/sda1 / ext4\n');
  expect(withFstabLine(written, wish)).toBe(written);
  expect(ownFstabTargets(withFstabLine('old:/x /my\\040data nfs4\n', wish))).toEqual([]);
  expect(ownFstabTargets(`${MARK}\n\n${LINE}\n${MARK}\n/dev/sda1 / ext4\n`)).toEqual([]);
});
