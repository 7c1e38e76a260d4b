// The built program against this machine as its one node: a rollout survives its command and its runner, and scripts can steer it.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Console, projectRoot, start } from './driver.ts';

interface Place {
  readonly home: string;
  readonly env: Record<string, string>;
}

function place(nodes: object = { here: { via: 'local' } }): Place {
  const home = mkdtempSync(join(tmpdir(), 'muster-e2e-'));
  writeFileSync(join(home, 'muster.yaml'), JSON.stringify({ name: 'here', nodes }));
  return {
    home,
    env: { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', MUSTER_SPOOL: join(home, 'spool') },
  };
}

const program = join(projectRoot, 'bin', 'muster');
const as = process.getuid?.() === 0 ? [] : ['--as', 'login-user'];

function muster({ home, env }: Place, ...args: readonly string[]) {
  const options = { cwd: home, encoding: 'utf8', timeout: 60_000, env } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], options);
  return { status, stdout, stderr };
}

const run = (at: Place, ...words: readonly string[]) =>
  muster(at, 'apply', 'run-command', '-l', 'here', ...as, '--yes', '--', ...words);

const stateFolder = ({ home }: Place) => join(home, '.local', 'state', 'muster');
const rolloutFolder = (at: Place) => {
  const folder = join(stateFolder(at), 'rollouts');
  return join(folder, readdirSync(folder)[0] ?? '');
};
/** What the journal tells. */
const kindsOf = (at: Place): readonly string[] =>
  readFileSync(join(rolloutFolder(at), 'journal.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).kind);

/** Resolves when the file is there; its folder is. */
function appears(folder: string, name: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, () => look());
    const look = () => {
      if (!existsSync(join(folder, name))) return;
      watcher.close();
      resolve();
    };
    look();
  });
}

test('two rollouts on this machine with spools of their own do not wait for each other', async () => {
  // A plain user has one spool, whatever is said.
  if (process.getuid?.() !== 0) return;
  const [one, other] = [place(), place()];
  const go = join(one.home, 'go');
  const script = `touch ${one.home}/began; until [ -e ${go} ]; do sleep 0.1; done`;
  const args = [program, 'apply', 'run-command', '-l', 'here', ...as, '--yes', '--shell', '--', script];
  const command = spawn(process.execPath, args, { cwd: one.home, env: one.env, stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => command.on('exit', resolve));
  await appears(one.home, 'began');
  expect(run(other, 'true').status).toBe(0);
  expect(kindsOf(other)).not.toContain('waiting');
  writeFileSync(go, '');
  expect(await ended).toBe(0);
}, 120_000);

describe('apply', () => {
  test('runs a command, prints what it said, keeps it for its owner alone, and exits 0', () => {
    const at = place();
    const { status, stdout } = run(at, 'echo', 'two words', '$HOME');
    expect(stdout).toContain('here: succeeded\n  two words $HOME\n1 succeeded of 1 node');
    expect(status).toBe(0);
    expect(statSync(rolloutFolder(at)).mode & 0o777).toBe(0o700);
    expect(kindsOf(at)).toEqual(['requested', 'planned', 'started', 'step-starting', 'step-ended', 'ended']);
    expect(muster(at, 'rollouts', 'list').stdout).toMatch(/ended +1 ok +run echo 'two words'/);
    expect(muster(at, 'audit', 'two words').stdout).toContain("here: run echo 'two words' '$HOME'");
    expect(muster(at, 'audit', 'nobody did that').stdout).toBe('');
  });

  test('exits 1 with the reason where the command fails, and retries only what failed', () => {
    const at = place();
    const { status, stdout } = run(at, 'ls', '/there/is/no/such');
    expect(stdout).toMatch(/here: exited 2: .*No such file/);
    expect(status).toBe(1);
    const retried = muster(at, 'rollouts', 'retry', 'last', '--yes');
    expect(retried.stdout).toContain('retry: run ls /there/is/no/such');
    expect(retried.status).toBe(1);
    expect(muster(at, 'rollouts', 'undo', 'last', '--yes').stdout).toContain(
      'it failed midway; look at what of it is there',
    );
  });

  test('prints every record as a JSON line, and the result as the last', () => {
    const at = place();
    const { stdout } = muster(at, 'apply', 'run-command', '-l', 'here', ...as, '--yes', '--json', '--', 'true');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0].schema).toBe('muster.plan.v1');
    const seqs = lines.filter(({ schema }) => schema === 'muster.rollout.v1').map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, at) => at + 1));
    expect(seqs.length).toBe(6);
    expect(lines.at(-1)).toMatchObject({
      schema: 'muster.rollout-result.v1',
      stages: [[{ node: 'here', state: 'succeeded' }]],
    });
  });

  test('starts nothing without a terminal and without --yes, nor with a wrong line', () => {
    const at = place();
    expect(muster(at, 'apply', 'run-command', '-l', 'here', '--', 'true')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect(muster(at, 'apply', 'run-comand', '--yes')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('did you mean run-command?'),
    });
    expect(muster(at, 'apply', 'run-command', '-l', 'nowhere', '--yes', '--timeout', 'soon')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/--nodes: .*nowhere[\s\S]*--command: [\s\S]*--timeout: /),
    });
    expect(existsSync(join(stateFolder(at), 'rollouts'))).toBe(false);
  });

  test('changes nothing on nodes that are read-only, and plans that leave no trace', () => {
    const at = place({ here: { via: 'local', readOnly: 'a paper is due' } });
    const { status, stdout } = run(at, 'touch', join(at.home, 'touched'));
    expect({ status, stdout }).toMatchObject({
      status: 3,
      stdout: expect.stringContaining('read-only: a paper is due'),
    });
    const open = place();
    expect(muster(open, 'plan', 'run-command', '-l', 'here', '--read-only', '--', 'true').status).toBe(3);
    expect(muster(open, 'plan', 'run-command', '-l', 'here', '--', 'true').stdout).toContain('# true');
    expect(existsSync(join(at.home, 'touched'))).toBe(false);
  });
});

