// How a question that ran out of time is ended, under every shell: only processes of its own may ever be stopped or killed.
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { STOPPING } from '../../src/engine/program.ts';
import { hasShell, SHELLS } from './shell-node.ts';

/** No kernel gives this number to a process: 2^22 is the last one. */
const GONE = 4_194_305;

for (const { name, command } of SHELLS) {
  describe.runIf(hasShell(command))(`under ${name}`, () => {
    const [program, ...before] = command;
    const told = (script: string): string => {
      const text = `kill() { echo "kill $*"; }\n${STOPPING}\n${script}`;
      return spawnSync(program, [...before, '-c', text], { encoding: 'utf8', timeout: 20_000 }).stdout;
    };

    test('a question that ends while it is looked at has no children, and not what was read before it', () => {
      expect(told(`m_w='858 (sh) R 849 849 849 0 -1 4194304'; m_below ${GONE}; echo $m_c.`)).toBe('.\n');
    });

    test('nothing is stopped that is no process, every process, the first one or the program itself', () => {
      expect(told(`m_all=; for m_p in '' R '(sh)' -1 0 1 $$; do m_tree "$m_p"; done; echo "$m_all."`)).toBe('.\n');
    });
  });
}
