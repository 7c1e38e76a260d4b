// Commits and pushes against real git: a bare repository as the server, with hooks that refuse and others who push.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { gitFile } from '../../src/checks/git-file.ts';
import type { GitFile } from '../../src/model/check.ts';
import { absolutePath } from '../../src/model/ids.ts';
import type { Step } from '../../src/model/plan.ts';
import { type PushWish, pushStep } from '../../src/storage/push-step.ts';

const FILE = "infra/it's the values.yaml";
const BEFORE = 'replicas: 2 # ä\n';
const AFTER = 'replicas: 4 # ä\n';

interface Ran {
  readonly code: number | null;
  readonly said: string;
}

/** A server's repository, the operator's clone of it, and somebody else's. */
function repository() {
  const folder = mkdtempSync(join(tmpdir(), 'muster-git-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = { ...process.env, HOME: folder, GIT_CONFIG_NOSYSTEM: '1', TMPDIR: join(folder, 'tmp') };
  mkdirSync(env.TMPDIR);
  writeFileSync(
    join(folder, '.gitconfig'),
    '[user]\n name = Ada\n email = ada@example.org\n[init]\n defaultBranch = main\n[protocol "file"]\n allow = always\n',
  );
  const git = (at: string, ...args: string[]): string =>
    execFileSync('git', args, {
      cwd: join(folder, at),
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  git('.', 'init', '-q', '--bare', 'server');
  git('.', 'clone', '-q', 'server', 'other');
  mkdirSync(join(folder, 'other/infra'));
  writeFileSync(join(folder, 'other', FILE), BEFORE);
  writeFileSync(join(folder, 'other/README'), 'fleet\n');
  const publish = (message: string): void => {
    git('other', 'add', '-A');
    git('other', 'commit', '-q', '-m', message);
    git('other', 'push', '-q', 'origin', 'HEAD:main');
  };
  publish('first');
  git('.', 'clone', '-q', 'server', 'mine');
  const file = absolutePath(join(folder, 'mine', FILE));
  const sh = (script: string, args: readonly string[], input: string): Ran => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script, ...args], { env, input, encoding: 'utf8' });
    return { code: status, said: `${stdout}${stderr}` };
  };
  const wish = (more: Partial<PushWish> = {}): PushWish => ({
    files: [{ file, path: FILE, before: BEFORE, after: AFTER }],
    root: absolutePath(join(folder, 'mine')),
    remote: 'origin',
    branch: 'main',
    isDefault: true,
    message: 'Share GPUs',
    check: '',
    ...more,
  });
  return {
    folder,
    file,
    git,
    publish,
    wish,
    write: (path: string, text: string) => writeFileSync(join(folder, path), text),
    hook: (at: string, text: string) => {
      const path = join(folder, at);
      writeFileSync(path, `#!/bin/sh\n${text}\n`);
      chmodSync(path, 0o755);
    },
    run: ({ run }: Step): Ran => {
      const [, , script = '', ...args] = run.argv;
      return sh(script, args, run.stdin ?? '');
    },
    look: (ref = '-', path: string = file): GitFile => {
      const { code, said } = sh(gitFile.sh, ['muster', `${ref} ${path}`], '');
      return gitFile.parse({ stdout: said, exitCode: code ?? -1 });
    },
    onServer: (branch = 'main') => git('server', 'show', `${branch}:${FILE}`),
    /** What the clone looks like: nothing of a failed push may be seen in it. */
    clone: () => [
      git('mine', 'status', '--porcelain'),
      git('mine', 'rev-parse', 'HEAD'),
      git('mine', 'branch', '--list'),
      git('mine', 'worktree', 'list'),
      execFileSync('ls', ['-A', env.TMPDIR], { encoding: 'utf8' }),
    ],
  };
}

test('a change is committed, pushed, followed by the clone, and found there already the second time', () => {
  const { look, run, wish, onServer, git, clone } = repository();
  expect(look()).toMatchObject({
    kind: 'clone',
    remote: 'origin',
    branch: 'main',
    path: FILE,
    text: BEFORE,
    isNewBranch: false,
  });
  expect(run(pushStep(wish()))).toMatchObject({ code: 0 });
  expect(onServer()).toBe(AFTER.trim());
  expect(git('mine', 'log', '-1', '--format=%s %an')).toBe('Share GPUs Ada');
  expect(look()).toMatchObject({ text: AFTER, tip: git('server', 'rev-parse', 'main') });
  expect(clone()[0]).toBe('');
  expect(run(pushStep(wish()))).toMatchObject({ code: 0, said: 'origin/main has it already\n' });
  expect(git('server', 'rev-list', '--count', 'main')).toBe('2');
});

test('an undo is a commit that takes the change back and leaves what others did', () => {
  const { run, wish, onServer, git, publish, write } = repository();
  const step = pushStep(wish());
  run(step);
  git('other', 'pull', '-q', 'origin', 'main');
  write('other/README', 'more\n');
  publish('words');
  const [undo] = Array.isArray(step.undo) ? step.undo : [];
  if (undo === undefined) throw new Error('no undo');
  expect(run(undo)).toMatchObject({ code: 0 });
  expect(onServer()).toBe(BEFORE.trim());
  expect(git('server', 'show', 'main:README')).toBe('more');
  expect(git('server', 'log', '-1', '--format=%s', 'main')).toBe('Revert "Share GPUs"');
});

test('a server that refuses is told in its own words, and the clone is as it was', () => {
  const { run, wish, hook, onServer, clone } = repository();
  hook('server/hooks/pre-receive', 'echo "main is protected: open a merge request" >&2; exit 1');
  const before = clone();
  const { code, said } = run(pushStep(wish()));
  expect([code, said.trim().split('\n').at(-1)]).toEqual([
    1,
    'origin refuses a push to main: main is protected: open a merge request; choose another branch',
  ]);
  expect(clone()).toEqual(before);
  expect(onServer()).toBe(BEFORE.trim());
});

test.each([
  [
    'a key that may only read',
    'ERROR: The key you are authenticating with has been marked as read only.\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.',
    'the push to origin/main failed: The key you are authenticating with has been marked as read only; mend that, then plan again',
  ],
  [
    'a user who may only read',
    'remote: Permission to fleet/gpus.git denied to ada.\nfatal: unable to access: The requested URL returned error: 403',
    'the push to origin/main failed: Permission to fleet/gpus.git denied to ada; mend that, then plan again',
  ],
  [
    'words nobody knows',
    'so long',
    'the push to origin/main failed: fatal: Could not read from remote repository; mend that, then plan again',
  ],
])(
  '%s is told by what the server says, not by the advice behind it, and the clone is as it was',
  (_, words, because) => {
    const { run, wish, hook, git, clone, folder } = repository();
    // The real git and a stand-in for ssh; only the push goes that way.
    hook('ssh', `cat >&2 <<'EOF'\n${words}\nEOF\nexit 255`);
    git('mine', 'config', 'core.sshCommand', join(folder, 'ssh'));
    git('mine', 'config', 'remote.origin.pushurl', 'ssh://git@example.invalid/fleet/gpus.git');
    const before = clone();
    const { code, said } = run(pushStep(wish()));
    expect([code, said.trim().split('\n').at(-1), clone()]).toEqual([1, because, before]);
  },
);

test('a clone in the middle of a merge keeps it, and the change is pushed beside it', () => {
  const { run, wish, git, write, onServer } = repository();
  git('mine', 'checkout', '-q', '-b', 'side');
  write('mine/README', 'side\n');
  git('mine', 'commit', '-qam', 'side');
  git('mine', 'checkout', '-q', 'main');
  write('mine/README', 'main\n');
  git('mine', 'commit', '-qam', 'main');
  expect(() => git('mine', 'merge', 'side')).toThrow();
  const before = git('mine', 'status', '--porcelain');
  expect(before).toBe('UU README');
  expect(run(pushStep(wish()))).toMatchObject({
    code: 0,
    said: expect.stringContaining('the clone has work of its own and stays where it was'),
  });
  expect([git('mine', 'status', '--porcelain'), onServer()]).toEqual([before, AFTER.trim()]);
});

test('on a branch of its own the clone keeps its branch, and the new one holds the change', () => {
  const { run, wish, look, onServer, clone } = repository();
  const before = clone();
  expect(look('share-gpus')).toMatchObject({ branch: 'share-gpus', isNewBranch: true, text: BEFORE });
  expect(run(pushStep(wish({ branch: 'share-gpus', isDefault: false })))).toMatchObject({ code: 0 });
  expect(onServer('share-gpus')).toBe(AFTER.trim());
  expect(onServer()).toBe(BEFORE.trim());
  expect(look('share-gpus')).toMatchObject({ isNewBranch: false, text: AFTER });
  expect(clone()).toEqual(before);
});

test('others who pushed something else meanwhile are built upon, and who changed the file stops it', () => {
  const { run, wish, write, publish, onServer, git, clone } = repository();
  write('other/README', 'more\n');
  publish('words');
  expect(run(pushStep(wish()))).toMatchObject({ code: 0 });
  expect(git('server', 'log', '--format=%s', 'main')).toBe('Share GPUs\nwords\nfirst');
  git('other', 'pull', '-q', 'origin', 'main');
  write(`other/${FILE}`, 'replicas: 9\n');
  publish('nine');
  const before = clone();
  const { code, said } = run(pushStep(wish({ files: [{ ...wish().files[0], before: AFTER, after: BEFORE }] })));
  expect([code, said]).toEqual([1, `${FILE} changed in origin/main since the plan was made; plan again\n`]);
  expect([onServer(), clone()]).toEqual(['replicas: 9', before]);
});

test('somebody who pushes between our fetch and our push wins, and the clone is as it was', () => {
  const { run, wish, hook, clone, onServer, folder } = repository();
  hook(
    'mine/.git/hooks/pre-push',
    `cd "${folder}/other" && unset GIT_DIR && echo x >>README && git commit -qam race && git push -q origin HEAD:main`,
  );
  const before = clone();
  const { code, said } = run(pushStep(wish()));
  expect([code, said.trim().split('\n').at(-1)]).toEqual([
    1,
    'somebody else pushed to main meanwhile; nothing of it is changed: plan again',
  ]);
  expect([clone(), onServer()]).toEqual([before, BEFORE.trim()]);
});

test('work in the clone is left alone: the change is pushed beside it and the clone stays behind', () => {
  const { run, wish, write, git, onServer, folder } = repository();
  write('mine/README', 'not committed\n');
  const head = git('mine', 'rev-parse', 'HEAD');
  const { code, said } = run(pushStep(wish()));
  expect([code, said]).toEqual([0, expect.stringContaining('the clone has work of its own and stays where it was')]);
  expect([git('mine', 'rev-parse', 'HEAD'), onServer()]).toEqual([head, AFTER.trim()]);
  expect(readFileSync(join(folder, 'mine/README'), 'utf8')).toBe('not committed\n');
});

test("the repository's own check sees the changed tree, and its refusal pushes nothing and leaves nothing", () => {
  const { run, wish, clone, onServer } = repository();
  const before = clone();
  const { code, said } = run(
    pushStep(wish({ check: `grep -q "replicas: 2" infra/*.yaml || { echo "four is too many"; false; }` })),
  );
  expect([code, said]).toEqual([
    1,
    "four is too many\nthe repository's own check refuses the change; nothing was pushed\n",
  ]);
  expect([clone(), onServer()]).toEqual([before, BEFORE.trim()]);
  expect(run(pushStep(wish({ check: 'grep -q "replicas: 4" infra/*.yaml' })))).toMatchObject({ code: 0 });
});

test.each([
  ['no clone', 'tmp/x', /^fatal: not a git repository/],
  ['no folder', 'nowhere/x', /^there is no folder /],
])('%s is said in one sentence', (_, path, because) => {
  const { look, folder } = repository();
  expect(look('-', join(folder, path))).toEqual({ kind: 'none', because: expect.stringMatching(because) });
});

test('a detached head, a name that is none, and a remote that is gone are said in one sentence', () => {
  const { look, git, folder } = repository();
  expect(look('a..b')).toEqual({ kind: 'none', because: 'a..b cannot name a branch' });
  rmSync(join(folder, 'server'), { recursive: true });
  expect(look()).toEqual({ kind: 'none', because: expect.stringMatching(/^git fetch origin: fatal: /) });
  git('mine', 'checkout', '-q', '--detach');
  expect(look()).toEqual({ kind: 'none', because: expect.stringMatching(/ is on no branch \(detached HEAD\)$/) });
});

test('a file that the branch does not have is told apart from no clone', () => {
  const { look, folder } = repository();
  const state = look('-', join(folder, 'mine/infra/none.yaml'));
  expect(state.kind === 'clone' ? [state.text, state.sha256, state.path] : state).toEqual([
    undefined,
    undefined,
    'infra/none.yaml',
  ]);
});
