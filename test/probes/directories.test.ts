// The question about directories for real: as root, on a tmpfs in a mount namespace of its own, by every shell that is here.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { directoryTargets, directoryWishes } from '../../src/model/directories.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { VolumeSpec } from '../../src/model/inventory.ts';
import { directories } from '../../src/probes/directories.ts';
import { diskMount, mount } from '../store/builders.ts';
import { parse } from './support.ts';

const volume = (target: string, ...listed: VolumeSpec['directories']): VolumeSpec => ({
  name: 'data',
  nodes: [nodeName('gpu01')],
  disk: {},
  fsType: 'ext4',
  target,
  options: [],
  directories: listed,
});

const wishes = directoryWishes([
  volume('/data', { path: '/data/models', owner: 'svc', group: '50' }, { path: '/data/in/other' }),
  volume('/plain'),
]);

describe('what is asked', () => {
  test('each mounted volume once, its root first, names that are no numbers, and never what is mounted below it', () => {
    const mounts = [diskMount('/data'), diskMount('/data/in', { device: '8:99' }), diskMount('/plain')];
    expect(directoryTargets(mounts, wishes)).toEqual(['/data\n/data\nd /data\nu svc\nd /data/models']);
    expect(directoryTargets([diskMount('/')], wishes)).toEqual([]);
  });

  test('nothing through an automount that waits, and nothing that would keep one from expiring', () => {
    const auto = (timeout: number) =>
      mount('/data', { id: 7, fsType: 'autofs', source: 'systemd-1', superOptions: ['rw', `timeout=${timeout}`] });
    const real = diskMount('/data', { id: 8, parentId: 7 });
    expect(directoryTargets([auto(0)], wishes)).toEqual([]);
    expect(directoryTargets([auto(60), real], wishes)).toEqual([]);
    expect(directoryTargets([auto(0), real], wishes)).toHaveLength(1);
  });
});

const shells = [
  ['dash', 'dash'],
  ['bash', 'bash --posix'],
  ['busybox', 'busybox sh'],
].filter(([name]) => ['/bin', '/usr/bin'].some((folder) => existsSync(`${folder}/${name}`)));
const canMount = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

const scratch = mkdtempSync(join(tmpdir(), 'muster-directories-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const point = join(scratch, 'with blank');

/** Runs the question on a tmpfs of its own, which holds what `prepare` makes there. */
function look(shell: string, target: string, prepare: string): string {
  const script = `set -e
mkdir -p "$POINT"
mount -t tmpfs -o mode=0750 none "$POINT"
cd "$POINT"; ${prepare}
cd /
sudo= exec ${shell} -c "$QUESTION" muster "$TARGET"`;
  const QUESTION = `question() {\n${directories.ask.sh}\n}\nquestion "$1"`;
  const ran = spawnSync('unshare', ['-m', 'dash', '-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C', QUESTION, TARGET: target, POINT: point },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 15_000,
  });
  expect(ran.stderr).toBe('');
  return ran.stdout;
}

describe.runIf(canMount && shells.some(([name]) => name === 'dash'))('the question itself', () => {
  const asked = ['', '/here', '/gone', '/link', '/link/inside'].map((below) => `d ${point}${below}`);
  const names = ['u root', 'u nobody-at-all', 'g root'];
  const target = [point, point.replaceAll(' ', '\\040'), ...asked, ...names].join('\n');

  test.each(shells)(
    '%s: tells owner and mode of the mounted root and of directories, and follows no link',
    (_, shell) => {
      const stdout = look(shell ?? 'sh', target, 'mkdir -m 1777 here; chown 12:34 here; ln -s / link');
      const parsed = parse(directories, stdout, { target });
      const link = 'a symbolic link stands in its place or above it, which is not followed';
      expect(parsed.kind === 'fact' && parsed.value).toEqual({
        target: point,
        directories: [
          { path: point, uid: 0, gid: 0, mode: '0750', kind: 'directory' },
          { path: `${point}/here`, uid: 12, gid: 34, mode: '1777', kind: 'directory' },
          { path: `${point}/gone`, problem: 'No such file or directory' },
          { path: `${point}/link`, problem: link },
          { path: `${point}/link/inside`, problem: link },
        ],
        owners: [
          { kind: 'user', name: 'root', id: 0 },
          { kind: 'user', name: 'nobody-at-all' },
          { kind: 'group', name: 'root', id: 0 },
        ],
      });
    },
  );

  test.each(shells)('%s: looks at nothing when the volume went meanwhile', (_, shell) => {
    const stdout = look(shell ?? 'sh', target, 'cd /; umount "$POINT"');
    expect(parse(directories, stdout, { target: '/p\n/p\nd /p' })).toEqual({
      kind: 'absent',
      because: 'nothing is mounted at /p',
    });
  });
});

test('an answer of another length than the question is refused', () => {
  expect(() => parse(directories, 'd 0 0 755 directory\n', { target: '/p\n/p\nd /p\nd /p/a' })).toThrow();
});
