import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { completionCommand } from '../../src/cli/completion.ts';
import { commands } from '../../src/cli/registry.ts';
import { contextOf } from './context.ts';

async function scriptFor(shell: string): Promise<string> {
  const { context, printed } = contextOf();
  await completionCommand.run({ values: {}, positionals: [shell] }, context);
  return printed().join('\n');
}

test('bash completes commands, and the options of a command', async () => {
  const script = await scriptFor('bash');
  const complete = (words: string) =>
    execFileSync(
      'bash',
      [
        '-c',
        `${script}\nCOMP_WORDS=(muster ${words}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _muster; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ],
      { encoding: 'utf8' },
    )
      .trim()
      .split('\n');
  expect(complete('sta')).toEqual(['status']);
  expect(complete('status --js')).toEqual(['--json']);
});

test('bash completes actions, the fields of the one that is named, and rollouts', async () => {
  const script = await scriptFor('bash');
  const state = mkdtempSync(join(tmpdir(), 'muster-state-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
  mkdirSync(join(state, 'muster', 'rollouts', '20261122-103015-k3f9'), { recursive: true });
  const complete = (words: string) =>
    execFileSync(
      'bash',
      [
        '-c',
        `${script}\nCOMP_WORDS=(muster ${words}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _muster; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ],
      { encoding: 'utf8', env: { ...process.env, XDG_STATE_HOME: state } },
    )
      .trim()
      .split('\n');
  expect(complete('apply run-')).toEqual(['run-command', 'run-script']);
  expect(complete('apply run-command --she')).toEqual(['--shell']);
  expect(complete('apply run-command --ye')).toEqual(['--yes']);
  expect(complete('apply reboot --she')).toEqual(['']);
  expect(complete('rollouts re')).toEqual(['resume', 'retry']);
  expect(complete('rollouts retry 2026')).toEqual(['20261122-103015-k3f9']);
});

test('every shell learns every action and the fields of it', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = await scriptFor(shell);
    for (const { name, fields } of actions) {
      expect(script).toContain(name);
      if ('nodes' in fields) expect(script).toMatch(/nodes/);
    }
  }
});

test('every shell learns every command', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = await scriptFor(shell);
    for (const name of Object.keys(commands)) expect(script).toContain(name);
  }
});

test('an unknown shell is answered with the ones there are', async () => {
  await expect(scriptFor('csh')).rejects.toThrow('muster completion csh: bash, zsh or fish is wanted');
});

const hasZsh = existsSync('/usr/bin/zsh') || existsSync('/bin/zsh');

test.runIf(hasZsh)('zsh reads the completion from a folder of $fpath and by source', async () => {
  const script = await scriptFor('zsh');
  const folder = mkdtempSync(join(tmpdir(), 'muster-zsh-'));
  writeFileSync(join(folder, '_muster'), script);
  // A stand-in for the completion system tells what it was asked; the first call of an autoloaded file must reach it.
  const asked = (prepare: string): string =>
    execFileSync(
      'zsh',
      [
        '-fc',
        `_describe() { print asked $1 }; _arguments() { : }; compdef() { print compdef $@ }; CURRENT=2; words=(muster ''); ${prepare}; _muster`,
      ],
      { encoding: 'utf8' },
    );
  expect(asked(`fpath=(${folder} $fpath); autoload -U _muster`)).toBe('asked command\n');
  expect(asked(`source ${join(folder, '_muster')}`)).toBe('compdef _muster muster\nasked command\n');
  rmSync(folder, { recursive: true });
});
