// What a step names as lasting is on the disk before its end is told, under every shell, whichever sync(1) a node has. A stand-in for sync(1) writes down
// what it was asked for; a table of mounts of the test's own says what lies on a disk of the node.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { StepEnd } from '../../src/engine/hand.ts';
import { type HandNode, step } from './hand-node.ts';
import { nodesUnder, ran } from './hand-steps.ts';
import { hasShell, SHELLS } from './shell-node.ts';

/** First lines of `sync --help`: GNU since 8.24, before that, busybox built without paths, and uutils, whose paths are read and then not heeded. */
const GNU = 'Usage: sync [OPTION] [FILE]...';
const OLD = ['Usage: sync [OPTION]\nForce changed blocks to disk, update the super block.', 'Usage: sync'];
const UUTILS = 'Usage: sync [OPTION]... FILE...\n  -f, --file-system  sync the file systems that contain the files';

const ENDED: StepEnd = { kind: 'exited', exitCode: 0, droppedBytes: 0 };

/** Puts a program before those of the machine. */
const put = ({ folder }: HandNode, name: string, text: string): void =>
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });

/** A node on a disk, with `far` on a server, `waits` on a server that nobody has asked yet, `disk` on a disk of its own. */
function withSync(
  node: HandNode,
  help: string,
  more = '',
): { readonly hand: ReturnType<HandNode['hand']>; readonly asked: () => string } {
  const { folder } = node;
  const log = join(folder, 'asked');
  put(
    node,
    'sync',
    `[ "$1" != --help ] || { cat <<'end'\n${help}\nend\nexit; }\nprintf '<%s>' "$@" >>'${log}'\n${more}`,
  );
  for (const name of ['far', 'waits', 'disk', 'two words']) mkdirSync(join(folder, name));
  const at = folder.replaceAll(' ', '\\040');
  const mounts = join(folder, 'mounts');
  const line = (target: string, type: string) => `1 0 8:1 / ${target} rw,relatime shared:1 - ${type} source rw\n`;
  writeFileSync(
    mounts,
    [
      line('/', 'ext4'),
      line(`${at}/far`, 'nfs4'),
      line(`${at}/waits`, 'autofs'),
      line(`${at}/far/disk`, 'xfs'),
      line(`${at}/two\\040words`, 'btrfs'),
    ].join(''),
  );
  return { hand: node.hand({ mounts }), asked: () => (existsSync(log) ? readFileSync(log, 'utf8') : '') };
}

/** The directory and every folder above it, as sync(1) gets them. */
const upFrom = (path: string): string =>
  path === '' ? '<//.>' : `<${path}/.>${upFrom(path.slice(0, path.lastIndexOf('/')))}`;

const lasting = (argv: readonly [string, ...string[]], ...onDisk: readonly string[]) =>
  step(1, argv, { command: { argv, onDisk } });

