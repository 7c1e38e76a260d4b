// The command that writes to a disk, run by a real shell against a picture of /dev, /sys, /proc and /etc in a folder of its own.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DeviceIdentity } from '../../src/model/condition.ts';
import { devicePath } from '../../src/model/ids.ts';
import { onlyOn } from '../../src/storage/disk-lock.ts';

const DISK: DeviceIdentity = { path: devicePath('/dev/sdb'), id: 'ata-DATA_S1', serial: 'S1', sizeBytes: 1024 * 512 };

let root = '';

const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

const program = (name: string, body: string): void => {
  put(`bin/${name}`, `#!/bin/sh\n${body}\n`);
  chmodSync(join(root, 'bin', name), 0o755);
};

const link = (path: string, to: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  rmSync(join(root, path), { force: true });
  symlinkSync(to, join(root, path));
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'muster-disk-'));
  for (const [name, number, sectors] of [
    ['sdb', '8:16', 1024],
    ['sdc', '8:32', 1024],
  ] as const) {
    put(`dev/${name}`, '');
    put(`sys/class/block/${name}/size`, `${sectors}\n`);
    put(`sys/class/block/${name}/dev`, `${number}\n`);
    mkdirSync(join(root, `sys/class/block/${name}/holders`));
  }
  put('dev/sdb1', '');
  put('sys/class/block/sdb/sdb1/partition', '1\n');
  put('sys/class/block/sdb/sdb1/dev', '8:17\n');
  link('dev/disk/by-id/ata-DATA_S1', '../../sdb');
  link('dev/disk/by-path/pci-0000:00:1f.2-ata-2-part1', '../../sdb1');
  put('proc/swaps', 'Filename Type Size Used Priority\n');
  for (const [pid, space] of [
    ['1', '4026531841'],
    ['77', '4026532222'],
  ] as const) {
    put(`proc/${pid}/mountinfo`, '20 1 8:1 / / rw - ext4 /dev/sda1 rw\n');
    link(`proc/${pid}/ns/mnt`, `mnt:[${space}]`);
  }
  put('etc/fstab', '# nothing\nUUID=aaaa / ext4 defaults 0 1\n');
  // With --all it opens the disk so that nobody else may have it, as the real one does; otherwise it reads.
  program(
    'wipefs',
    `for device; do :; done
echo "$*" >>"${root}/wiped"
case "$*" in
*--all*) busy="${root}/busy-\${device##*/}"
  if [ -s "$busy" ]; then sed -i 1d "$busy"; echo 'wipefs: error: probing initialization failed: Device or resource busy' >&2; exit 1; fi ;;
*) cat "${root}/signatures" 2>/dev/null ;;
esac
exit 0`,
  );
  // Busy for as many questions as the file has lines.
  program(
    'perl',
    `for device; do :; done
busy="${root}/busy-\${device##*/}"
if [ -s "$busy" ]; then sed -i 1d "$busy"; echo 'Device or resource busy' >&2; exit 1; fi`,
  );
  program('sleep', `echo "$1" >>"${root}/slept"`);
  program('lsblk', 'echo S1');
  program('udevadm', 'exit 0');
  program('write', `echo written >"${root}/written"`);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Programs of a node that has neither perl nor python3: what the script needs, found where this machine has it. */
function bare(...without: readonly string[]): string {
  const needed = ['awk', 'cat', 'grep', 'head', 'ls', 'readlink', 'sed'];
  for (const name of needed)
    link(`bare/${name}`, execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).trim());
  for (const name of ['lsblk', 'sleep', 'udevadm', 'wipefs', 'write'])
    if (!without.includes(name)) link(`bare/${name}`, join(root, 'bin', name));
  return join(root, 'bare');
}

/** The shells of nodes that this machine has. */
const SHELLS = [['sh'], ['dash'], ['bash'], ['busybox', 'sh']].filter(
  ([name = '']) => spawnSync(name, ['-c', ':']).error === undefined,
);

