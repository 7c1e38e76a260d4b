// The fragments for real, on the machine the tests run on: every shell that is here, with and without the tools they ask, as an
// ordinary user, and against stand-ins for tools of other versions. What they print must parse.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Fact, Parsed, Probe, ProbeName } from '../../src/model/probe.ts';
import { GPU_FIELDS, OLD_GPU_FIELDS } from '../../src/probes/gpu-fields.ts';
import { probes } from '../../src/probes/registry.ts';
import { samples } from './samples.ts';
import { factOf } from './support.ts';

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const BASICS = ['cat', 'sed', 'grep', 'head', 'tail', 'tr', 'sort', 'stat', 'date', 'id', 'uname', 'ls', 'sleep'];
const isRoot = process.getuid?.() === 0;
const names = Object.keys(probes) as ProbeName[];
const shells = [['dash'], ['bash', '--posix', '--norc'], ['busybox', 'sh']].filter(([name]) =>
  SYSTEM_PATH.split(':').some((folder) => existsSync(join(folder, name ?? ''))),
);

const scratch = mkdtempSync(join(tmpdir(), 'muster-fragments-'));
chmodSync(scratch, 0o755);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A folder to stand for PATH: the basic tools, and scripts by name. */
function pathWith(label: string, scripts: { readonly [name: string]: string } = {}): string {
  const folder = join(scratch, label);
  mkdirSync(folder);
  for (const name of BASICS) {
    const found = SYSTEM_PATH.split(':')
      .map((candidate) => join(candidate, name))
      .find((candidate) => existsSync(candidate));
    if (found !== undefined) symlinkSync(found, join(folder, name));
  }
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return folder;
}

interface Circumstances {
  readonly shell?: readonly string[];
  readonly path?: string;
  /** `unset` is how a fragment sees that privilege is refused. */
  readonly sudo?: '' | 'unset';
  readonly uid?: number;
}

