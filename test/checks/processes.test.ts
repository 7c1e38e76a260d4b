// Left-over processes as the fragment tells them under every shell, and the script that ends them: by number and start together, and nobody else.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checks } from '../../src/checks/registry.ts';
import type { RunningProcess } from '../../src/model/check.ts';
import { endProcessesStep } from '../../src/storage/stop-users.ts';

const shells = [['dash'], ['bash', '--posix', '--norc'], ['busybox', 'sh']].filter(([name]) =>
  ['/bin', '/usr/bin'].some((at) => existsSync(join(at, name ?? ''))),
);

function ask([program = 'sh', ...flags]: readonly string[], pattern: string): readonly RunningProcess[] {
  const script = `sudo=\nquestion() {\n${checks.processes.sh.trim()}\n}\nquestion "$1"`;
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', PATTERN: pattern };
  // On a node the pattern travels in the standard input of the program, never among its words.
  const args = [...flags, '-c', 'eval "$SCRIPT"', 'muster'];
  const ran = spawnSync(program, args, { encoding: 'utf8', env: { ...env, SCRIPT: `set -- "$PATTERN"\n${script}` } });
  return checks.processes.parse({ stdout: ran.stdout, exitCode: ran.status ?? 1 }, pattern);
}

describe.each(shells)('under %s', (...words) => {
  const shell = words.filter((word) => word !== undefined);

  test('a process is found by its command line, and ended when number and start are its own', async () => {
    const mark = `muster-left-over-${process.pid}-${shell[0]}`;
    const wait = ['-c', 'echo up; read -r line; exit 7'];
    const [child, other] = [spawn('sh', [...wait, `${mark} first`]), spawn('sh', [...wait, `${mark} second`])];
    await Promise.all([once(child.stdout, 'data'), once(other.stdout, 'data')]);
    const exits = [once(child, 'exit'), once(other, 'exit')];
    const found = ask(shell, `read*${mark}`);
    expect(found.map(({ pid }) => pid).sort()).toEqual([child.pid, other.pid].sort());
    const first = found.find(({ pid }) => pid === child.pid);
    const second = found.find(({ pid }) => pid === other.pid);
    if (first === undefined || second === undefined) throw new Error('it was not found');
    const step = endProcessesStep(mark, [first, { ...second, startTicks: second.startTicks + 1 }], 'end', {
      kind: 'state',
      now: '',
      after: '',
    });
    const [program = '', ...flags] = shell;
    const ran = spawnSync(program, [...flags, ...step.run.argv.slice(1)], {
      input: step.run.stdin ?? '',
      encoding: 'utf8',
    });
    expect({ status: ran.status, words: ran.stdout.trim(), errors: ran.stderr }).toEqual({
      status: 0,
      words: `asked to end: ${child.pid}`,
      errors: '',
    });
    other.stdin.end();
    expect(await Promise.all(exits)).toEqual([
      [null, 'SIGTERM'],
      [7, null],
    ]);
  }, 60_000);
});
