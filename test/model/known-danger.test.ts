import { describe, expect, test } from 'vitest';
import { dangersIn } from '../../src/model/known-danger.ts';
import { splitWords } from '../../src/model/words.ts';

const ofWords = (text: string): readonly string[] => {
  const split = splitWords(text);
  if (split.kind === 'problem') throw new Error(split.because);
  const [program = '', ...rest] = split.words;
  return dangersIn({ argv: [program, ...rest] });
};
const ofShell = (text: string): readonly string[] => dangersIn({ argv: ['/bin/sh', '-c', text] });

describe('programs that destroy or interrupt are known by name', () => {
  for (const line of [
    'mkfs.xfs /dev/sdb1',
    '/usr/sbin/mkfs -t ext4 /dev/sdb',
    'wipefs --all /dev/sdb',
    'wipefs -af /dev/sdb',
    'dd if=/dev/zero of=/dev/nvme0n1 bs=1M',
    'parted -s /dev/sdb mklabel gpt',
    'sgdisk --zap-all /dev/sdb',
    'rm -rf /scratch/old',
    'rm --recursive x',
    'shutdown -r now',
    'systemctl reboot',
    'systemctl restart nfs-server',
    'systemctl --no-block stop data.mount',
    'service nfs-kernel-server restart',
    'umount /data',
    'sudo -n -u root umount -l /data',
    'timeout -k 5 30 umount /data',
    'nice -n 10 env A=b rm -r x',
    'find /scratch -mtime +30 -exec rm -r {} +',
    'find /scratch -delete',
    "bash -lc 'cd /data && rm -r old'",
    'xargs -n 1 rm -r',
    'nvidia-smi --gpu-reset',
  ])
    test(line, () => expect(ofWords(line)).toHaveLength(1));
});

describe('what only looks, or names such a program without running it, is left as it is', () => {
  for (const line of [
    'wipefs /dev/sdb',
    'dd if=/dev/sdb of=/dev/null bs=1M count=100',
    'dd if=/dev/zero of=/data/file',
    'parted /dev/sdb print',
    'parted -l',
    'fdisk -l /dev/sdb',
    'sgdisk -p /dev/sdb',
    'rm /tmp/x',
    'grep -r shutdown /var/log',
    'systemctl status nfs-server',
    'systemctl restart node-exporter',
    'sudo -n nvidia-smi -L',
    'uptime',
    'man mkfs.ext4',
  ])
    test(line, () => expect(ofWords(line)).toEqual([]));
});

test('in shell text and scripts every place where a command may begin is looked at', () => {
  expect(ofShell('cd /data && rm -r old; umount /data')).toEqual([
    'rm deletes everything below what it is given',
    'umount takes storage away under whoever uses it',
  ]);
  expect(ofShell('if true; then sudo reboot; fi')).toEqual(['reboot ends everything that runs on the node']);
  expect(ofShell('echo 1 > /dev/sdb')).toEqual(['the shell writes into a device']);
  expect(ofShell('echo done > /dev/null # then reboot')).toEqual([]);
  expect(ofShell('x=$(umount /data)')).toHaveLength(1);
  expect(
    dangersIn({
      argv: ['/bin/bash', '-s', '--', 'a'],
      stdin: 'set -e\nfor d in b c; do\n  mkfs.ext4 /dev/sd$d\ndone\n',
    }),
  ).toEqual(['mkfs.ext4 destroys what the device holds']);
});