function ask(name: ProbeName, { shell = ['sh'], path = SYSTEM_PATH, sudo = '', uid }: Circumstances = {}) {
  const [command = 'sh', ...flags] = shell;
  const program = `${sudo === 'unset' ? 'unset sudo' : 'sudo='}\nmuster_question() {\n${probes[name].ask.sh}\n}\nmuster_question "$1"`;
  const where = SYSTEM_PATH.split(':').map((folder) => join(folder, command));
  const ran = spawnSync(where.find((file) => existsSync(file)) ?? command, [...flags, '-c', program, 'muster', '/'], {
    cwd: '/',
    encoding: 'utf8',
    env: { PATH: path, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 15_000,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  return { stdout: ran.stdout, stderr: ran.stderr, exitCode: ran.status ?? 137 };
}

function parsed<P extends ProbeName>(name: P, how?: Circumstances): Parsed<Fact<P>> {
  const probe: Probe<P> = probes[name];
  return probe.parse(ask(name, how), { atMs: Date.now(), tookMs: 0, target: '/' });
}

/** Whether the question gave a fact, or a reason for none. A refused kernel log may fail, in its own words. */
function outcome(name: ProbeName, how: Circumstances): string {
  try {
    return parsed(name, how).kind;
  } catch (error) {
    return `failed: ${String(error)}`;
  }
}

const LINUX = process.platform === 'linux';

describe.runIf(LINUX)('on this machine', () => {
  test.each(shells.flatMap((shell) => names.map((name) => [shell.join(' '), name, shell] as const)))(
    '%s answers %s',
    (_, name, shell) => {
      expect(ask(name, { shell }).stderr).toBe('');
      expect(outcome(name, { shell })).toMatch(
        name === 'kernelLog' ? /^(?:fact|absent|failed: .*dmesg)/ : /^(?:fact|absent)$/,
      );
    },
  );

  test.each(['load', 'mounts', 'identity', 'clock', 'privilege', 'tools', 'usage'] as const)(
    '%s is a fact everywhere',
    (name) => {
      expect(parsed(name).kind).toBe('fact');
    },
  );

  test('the builtins-only questions leave in $answer what they print', () => {
    for (const name of ['load', 'usb'] as const) {
      const program = `${probes[name].ask.sh}\nprintf '|%s' "$answer"`;
      const [printed = '', kept] = spawnSync('sh', ['-c', program], { encoding: 'utf8' }).stdout.split('|');
      expect(kept).toBe(printed.replace(/\n$/, ''));
      expect(probes[name].ask).toMatchObject({ kind: 'inline', builtinsOnly: true });
    }
  });

  test.each(shells.map((shell) => [shell.join(' '), shell] as const))(
    '%s needs no tool for load and usb',
    (_, shell) => {
      const path = '/nonexistent';
      expect(parsed('load', { shell, path }).kind).toBe('fact');
      expect(ask('usb', { shell, path }).stderr).toBe('');
    },
  );
});

describe.runIf(LINUX)('without the tools', () => {
  const path = pathWith('bare');

  test.each(shells.flatMap((shell) => names.map((name) => [shell.join(' '), name, shell] as const)))(
    '%s: %s yields a fact or a reason',
    (_, name, shell) => {
      expect(outcome(name, { shell, path })).toMatch(/^(?:fact|absent)$/);
    },
  );

  test.each([
    ['gpus', 'no nvidia-smi on this node'],
    ['gpuProcesses', 'no nvidia-smi on this node'],
    ['blockDevices', 'no lsblk on this node'],
    ['units', 'no systemd on this node'],
    ['kernelLog', 'no dmesg on this node'],
  ] as const)('%s says %s', (name, because) => {
    expect(parsed(name, { path })).toEqual({ kind: 'absent', because });
  });
});

describe.runIf(LINUX && isRoot)('as an ordinary user (needs root to become one)', () => {
  test.each(shells.flatMap((shell) => names.map((name) => [shell.join(' '), name, shell] as const)))(
    '%s: %s yields a fact, a reason or a refusal',
    (_, name, shell) => {
      const refusal = name === 'kernelLog' ? '|failed: ParseError: dmesg: .*not permitted' : '';
      expect(outcome(name, { shell, uid: 65_534, sudo: 'unset' })).toMatch(new RegExp(`^(?:fact|absent${refusal})$`));
    },
  );

  test('sudo that is not there or wants a password is a refusal in its words', () => {
    const path = pathWith('sudo', { sudo: "echo 'sudo: a password is required' >&2; exit 1" });
    expect(parsed('privilege', { uid: 65_534, path })).toEqual({
      kind: 'fact',
      value: { kind: 'refused', because: 'sudo: a password is required' },
    });
    expect(parsed('privilege', { uid: 65_534, path: join(scratch, 'bare') })).toEqual({
      kind: 'fact',
      value: { kind: 'refused', because: 'sudo is not installed' },
    });
  });
});

/** A tool that knows some columns only, and prints a value for each it is asked for. */
const nvidiaSmi = (unknown: string) => `
case "$*" in
  --version*) echo 'DRIVER version      : 470.1'; echo 'CUDA Version        : 11.4'; exit 0 ;;
  -L*) exit 0 ;;
  *compute-apps*) printf 'GPU-0, %s, sh, 100\\n' "$PPID"; exit 0 ;;
esac
for field in $(printf %s "$*" | sed 's/.*--query-gpu=\\([^ ]*\\).*/\\1/; s/,/ /g'); do
  case $field in ${unknown}) echo "Field \\"$field\\" is not a valid field to query."; exit 2 ;; esac
  case $field in index) value=0 ;; uuid) value=GPU-0 ;; *) value=7 ;; esac
  row="$row\${row:+, }$value"
done
echo "$row"`;

describe.runIf(LINUX)('tools of other versions', () => {
  test.each([
    ['that knows every field', 'none', GPU_FIELDS],
    ['before 535 has throttle reasons by their old name', 'clocks_event_reasons.active', GPU_FIELDS],
    ['older still is asked for few fields', '*_reasons.active|mig.*', OLD_GPU_FIELDS],
  ])('a driver %s', (title, unknown, fields) => {
    const path = pathWith(title.replaceAll(' ', '-'), { 'nvidia-smi': nvidiaSmi(unknown) });
    for (const shell of shells) {
      const row = fields.map((field) => ({ index: '0', uuid: 'GPU-0' })[field as string] ?? '7').join(', ');
      expect(ask('gpus', { shell, path }).stdout).toBe(`== gpus 0\n${row}\n`);
    }
  });

  test('a GPU process is joined with its owner, command line and age', () => {
    const path = pathWith('processes', { 'nvidia-smi': nvidiaSmi('none') });
    for (const shell of shells) {
      const [found] = factOf(probes.gpuProcesses, ask('gpuProcesses', { shell, path }).stdout);
      expect(found).toMatchObject({ gpuUuid: 'GPU-0', name: 'sh', memoryBytes: 100 * 1_048_576 });
      expect(found?.command ?? 'muster_question').toContain('muster_question');
    }
  });

  test('a driver that hangs does not keep the count of cards', () => {
    const path = pathWith('hanging', { 'nvidia-smi': 'exec sleep 12' });
    const answer = ask('gpuDriver', { path });
    expect(answer.stdout).toMatch(/^pci=\d+\nmodule=.*\n== stuck\n$/);
  });

  test('an lsblk without the newest columns, and one without JSON', () => {
    const json = (samples.blockDevices[0] ?? '').split('\n')[1] ?? '';
    const older = `case "$*" in *MOUNTPOINTS*|*FSVER*) echo 'lsblk: unknown column: FSVER' >&2; exit 1 ;; esac\necho '${json}'`;
    const oldest = `case "$*" in *-J*) echo "lsblk: invalid option -- 'J'" >&2; exit 1 ;; esac\necho 'NAME="/dev/sda" PKNAME="" TYPE="disk" SIZE="1"'`;
    const devices = (label: string, lsblk: string) =>
      factOf(probes.blockDevices, ask('blockDevices', { path: pathWith(label, { lsblk }) }).stdout).map(
        ({ path }) => `${path}`,
      );
    expect(devices('older', older)).toEqual(['/dev/sda', '/dev/sda1']);
    expect(devices('oldest', oldest)).toEqual(['/dev/sda']);
  });

  test('exportfs that refuses leaves the files', () => {
    const exportfs = 'echo "exportfs: can\'t lock /var/lib/nfs/etab" >&2; exit 1';
    const path = pathWith('exportfs', { exportfs });
    expect(factOf(probes.exports, ask('exports', { path }).stdout).kernel).toBeUndefined();
  });
});
