import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
