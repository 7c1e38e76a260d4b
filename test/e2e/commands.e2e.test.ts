// The built program without a screen: what scripts see.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { projectRoot } from './driver.ts';

const scratch = () => mkdtempSync(join(tmpdir(), 'muster-e2e-'));

function muster(
  args: readonly string[],
  { cwd = scratch(), env = {} }: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(projectRoot, 'bin', 'muster'), ...args], {
    cwd,
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, LANG: 'C.UTF-8', ...env },
  });
  return { status, stdout, stderr };
}

test.each([
  [['status', '--demmo'], 'no option --demmo; did you mean --demo? (muster status --help lists them)'],
  [
    ['apply', 'run-command', '--comand', 'x'],
    'no option --comand; did you mean --command? (muster apply run-command --help lists them)',
  ],
  [['--fualt', 'x'], 'no option --fualt; did you mean --fault? (muster --help lists them)'],
  [['status', '-l', 'a', '--limit', 'b'], '--limit is given twice; give it once, with commas between several'],
  [['status', '--limit'], '--limit wants a value: --limit=NODESET'],
  [['status', '-l', '--demo'], '-l wants a value: --limit=NODESET'],
  [['sttus'], 'no command "sttus"; did you mean status? (muster help lists them)'],
] as const)('a wrong command line is one sentence: %j', (args, sentence) => {
  expect(muster(args)).toEqual({ status: 2, stdout: '', stderr: `muster: ${sentence}\n` });
});