/** What the command said, and whether it wrote. */
function run(
  disk = DISK,
  blank = false,
  {
    path = `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`,
    shell: own = ['sh'],
  }: { readonly path?: string; readonly shell?: readonly string[] } = {},
): { readonly words: string; readonly code: number | null; readonly wrote: boolean } {
  const { argv } = onlyOn(disk, blank ? disk.path : undefined, ['write']);
  const [, ...rest] = argv.map((word) => word.replaceAll(/\/(?=(?:dev\/(?!null)|sys\/|proc\/|etc\/))/g, `${root}/`));
  const [named = 'sh', ...words] = own;
  const program = execFileSync('sh', ['-c', 'command -v "$1"', 'sh', named], { encoding: 'utf8' }).trim();
  const { stderr, status } = spawnSync(program, [...words, ...rest], {
    // Without SHLVL bash takes itself for started over a network and reads the user's files.
    env: { PATH: path, SHLVL: '1' },
    encoding: 'utf8',
  });
  const wrote = execFileSync('sh', ['-c', 'test -e "$1/written" && echo yes || echo no', 'sh', root], {
    encoding: 'utf8',
  });
  return { words: stderr.replaceAll(root, '').trim(), code: status, wrote: wrote === 'yes\n' };
}

const stopped = (because: string) => ({ words: `nothing was written: ${because}`, code: 1, wrote: false });

