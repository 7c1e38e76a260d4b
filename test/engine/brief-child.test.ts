// Children without a guard, as most questions are: two processes, the shell that reports and the question with all it starts.
import { afterEach, describe, expect, test } from 'vitest';
import { fact, type ProbeSet, type Question } from '../../src/model/probe.ts';
import {
  childrenOf,
  commandsOf,
  gone,
  hasShell,
  processesWith,
  SHELLS,
  type ShellNode,
  startShellNode,
  until,
} from './shell-node.ts';

const brief = (sh: string): Question => ({ kind: 'child', sh, deadlineMs: 5_000, brief: true });
const quiet = { everyMs: 0, parse: () => fact([]) };
/** A brief question, and two to wait with: one in the program's own loop, one in a child. */
const set = (sh: string): ProbeSet => ({
  tools: { name: 'tools', ask: brief(sh), ...quiet },
  kernelLog: { name: 'kernelLog', ask: { kind: 'inline', sh: ':' }, ...quiet },
  usb: { name: 'usb', ask: brief('echo well'), ...quiet },
});
const lines = (count: number) => Array.from({ length: count }, (_, line) => `line ${line}\n`).join('');
const countTo = (count: number) => `n=0; while [ $n -lt ${count} ]; do echo "line $n"; n=$((n+1)); done`;

for (const { name: shell, command } of SHELLS) {
  describe.runIf(hasShell(command))(`under ${shell}`, () => {
    const nodes: ShellNode[] = [];
    afterEach(async () => {
      await Promise.all(nodes.splice(0).map((node) => node.end()));
    });
    const start = async (sh: string) => {
      const node = startShellNode(command, set(sh));
      nodes.push(node);
      await node.hello;
      return node;
    };
    const answer = (stdout: string, exitCode = 0) => ({ kind: 'answer', id: 1, exitCode, sum: '-', stdout, noise: '' });

    test('an answer arrives whole, with empty lines within it, its exit code, and one newline at its end', async () => {
      const node = await start("printf 'ä one\\n\\n  two\\\\n\\nrest\\n\\n'; exit 4");
      expect(await node.ask('tools')).toEqual(answer('ä one\n\n  two\\n\nrest\n', 4));
    });

    test('an answer without text is none, and says so', async () => {
      const node = await start(':');
      expect(await node.ask('tools')).toEqual(answer(''));
    });

    test('control characters within an answer arrive as they are', async () => {
      const node = await start("printf 'a\\036b\\n\\033[31mc\\n'");
      expect(await node.ask('tools')).toEqual(answer('a\x1eb\n\x1b[31mc\n'));
    });

    test.each([3_499, 3_500, 3_501, 9_000])('an answer of one line of %i bytes arrives whole', async (bytes) => {
      const node = await start(`head -c ${bytes} /dev/zero | tr '\\0' a`);
      expect(await node.ask('tools')).toEqual(answer(`${'a'.repeat(bytes)}\n`));
    });

    test('answers of many children at once do not mix', async () => {
      const node = await start(countTo(300));
      const asked = Array.from({ length: 12 }, (_, at) => node.ask(at % 2 === 0 ? 'tools' : 'usb'));
      for (const [at, each] of (await Promise.all(asked)).entries())
        expect(each).toMatchObject({ exitCode: 0, stdout: at % 2 === 0 ? lines(300) : 'well\n' });
      expect(node.noise.filter((line) => line.trim() !== '')).toEqual([]);
    });

    test('an answer of 2 MiB is refused and costs no other question its answer', async () => {
      const node = await start('head -c 2097152 /dev/zero | tr "\\0" a');
      const both = await Promise.all([node.ask('tools'), node.ask('usb')]);
      expect(both).toMatchObject([{ kind: 'unusable', because: 'too-long' }, { stdout: 'well\n' }]);
    });

    test('what it says on standard error reaches nobody', async () => {
      const node = await start('echo noise >&2; echo said; no-such-command; :');
      expect(await node.ask('tools')).toEqual(answer('said\n'));
      expect(node.noise.filter((line) => line.trim() !== '')).toEqual([]);
    });

    test('a question that kills its own shell ends as a killed one', async () => {
      const node = await start("echo partial; sh -c 'kill -9 $PPID'; echo never");
      expect(await node.ask('tools')).toEqual(answer('', 137));
      expect(await node.ask('usb')).toMatchObject({ stdout: 'well\n' });
    });

    test('a question that somebody else killed with its reporting shell is told as gone when the console gives it up', async () => {
      const node = await start('sleep 1000');
      const waits = node.ask('tools');
      await until(node, () => commandsOf(node).includes('sleep'));
      for (const pid of processesWith(node.marker)) if (pid !== String(node.pid)) process.kill(Number(pid), 'SIGKILL');
      await until(node, () => childrenOf(node.pid).length === 0);
      node.write('K 1\n');
      expect(await waits).toEqual({ kind: 'unusable', id: 1, because: 'gone' });
    });

    test('a hung question is killed with all it started, its end is told, and no other question waits for it', async () => {
      const node = await start('trap "" TERM HUP INT; echo partial; sleep 1000 | (setsid sleep 1001 | cat)');
      const waits = node.ask('tools');
      await until(node, () => commandsOf(node).filter((each) => each === 'sleep').length === 2);
      expect(await node.ask('usb')).toMatchObject({ stdout: 'well\n' });
      node.write('K 1\n');
      expect(await waits).toEqual(answer('', 137));
      // What is killed still needs a processor to die, and the program one to hear of it.
      await until(node, () => commandsOf(node).length === 1 && childrenOf(node.pid).length === 0);
    });

    test('the end of input amid a question leaves no process behind', async () => {
      const node = await start('trap "" TERM HUP INT; (setsid sleep 1000 | cat) & sleep 1001');
      void node.ask('tools');
      await until(node, () => commandsOf(node).filter((each) => each === 'sleep').length === 2);
      await node.end();
      await gone(node.marker);
      expect(processesWith(node.marker)).toEqual([]);
    });

    test('a link that is cut amid a question leaves no process behind', async () => {
      const node = await start('trap "" TERM HUP INT; sleep 1000 | cat');
      void node.ask('tools');
      await until(node, () => commandsOf(node).includes('sleep'));
      process.kill(node.pid, 'SIGHUP');
      await gone(node.marker);
      expect(processesWith(node.marker)).toEqual([]);
    });
  });
}
