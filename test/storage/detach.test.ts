// The script that takes a hung mount away, run for real under every shell against a table of its own and an umount that plays the kernel.
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test, vi } from 'vitest';
import { detach, detachScript } from '../../src/storage/detach.ts';

const TARGET = '/mnt/two words';
const LINE = '42 16 0:40 / /mnt/two\\040words rw - nfs4 nas:/data rw\n';
const OTHER = '43 16 0:41 / /mnt/two rw - nfs4 nas:/other rw\n';
const shells = [['dash'], ['bash', '--posix', '--norc'], ['busybox', 'sh']].filter(([name]) =>
  ['/bin', '/usr/bin'].some((at) => existsSync(join(at, name ?? ''))),
);

const root = mkdtempSync(join(tmpdir(), 'muster-detach-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** No program that does something takes as long, however busy the machine is. */
const HANG_SEC = 50;

/** What the script says and does where `umount` runs these lines; `$try` counts from 1, `out` takes the mount out of the table. */
async function run(shell: readonly string[], umount: string, flag: '-f' | '-l' = '-f', trySec = HANG_SEC) {
  const folder = mkdtempSync(join(root, 'case-'));
  const table = join(folder, 'mountinfo');
  writeFileSync(table, OTHER + LINE);
  const program = join(folder, 'umount');
  const lines = [
    '#!/bin/sh',
    '[ "$1" != --version ] || { echo "umount from util-linux 2.38.1"; exit; }',
    `echo "$*" >>'${folder}/asked'; try=$(wc -l <'${folder}/asked')`,
    `out() { printf '%s\\n' '${OTHER.trim()}' >'${table}'; }`,
    // Whoever the script leaves behind is found by this file.
    `wait_for_server() { echo $$ >'${folder}/waits'; exec sleep 1000; }`,
    umount,
  ];
  writeFileSync(program, `${lines.join('\n')}\n`);
  chmodSync(program, 0o755);
  const [, , , ...args] = detach(TARGET, flag).argv;
  const [name = '', ...flags] = shell;
  const said = await new Promise<{ readonly code: string | number; readonly stdout: string; readonly stderr: string }>(
    (resolve) => {
      execFile(
        name,
        [...flags, '-c', detachScript(table, trySec), ...args],
        { env: { PATH: `${folder}:${process.env['PATH']}` } },
        (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    },
  );
  const waits = join(folder, 'waits');
  const isLeft = (): boolean => existsSync(waits) && isRunning(readFileSync(waits, 'utf8').trim());
  // Who was killed is gone a moment later.
  await vi.waitUntil(() => !isLeft(), { timeout: 20_000 }).catch(() => undefined);
  const asked = existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').split('\n') : [];
  return { ...said, asked: asked.slice(0, -1), isLeft: isLeft() };
}

function isRunning(pid: string): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !/\) [ZX] /.test(readFileSync(path, 'utf8'));
}

describe.concurrent.each(shells.map((shell) => [shell.join(' '), shell] as const))('under %s', (_, shell) => {
  test('a mount that is told busy at first is taken by the next try', async ({ expect }) => {
    const busy = `[ "$try" -gt 1 ] || { echo "umount: busy" >&2; exit 32; }; out`;
    expect(await run(shell, busy)).toEqual({
      code: 0,
      stdout: '',
      stderr: 'umount: busy\n',
      asked: [`-f -c -i ${TARGET}`, `-f -c -i ${TARGET}`],
      isLeft: false,
    });
  });

  test('an umount that waits for its server after the mount has left the table is ended, and that is success', async ({
    expect,
  }) => {
    expect(await run(shell, 'out; wait_for_server', '-l')).toEqual({
      code: 0,
      stdout: `${TARGET} is out of the mount table; the server was silent at the goodbye\n`,
      stderr: '',
      asked: [`-l -c -i ${TARGET}`],
      isLeft: false,
    });
  });

  test('one that never ends is ended each time, and what to do next is said', async ({ expect }) => {
    // Whether a try has come to write down that it was asked, before it is ended, is the machine's business.
    const { asked: _, ...said } = await run(shell, 'wait_for_server', '-f', 1);
    expect(said).toEqual({
      code: 1,
      stdout: '',
      stderr: `try 1: no end within 1 s
try 2: no end within 1 s
try 3: no end within 1 s
still mounted after 3 tries; end those who use it (users: end), or detach it lazily (firmness: lazy)\n`,
      isLeft: false,
    });
  });
});
