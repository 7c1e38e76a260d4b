// Questions that most nodes answer in the program's own loop: under every shell a node may have.
import { afterEach, describe, expect, test } from 'vitest';
import { fact, type Probe, type ProbeSet } from '../../src/model/probe.ts';
import { childFaults, hasShell, SHELLS, type ShellNode, startShellNode } from './shell-node.ts';

const USUAL = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const asking = (early: string, sh = 'echo asked'): ProbeSet => {
  const tools: Probe<'tools'> = {
    name: 'tools',
    ask: { kind: 'child', brief: true, deadlineMs: 5_000, early, sh },
    everyMs: 0,
    parse: () => fact([]),
  };
  return { tools };
};
/** The answer as text, whatever its checksum. */
const told = async (node: ShellNode) => {
  const answer = await node.ask('tools');
  return answer.kind === 'answer' ? { exitCode: answer.exitCode, stdout: answer.stdout } : answer;
};

for (const { name: shell, command } of SHELLS) {
  describe.runIf(hasShell(command))(`under ${shell}`, () => {
    const nodes: ShellNode[] = [];
    afterEach(async () => {
      await Promise.all(nodes.splice(0).map((node) => node.end()));
    });
    const start = async (set: ProbeSet, path = USUAL) => {
      const node = startShellNode(command, set, { PATH: path });
      nodes.push(node);
      await node.hello;
      return node;
    };

    test('an early answer is the whole answer and costs no process', async () => {
      const node = await start(asking("answer='one\n\ntwo'", 'echo never'));
      expect(await told(node)).toEqual({ exitCode: 0, stdout: 'one\n\ntwo\n' });
      const before = childFaults(node.pid);
      for (let round = 0; round < 20; round++) await node.ask('tools');
      expect(childFaults(node.pid)).toBe(before);
    });

    test('an early answer without words is empty, and not sent again to who holds it', async () => {
      const node = await start(asking(':'));
      expect(await node.ask('tools')).toEqual({
        kind: 'answer',
        id: 1,
        exitCode: 0,
        sum: '1',
        stdout: '',
        noise: '',
      });
      expect(await node.ask('tools', { sum: '1' })).toEqual({ kind: 'same', id: 2 });
    });

    test('where nothing can be said early the question itself is asked', async () => {
      const node = await start(asking('answer=half; echo noise; return 1'));
      expect(await told(node)).toEqual({ exitCode: 0, stdout: 'asked\n' });
      expect(await told(node)).toEqual({ exitCode: 0, stdout: 'asked\n' });
    });

    test('a program that is not installed is missed early, one that is is asked', async () => {
      expect(await told(await start(asking('lacks no-such-program')))).toEqual({ exitCode: 0, stdout: '' });
      expect(await told(await start(asking('lacks sh')))).toEqual({ exitCode: 0, stdout: 'asked\n' });
    });

    test('where PATH names a folder that may be a network mount, no program is looked for in the loop', async () => {
      const node = await start(asking('lacks no-such-program'), `${USUAL}:/shared/bin`);
      expect(await told(node)).toEqual({ exitCode: 0, stdout: 'asked\n' });
    });
  });
}