for (const { name: shell, command } of SHELLS) {
  describe.runIf(hasShell(command))(`under ${shell}`, () => {
    const { node } = nodesUnder(command);

    test('a directory and all folders above it are synced after the command and before its end is told', async () => {
      const mine = node();
      const made = join(mine.folder, 'two words', 'it’s $new');
      const { hand, asked } = withSync(mine, GNU, `[ -d '${made}' ] || exit 1`);
      expect(await ran(hand, lasting(['mkdir', made], made))).toEqual([ENDED, '']);
      expect(asked()).toBe(`<-->${upFrom(made)}`);
    });

    test('of what was removed the folder is synced, and nothing twice', async () => {
      const mine = node();
      const { hand, asked } = withSync(mine, GNU);
      const gone = join(mine.folder, 'disk');
      expect(await ran(hand, lasting(['rmdir', gone], gone, join(mine.folder, 'never was')))).toEqual([ENDED, '']);
      expect(asked()).toBe(`<-->${upFrom(mine.folder)}`);
    });

    test('files or directories in a folder are synced where they are asked for, and no link among them', async () => {
      const mine = node();
      const { hand, asked } = withSync(mine, GNU);
      const folder = join(mine.folder, 'disk');
      mkdirSync(join(folder, 'a.wants'));
      writeFileSync(join(folder, 'file'), '');
      symlinkSync('/dev/null', join(folder, 'link'));
      symlinkSync('/proc', join(folder, 'other'));
      expect(await ran(hand, lasting(['true'], `${folder}/*/`))).toEqual([ENDED, '']);
      expect(asked()).toBe(`<--><${folder}/a.wants/.>${upFrom(folder)}`);
      const files = step(2, ['true'], { command: { argv: ['true'], onDisk: [`${folder}/*`] } });
      expect(await ran(hand, files)).toEqual([ENDED, '']);
      expect(asked().slice(asked().lastIndexOf('<-->'))).toBe(`<--><${folder}/file>${upFrom(folder)}`);
    });

    test('of a file that a link leads to, the folder of the file is synced, too', async () => {
      const mine = node();
      const { hand, asked } = withSync(mine, GNU);
      const link = join(mine.folder, 'link');
      writeFileSync(join(mine.folder, 'disk', 'file'), '');
      symlinkSync(join(mine.folder, 'disk', 'file'), link);
      expect(await ran(hand, lasting(['true'], link))).toEqual([ENDED, '']);
      expect(asked()).toBe(`<--><${mine.folder}/disk/.>${upFrom(mine.folder)}`);
    });

    test('what lies on another machine is not touched, whatever lies above and below it', async () => {
      const mine = node();
      const { hand, asked } = withSync(mine, GNU);
      const disk = join(mine.folder, 'far', 'disk', 'x');
      mkdirSync(disk, { recursive: true });
      const paths = [disk, join(mine.folder, 'far', 'y'), join(mine.folder, 'waits', 'z')];
      expect(await ran(hand, lasting(['true'], ...paths))).toEqual([ENDED, '']);
      expect(asked()).toBe(`<--><${disk}/.><${mine.folder}/far/disk/.>${upFrom(mine.folder)}`);
    });

    test('a command that fails, and one that names nothing, sync nothing', async () => {
      const mine = node();
      const { hand, asked } = withSync(mine, GNU);
      expect(await ran(hand, lasting(['sh', '-c', 'exit 3'], '/'))).toEqual([{ ...ENDED, exitCode: 3 }, '']);
      expect(await ran(hand, step(2, ['true']))).toEqual([ENDED, '']);
      expect(asked()).toBe('');
    });

    test('a disk that does not take it fails the step with its words, behind those of the command', async () => {
      const mine = node();
      const words = "sync: error syncing '/etc/.': Input/output error";
      const { hand } = withSync(mine, GNU, `echo "${words}" >&2; exit 1`);
      expect(await ran(hand, lasting(['echo', 'said'], '/'))).toEqual([
        { ...ENDED, exitCode: 1 },
        `said\nit ran, but what it changed is not surely on the disk: ${words}\n`,
      ]);
    });

    test('a sync that hangs ends at the time limit of the step', async () => {
      const { hand, asked } = withSync(node(), GNU, 'exec sleep 1000');
      const [end] = await ran(hand, { ...lasting(['true'], '/'), timeoutMs: 1_000 });
      expect([end.kind, asked()]).toEqual(['timed-out', '<--><//.>']);
    });

    test('where paths are not heeded, the filesystems of the paths are synced and no others', async () => {
      const { hand, asked } = withSync(node(), UUTILS);
      expect(await ran(hand, lasting(['true'], '/'))).toEqual([ENDED, '']);
      expect(asked()).toBe('<-f><--><//.>');
    });

    test.each(OLD)(
      'where sync knows no paths (%j) it is never called: a new file in each folder is synced, and is gone again',
      async (help) => {
        const mine = node();
        const { hand, asked } = withSync(mine, help);
        const folder = join(mine.folder, 'disk');
        writeFileSync(join(folder, 'file'), 'text');
        put(
          mine,
          'dd',
          `case $* in *fsync*) ls -A '${folder}' >>'${mine.folder}/synced';; esac\nPATH=/usr/bin:/bin exec dd "$@"`,
        );
        expect(await ran(hand, lasting(['true'], `${folder}/*`))).toEqual([ENDED, '']);
        expect([asked(), readdirSync(folder), readFileSync(join(folder, 'file'), 'utf8')]).toEqual([
          '',
          ['file'],
          'text',
        ]);
        expect(readFileSync(join(mine.folder, 'synced'), 'utf8')).toMatch(/^file\n\.muster-sync\.\d+\nfile\n/);
      },
    );
  });
}
