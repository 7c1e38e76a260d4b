import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { collector, endpoint, transport, watch } from './support.ts';

const here = endpoint(22, { via: 'local' });

/** Whether a process still runs: a zombie has ended, only nobody asked yet. */
function runs(pid: string | undefined): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
}

test('a program runs on this machine and answers what it is asked', async () => {
  const watched = watch(transport(), here);
  expect(await watched.opened).toBe('local');
  watched.session.write('one\n');
  await watched.until('got one\n');
  watched.session.write('bye\n');
  expect(await watched.closed).toEqual({ kind: 'lost', because: 'the program on this machine ended with exit code 3' });
  expect(watched.closes()).toBe(1);
});

describe.runIf(existsSync('/proc/self/stat'))('with /proc', () => {
  test('closing ends the program with everything it started, also what ignores hang-ups', async () => {
    const watched = watch(
      transport(),
      here,
      `sh -c 'trap "" TERM HUP; echo "pid $$"; while :; do sleep 0.1; done' & wait`,
    );
    const [, pid] = /pid (\d+)/.exec(await watched.until('\n')) ?? [];
    expect(runs(pid)).toBe(true);
    watched.session.close();
    expect(await watched.closed).toEqual({ kind: 'closed' });
    await expect.poll(() => runs(pid), { timeout: 30_000, interval: 20 }).toBe(false);
  });
});

describe.runIf(existsSync('/usr/bin/script'))('with script(1)', () => {
  test('a login shell on this machine has a terminal, and follows the size of the window', async () => {
    const seen = collector();
    const closed = Promise.withResolvers<string>();
    const shell = transport().shell(here, { columns: 90, rows: 20 }, { onData: seen.add, onClose: closed.resolve });
    shell.write('stty size\n');
    await seen.until('20 90');
    shell.resize({ columns: 100, rows: 25 });
    shell.resize({ columns: 120, rows: 40 });
    shell.write('until [ "$(stty size)" = "40 120" ]; do :; done; echo size is $(stty size)\n');
    await seen.until('size is 40 120');
    shell.write('exit\n');
    expect(await closed.promise).toBe('closed');
  });
});
