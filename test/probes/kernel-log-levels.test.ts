// Which of the kernel's log is printed at all, against stand-ins for dmesg(1) of several makes and for what the kernel says of its levels.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { kernelLog } from '../../src/probes/kernel-log.ts';
import { factOf, failureOf, parse } from './support.ts';

const LEVELS = '/proc/sys/kernel/printk';
const PATH = process.env['PATH'] ?? '/usr/bin:/bin';
const shells = [['dash'], ['bash', '--posix', '--norc'], ['busybox', 'sh']].filter(([name]) =>
  PATH.split(delimiter).some((folder) => existsSync(join(folder, name ?? ''))),
);

const scratch = mkdtempSync(join(tmpdir(), 'muster-kernel-log-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const XID = 'NVRM: Xid (PCI:0000:02:00): 79, GPU has fallen off the bus.';
const OOM = 'Out of memory: Killed process 4711 (python3) total-vm:1kB';

/** One line by its level, one that only the whole log has, and one that is of no interest. */
const withLevels = `case "$*" in
  *-S*) echo '[    1.500000] ${OOM}'; echo '[    1.600000] a notice' ;;
  *) echo '<3>[    1.500000] ${OOM}'; echo '<7>[    2.500000] ${XID}'; echo '<6>[    3.500000] lan: entered disabled state' ;;
esac`;
const withoutLevels = `case "$*" in
  *-S*) echo "dmesg: invalid option -- 'S'" >&2; exit 1 ;;
  *) echo '<3>[    1.500000] ${OOM}' ;;
esac`;
const refused = "echo 'dmesg: read kernel buffer failed: Operation not permitted' >&2; exit 1";

function ask(shell: readonly string[], dmesg: string, levels: string | undefined): string {
  const folder = mkdtempSync(join(scratch, 'tools-'));
  writeFileSync(join(folder, 'dmesg'), `#!/bin/sh\n${dmesg}\n`, { mode: 0o755 });
  const said = join(folder, 'printk');
  if (levels !== undefined) writeFileSync(said, levels);
  const [command = 'sh', ...flags] = shell;
  const program = `sudo=\nquestion() {\n${kernelLog.ask.sh.replaceAll(LEVELS, said)}\n}\nquestion`;
  const env = { PATH: `${folder}${delimiter}${PATH}`, LC_ALL: 'C' };
  const ran = spawnSync(command, [...flags, '-c', program], { encoding: 'utf8', env });
  expect(ran.stderr).toBe('');
  return ran.stdout;
}

const whatIn = (answer: string) => factOf(kernelLog, answer).map(({ bootSec, text }) => [bootSec, text]);

describe.each(shells.map((shell) => [shell.join(' '), shell] as const))('%s', (_, shell) => {
  test('leaves out what the kernel says below notice', () => {
    expect(ask(shell, withLevels, '7\t4\t1\t7\n')).toBe(`== log\n[    1.500000] ${OOM}\n`);
    expect(whatIn(ask(shell, withLevels, '7\t4\t1\t7\n'))).toEqual([[1.5, OOM]]);
  });

  test('reads the whole log where the kernel says below notice what is given no level', () => {
    expect(whatIn(ask(shell, withLevels, '7\t7\t1\t7\n'))).toEqual([
      [1.5, OOM],
      [2.5, XID],
    ]);
  });

  test('takes levels for granted where the kernel does not tell them', () => {
    expect(whatIn(ask(shell, withLevels, undefined))).toEqual([[1.5, OOM]]);
  });

  test('reads the whole log of a dmesg that knows no levels', () => {
    expect(whatIn(ask(shell, withoutLevels, '7\t4\t1\t7\n'))).toEqual([[1.5, OOM]]);
  });

  test.each([
    ['4', '7\t4\t1\t7\n'],
    ['7', '7\t7\t1\t7\n'],
  ])('hears the words of a dmesg that is refused with a default of %s', (_default, levels) => {
    const words = 'dmesg: read kernel buffer failed: Operation not permitted';
    expect(failureOf(() => parse(kernelLog, ask(shell, refused, levels)))).toBe(words);
  });
});