test('a command and its runner are killed in the middle of a step; the step goes on, runs once, and its whole output is there', async () => {
  const at = place();
  const script = `echo one; touch began; while [ ! -e go ]; do sleep 0.1; done; echo two; echo ran >> ran`;
  const args = [
    program,
    'apply',
    'run-command',
    '-l',
    'here',
    ...as,
    '--yes',
    '--shell',
    '--',
    `cd ${at.home}; ${script}`,
  ];
  const command = spawn(process.execPath, args, { cwd: at.home, env: at.env, stdio: 'ignore' });
  await appears(at.home, 'began');
  command.kill('SIGKILL');
  const { pid } = JSON.parse(readFileSync(join(rolloutFolder(at), 'runner.json'), 'utf8'));
  // Whoever sits at a console goes first, where the kernel groups sessions.
  const group = `/proc/${pid}/autogroup`;
  if (existsSync(group)) expect(readFileSync(group, 'utf8')).toMatch(/ nice 10$/m);
  process.kill(pid, 'SIGKILL');
  expect(muster(at, 'rollouts', 'pause', 'last')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no process drives'),
  });
  expect(muster(at, 'rollouts', 'resume', 'last')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('taken over'),
  });
  writeFileSync(join(at.home, 'go'), '');
  const { status, stdout } = muster(at, 'rollouts', 'attach', 'last');
  expect({ status, stdout }).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('here: succeeded\n  one\n  two\n'),
  });
  expect(readFileSync(join(at.home, 'ran'), 'utf8')).toBe('ran\n');
  expect(muster(at, 'rollouts', 'log', 'last', 'here').stdout).toBe('one\ntwo\n');
  expect(kindsOf(at).filter((kind) => kind === 'step-starting')).toEqual(['step-starting']);
}, 120_000);

test('abort ends what runs with everything it started', async () => {
  const at = place();
  const args = [
    program,
    'apply',
    'run-command',
    '-l',
    'here',
    ...as,
    '--yes',
    '--shell',
    '--',
    `touch ${at.home}/began; sleep 300 & wait`,
  ];
  const command = spawn(process.execPath, args, { cwd: at.home, env: at.env, stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => command.on('exit', resolve));
  await appears(at.home, 'began');
  expect(muster(at, 'rollouts', 'abort', 'last').status).toBe(0);
  expect(await ended).toBe(1);
  expect(muster(at, 'rollouts', 'show', 'last').stdout).toContain('here: stopped by the operator');
  expect(muster(at, 'audit').stdout).toMatch(/steered: aborted by /);
}, 120_000);

describe('on a terminal', () => {
  const ask = (at: Place) => {
    const args = ['apply', 'run-command', '-l', 'here', ...as, '--', 'touch', join(at.home, 'touched')];
    return start({ args, cwd: at.home, env: { HOME: at.home } });
  };

  test('the plan is shown, and only a typed yes starts it', async () => {
    const at = place();
    const terminal = ask(at);
    onTestFinished(() => terminal.close());
    await terminal.see('type yes:');
    // Enter alone, by reflex.
    await answer(terminal, '');
    expect(await terminal.exited).toBe(2);
    expect(existsSync(join(at.home, 'touched'))).toBe(false);
    const again = ask(at);
    onTestFinished(() => again.close());
    await again.see('type yes:');
    await answer(again, 'yes');
    expect(await again.exited).toBe(0);
    expect(existsSync(join(at.home, 'touched'))).toBe(true);
  });
});

/** Keys soon after a question are thrown away: a letter is typed until it is shown, and taken back. Enter comes by itself, as from a hand. */
async function answer(terminal: Console, text: string): Promise<void> {
  const timer = setInterval(() => terminal.press('q'), 50);
  await terminal.see(/type yes: q+/).finally(() => clearInterval(timer));
  terminal.press('\u0015');
  await terminal.see(/type yes:\s*$/m);
  terminal.press(text);
  await terminal.see(new RegExp(`type yes:\\s*${text}\\s*$`, 'm'));
  terminal.press('\r');
}
