import { execFileSync } from 'node:child_process';
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