describe('a command that writes to a disk', () => {
  test('writes where the disk is the one that was chosen and nothing uses it', () => {
    expect(run()).toEqual({ words: '', code: 0, wrote: true });
    expect(run(DISK, true)).toEqual({ words: '', code: 0, wrote: true });
  });

  test('stops where another disk has the kernel name by now, as after a boot', () => {
    link('dev/disk/by-id/ata-DATA_S1', '../../sdc');
    expect(run()).toEqual(stopped('/dev/sdb is not ata-DATA_S1 any more'));
  });

  test('stops where the disk was pulled', () => {
    rmSync(join(root, 'sys/class/block/sdb'), { recursive: true });
    expect(run().wrote).toBe(false);
    expect(run().words).toContain('nothing was written: there is no /dev/sdb');
  });

  test('stops at another size, and at another serial where that is how it is known', () => {
    expect(run({ ...DISK, sizeBytes: 512 })).toEqual(stopped('/dev/sdb has 524288 bytes, not 512'));
    const { id: _, ...bySerial } = DISK;
    expect(run({ ...bySerial, serial: 'S9' })).toEqual(stopped('/dev/sdb has S1, not S9'));
    const { serial: __, ...nameless } = bySerial;
    expect(run(nameless)).toEqual(stopped('nothing tells /dev/sdb from another disk after a boot'));
    expect(run(bySerial).wrote).toBe(true);
  });

  test('stops where a partition is mounted in another namespace alone, as in a container', () => {
    put('proc/77/mountinfo', '20 1 8:1 / / rw - ext4 /dev/sda1 rw\n99 20 8:17 / /data rw - xfs /dev/sdb1 rw\n');
    expect(run()).toEqual(stopped('it is mounted: /proc/77/mountinfo:99 20 8:17 / /data rw - xfs /dev/sdb1 rw'));
  });

  test('takes what kpartx makes for its partitions, and for nothing else, where the disk is reached over several paths', () => {
    put('sys/class/block/sdb/holders/dm-1/dev', '253:1\n');
    put('sys/class/block/sdb/holders/dm-1/dm/uuid', 'part1-mpath-3600\n');
    expect(run().wrote).toBe(true);
    put('sys/class/block/sdb/holders/dm-1/holders/dm-9/dev', '253:9\n');
    rmSync(join(root, 'written'));
    expect(run()).toEqual(stopped('dm-9 is built on /dev/dm-1'));
  });

  test('stops where something is built on a partition, and where it is swap', () => {
    put('sys/class/block/sdb/sdb1/holders/dm-3/dev', '253:3\n');
    expect(run()).toEqual(stopped('dm-3 is built on /dev/sdb1'));
    rmSync(join(root, 'sys/class/block/sdb/sdb1/holders'), { recursive: true });
    put('proc/swaps', `Filename Type Size Used Priority\n${root}/dev/sdb1 partition 1 0 -2\n`);
    expect(run()).toEqual(stopped('/dev/sdb1 is in use as swap'));
  });

  test('stops where fstab or a mount unit means it by a name that lsblk does not tell', () => {
    const name = '/dev/disk/by-path/pci-0000:00:1f.2-ata-2-part1';
    put('etc/fstab', `${root}${name} /data xfs noauto 0 0\n`);
    expect(run()).toEqual(stopped(`${name} stands in /etc/fstab`));
    put('etc/fstab', '');
    put('etc/systemd/system/data.mount', `[Mount]\nWhat=${root}${name}\nWhere=/data\n`);
    expect(run()).toEqual(stopped(`${name} stands in /etc/systemd/system/data.mount`));
  });

  test('stops where the kernel gives a partition to somebody whom no table shows, and waits for one who only looks', () => {
    put('busy-sdb1', '1\n2\n');
    expect(run()).toEqual({ words: '', code: 0, wrote: true });
    rmSync(join(root, 'written'));
    put('busy-sdb1', '1\n2\n3\n4\n5\n6\n');
    expect(run()).toEqual(stopped('the kernel keeps /dev/sdb1 for somebody whom the mount tables do not show'));
  });

  for (const shell of SHELLS)
    test(`asks the kernel through wipefs where there is neither perl nor python3, under ${shell.join(' ')}, and erases nothing`, () => {
      put('busy-sdb1', '1\n2\n');
      expect(run(DISK, true, { path: bare(), shell })).toEqual({ words: '', code: 0, wrote: true });
      const asked = readFileSync(join(root, 'wiped'), 'utf8').replaceAll(root, '').trim().split('\n');
      expect(asked.filter((words) => !words.startsWith('--no-act -'))).toEqual([]);
      expect(new Set(asked)).toEqual(
        new Set(['--no-act --all -- /dev/sdb', '--no-act --all -- /dev/sdb1', '--no-act -- /dev/sdb']),
      );
      rmSync(join(root, 'written'));
      put('busy-sdb1', '1\n2\n3\n4\n5\n6\n');
      expect(run(DISK, true, { path: bare(), shell })).toEqual(
        stopped('the kernel keeps /dev/sdb1 for somebody whom the mount tables do not show'),
      );
    });

  test('writes nothing where no program of the node can ask the kernel', () => {
    expect(run(DISK, false, { path: bare('wipefs') })).toEqual(
      stopped('nothing on the node can ask the kernel whether /dev/sdb is free: perl, python3 or wipefs'),
    );
  });

  test('stops where a process has the disk or a partition open, as a virtual machine does, and names it', () => {
    link('proc/77/fd/3', `${root}/dev/sdbx`);
    link('proc/77/fd/4', `${root}/dev/sdc`);
    expect(run().wrote).toBe(true);
    rmSync(join(root, 'written'));
    link('proc/77/fd/5', `${root}/dev/sdb1`);
    put('proc/77/comm', 'qemu-system-x86\n');
    expect(run()).toEqual(stopped('/dev/sdb1 is open in process 77 qemu-system-x86'));
  });

  test('stops where crypttab, fstab or a unit means it by the UUID of what is on it', () => {
    link('dev/disk/by-uuid/c0ffee-1', '../../sdb1');
    put('etc/crypttab', '# vault UUID=c0ffee-1 none\n#vault UUID=c0ffee-1 none\n');
    expect(run().wrote).toBe(true);
    rmSync(join(root, 'written'));
    put('etc/crypttab', 'vault UUID=c0ffee-1 none luks\n');
    expect(run()).toEqual(stopped('UUID=c0ffee-1 stands in /etc/crypttab'));
    put('etc/crypttab', '');
    put('etc/systemd/system/data.mount', '[Mount]\nWhat=UUID=c0ffee-1\nWhere=/data\n');
    expect(run().words).toContain('UUID=c0ffee-1 stands in /etc/systemd/system/data.mount');
  });

  test('stops where what has to be blank carries something by now', () => {
    put('signatures', 'sdb 0x438 ext4');
    expect(run(DISK, true)).toEqual(stopped('/dev/sdb is not blank: sdb 0x438 ext4'));
  });
});