describe('status', () => {
  test('prints what is there and what is wrong, without a code of a terminal, and exits 1 for findings', () => {
    const { status, stdout } = muster(['status', '--demo']);
    expect(status).toBe(1);
    expect(stdout).toContain('24 up');
    expect(stdout).toMatch(/warning .*cpu05/);
    expect(stdout).not.toContain('\u001b');
  });

  test('gives everything as JSON with the age of every fact', () => {
    const { stdout } = muster(['status', '--demo', '--json', '-l', 'gpu[01-02]']);
    const document = JSON.parse(stdout);
    expect(document.schema).toBe('muster.status.v1');
    expect(document.nodes.map(({ name }: { name: string }) => name)).toEqual(['gpu01', 'gpu02']);
    expect(document.nodes[0].facts.gpus.value).toHaveLength(8);
    expect(document.nodes[0].facts.gpus.ageMs).toBeLessThan(20_000);
  });

  test('exits 3 and names the nodes that could not be reached, folded', () => {
    const { status, stdout } = muster([
      'status',
      '--demo',
      '-l',
      'gpu[01-03]',
      '--fault',
      'auth-refused@gpu02',
      '--timeout',
      '8',
    ]);
    expect(status).toBe(3);
    expect(stdout).toMatch(/^gpu02: refused: /m);
  });

  test('says which nodes it did not wait for, and does not take what it knows for the whole', () => {
    for (const command of ['status', 'findings']) {
      const { status, stderr } = muster([command, '--demo', '-l', 'gpu[01-02]', '--timeout', '0.001']);
      expect(stderr).toBe(
        'muster: not everything is known: no full answer from gpu[01-02] within 0.001 s (--timeout waits longer)\n',
      );
      expect(status).toBe(3);
    }
  });

  test('watches: one document a line until interrupted', async () => {
    const args = ['status', '--demo', '--nodes', '3', '--json', '--watch', '--every', '0.5'];
    const child = spawn(process.execPath, [join(projectRoot, 'bin', 'muster'), ...args], {
      cwd: scratch(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const documents: { readonly at: string }[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      documents.push(JSON.parse(line));
      if (documents.length === 3) child.kill('SIGINT');
    }
    expect(documents.length).toBeGreaterThan(2);
    expect(new Set(documents.map(({ at }) => at)).size).toBe(documents.length);
  });
});

test('findings are printed with the next move', () => {
  const { status, stdout } = muster(['findings', '--demo']);
  expect(status).toBe(1);
  expect(stdout).toMatch(/cpu05/);
});

describe('inventory', () => {
  const shipped = readdirSync(join(projectRoot, 'inventory')).filter((file) => file.endsWith('.yaml'));
  test.each(shipped)('the shipped %s is good', (file) => {
    const { status, stdout } = muster(['inventory', 'check', join(projectRoot, 'inventory', file)]);
    expect(stdout).toContain(': good (');
    expect(status).toBe(0);
  });

  test('a wrong inventory is answered with every mistake at its place, and exit code 2', () => {
    const cwd = scratch();
    writeFileSync(join(cwd, 'my.yaml'), 'nodes:\n  gpu01: { adress: 10.0.0.1 }\n  gpu02: { port: many }\n');
    const { status, stderr } = muster(['inventory', 'check', '-i', 'my.yaml'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toMatch(/my\.yaml:2:\d+/);
    expect(stderr).toContain('address');
    expect(stderr).toMatch(/my\.yaml:3:\d+/);
    expect(stderr).toContain('^');
    expect(stderr).not.toContain('at ');
  });

  test('init writes a starter that check accepts, and never overwrites', () => {
    const cwd = scratch();
    expect(muster(['init'], { cwd }).status).toBe(0);
    expect(muster(['inventory', 'check'], { cwd }).status).toBe(0);
    expect(muster(['init'], { cwd }).stderr).toContain('exists already');
  });

  test('import writes an Ansible inventory as muster.yaml that check accepts', () => {
    const cwd = scratch();
    writeFileSync(join(cwd, 'hosts.ini'), '[gpu]\ngpu[01:03] ansible_user=ops\n[all:vars]\nansible_port=2222\n');
    const { stdout, status } = muster(['inventory', 'import', 'hosts.ini', '-o', 'muster.yaml'], { cwd });
    expect([status, stdout]).toEqual([0, expect.stringContaining('wrote muster.yaml')]);
    expect(muster(['inventory', 'show'], { cwd }).stdout).toMatch(/node\s+gpu03\s+ops@gpu03:2222/);
  });
});

test('with nothing to open and no terminal it says so in one sentence and exits 2', () => {
  const { status, stderr } = muster([]);
  expect(status).toBe(2);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('a wrong option, command or node set is one sentence, the nearest word, and exit code 2', () => {
  expect(muster(['status', '--jsno']).status).toBe(2);
  const { status, stderr } = muster(['statsu']);
  expect([status, stderr]).toEqual([2, expect.stringContaining('did you mean status?')]);
  expect(muster(['status', '--demo', '-l', 'nothing[1-3]']).status).toBe(2);
  const inventory = join(projectRoot, 'inventory', 'demo.yaml');
  const odd = muster(['plan', 'mount', '-i', inventory, '-l', 'gpu01', '--target', '/a\x1b[2J']);
  expect(odd).toMatchObject({ status: 2, stderr: 'muster: --target: "/a␛[2J" holds a control character\n' });
});

test('what cannot be a limit or a set of nodes is told before a node is looked at', () => {
  const on = (...words: string[]) => {
    const { status, stdout, stderr } = muster([...words, '-i', join(projectRoot, 'inventory', 'demo.yaml')]);
    return { status, stdout, stderr };
  };
  const told = (stderr: string) => ({ status: 2, stdout: '', stderr: `muster: ${stderr}\n` });
  expect(on('apply', 'converge', '--yes', '--canary', '0')).toEqual(
    told('--canary: "0" is not a number from 1, or a percentage'),
  );
  expect(on('apply', 'converge', '--yes', '--max-unavailable', '0%')).toEqual(
    told('--max-unavailable: "0%" is not a number from 1, or a percentage above 0'),
  );
  expect(on('plan', 'reboot', '--limit', 'gpu01', '--nodes', 'gpu02')).toEqual(
    told('--limit and --nodes name the nodes of an action both; give one of them'),
  );
  expect(on('plan', 'evict', '--limit', 'gpu01', '--pod', 'ml/train-0')).toEqual(
    told('evict takes no --limit: its nodes follow from its own fields'),
  );
});

test('doctor checks this machine and speaks JSON', () => {
  const document = JSON.parse(muster(['doctor', '--json']).stdout);
  expect(document.schema).toBe('muster.doctor.v1');
  expect(document.checks.map(({ name }: { name: string }) => name)).toContain('ssh');
  expect(muster(['doctor']).stdout).toContain('known hosts');
});

test('doctor names the first mistake of the settings with its place, and exits 1', () => {
  const cwd = scratch();
  mkdirSync(join(cwd, '.config', 'muster'), { recursive: true });
  writeFileSync(join(cwd, '.config', 'muster', 'settings.yaml'), 'theme: drak\nmouse: often\n');
  const { status, stdout } = muster(['doctor'], { cwd });
  expect(stdout).toMatch(/^bad +settings .*settings\.yaml:1:8: theme: "drak" .*did you mean "dark"\? \(and 1 more\)/m);
  expect(status).toBe(1);
});

test('help names every command and the exit codes', () => {
  const { stdout } = muster(['help']);
  for (const word of ['status', 'findings', 'inventory', 'doctor', 'init', 'demo', 'completion', '70 a fault'])
    expect(stdout).toContain(word);
});

const oldNode = ['/usr/local/bin/node', '/usr/bin/node'].find((path) => {
  if (!existsSync(path)) return false;
  return Number(spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.split('.')[0]) < 22;
});

describe.runIf(oldNode !== undefined)('on a Node that is too old', () => {
  test('outside a checkout one line says what it found, what it needs and how to get it', () => {
    const cwd = scratch();
    mkdirSync(join(cwd, 'bin'));
    for (const file of ['muster', 'package.json']) copyFileSync(join(projectRoot, 'bin', file), join(cwd, 'bin', file));
    const { status, stderr } = spawnSync(oldNode ?? '', [join(cwd, 'bin', 'muster'), 'help'], { encoding: 'utf8' });
    expect(status).toBe(70);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/this is Node \d+.*needs Node 22\.12 or newer; install one from/);
  });

  test('in a checkout the pinned runtime is used', () => {
    const { status, stdout } = spawnSync(oldNode ?? '', [join(projectRoot, 'bin', 'muster'), '--version'], {
      encoding: 'utf8',
    });
    expect([status, stdout.trim()]).toEqual([
      0,
      JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')).version,
    ]);
  });
});
