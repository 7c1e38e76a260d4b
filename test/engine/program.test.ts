// The program that runs on nodes, under every shell a node may have.
import { afterEach, describe, expect, test } from 'vitest';
import { composeProgram } from '../../src/engine/program.ts';
import { fact, type Probe, type ProbeSet, type Question } from '../../src/model/probe.ts';
import { probes } from '../../src/probes/registry.ts';
import {
  childFaults,
  childrenOf,
  commandsOf,
  type Ended,
  gone,
  hasShell,
  processesWith,
  SHELLS,
  type ShellNode,
  startShellNode,
  until,
} from './shell-node.ts';

const child = (sh: string): Question => ({ kind: 'child', sh, deadlineMs: 5_000 });
const brief = (sh: string): Question => ({ kind: 'child', sh, deadlineMs: 5_000, brief: true });
const inline = (sh: string): Question => ({ kind: 'inline', sh });
const toolsProbe = (ask: Question): Probe<'tools'> => ({ name: 'tools', ask, everyMs: 0, parse: () => fact([]) });
const kernelLog = (ask: Question): Probe<'kernelLog'> => ({
  name: 'kernelLog',
  ask,
  everyMs: 0,
  parse: () => fact([]),
});
const tools = (ask: Question): ProbeSet => ({ tools: toolsProbe(ask) });
/** A question that can be waited for with questions that cost no time: it hangs, the other one answers. */
const hanging = (sh: string): ProbeSet => ({ tools: toolsProbe(child(sh)), kernelLog: kernelLog(inline(':')) });

const longText = Array.from({ length: 300 }, (_, line) => `line ${line} of the answer\n`).join('');

for (const { name: shell, command } of SHELLS) {
  describe.runIf(hasShell(command))(`under ${shell}`, () => {
    const nodes: ShellNode[] = [];
    afterEach(async () => {
      await Promise.all(nodes.splice(0).map((node) => node.end()));
    });
    const start = async (set: ProbeSet, env: Record<string, string | undefined> = {}) => {
      const node = startShellNode(command, set, env);
      nodes.push(node);
      await node.hello;
      return node;
    };

    test('an inline answer arrives whole, with its exit code, newlines at its end and bytes counted', async () => {
      const node = await start(tools(inline("printf 'ä\\n\\nb x7\\n\\n'; return 3")));
      expect(await node.ask('tools')).toEqual({
        kind: 'answer',
        id: 1,
        exitCode: 3,
        sum: '1',
        stdout: 'ä\n\nb x7\n\n',
        noise: '',
      });
    });

    test('an inline answer that the console holds is not sent again, and one it does not hold is', async () => {
      const node = await start(tools(inline('echo same')));
      const first = await node.ask('tools');
      expect(first).toMatchObject({ kind: 'answer', stdout: 'same\n', sum: '1' });
      expect(await node.ask('tools', { sum: '1' })).toEqual({ kind: 'same', id: 2 });
      expect(await node.ask('tools')).toMatchObject({ kind: 'answer', stdout: 'same\n', sum: '3' });
      expect(await node.ask('tools', { sum: '1' })).toMatchObject({ kind: 'answer' });
    });

    test('an inline question may exit without ending the program', async () => {
      const node = await start(tools(inline('echo out; exit 9')));
      expect(await node.ask('tools')).toMatchObject({ exitCode: 9, stdout: 'out\n' });
      expect(await node.ask('tools')).toMatchObject({ exitCode: 9, stdout: 'out\n' });
    });

    test('the load is answered without a fork', async () => {
      const node = await start({ load: probes.load });
      const answer = await node.ask('load');
      expect(answer).toMatchObject({ kind: 'answer', exitCode: 0 });
      expect(answer.kind === 'answer' && answer.stdout).toMatch(
        /^[\d.]+ [\d.]+ [\d.]+ .*\n[\d.]+ [\d.]+\ncpu {2}.*\nMemTotal:/,
      );
      const before = childFaults(node.pid);
      for (let round = 0; round < 50; round++) await node.ask('load');
      expect(childFaults(node.pid)).toBe(before);
    });

    test('a short child answer arrives whole without a checksum', async () => {
      const node = await start(tools(child("printf 'ä one\\n\\n  two\\\\n\\nrest'; exit 4")));
      expect(await node.ask('tools')).toEqual({
        kind: 'answer',
        id: 1,
        exitCode: 4,
        sum: '-',
        stdout: 'ä one\n\n  two\\n\nrest',
        noise: '',
      });
    });

    test.each([
      ['guarded', child],
      ['brief', brief],
    ])(
      'a long answer of a %s child has a checksum from the second time on, and is not sent a third time',
      async (_, way) => {
        const node = await start(
          tools(way('n=0; while [ $n -lt 300 ]; do echo "line $n of the answer"; n=$((n+1)); done')),
        );
        expect(await node.ask('tools')).toMatchObject({ kind: 'answer', exitCode: 0, stdout: longText, sum: '-' });
        const second = await node.ask('tools', { sum: '+' });
        expect(second).toMatchObject({ kind: 'answer', exitCode: 0, stdout: longText });
        const sum = second.kind === 'answer' ? second.sum : '';
        expect(sum).toMatch(/^\d+\.\d+$/);
        expect(await node.ask('tools', { sum })).toEqual({ kind: 'same', id: 3 });
      },
    );

    test('lines longer than one atomic write arrive whole, also while others answer', async () => {
      const set: ProbeSet = {
        tools: toolsProbe(child('head -c 9000 /dev/zero | tr "\\0" a; echo; echo end')),
        kernelLog: kernelLog(child('n=0; while [ $n -lt 200 ]; do echo "another $n"; n=$((n+1)); done')),
      };
      const node = await start(set);
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, at) => node.ask(at % 2 === 0 ? 'tools' : 'kernelLog')),
      );
      const others = Array.from({ length: 200 }, (_, line) => `another ${line}\n`).join('');
      for (const [at, answer] of answers.entries()) {
        expect(answer).toMatchObject({ exitCode: 0, stdout: at % 2 === 0 ? `${'a'.repeat(9_000)}\nend\n` : others });
      }
    });

    test('an answer over the limit is refused, and its question is stopped', async () => {
      const set: ProbeSet = { tools: toolsProbe(child('cat /dev/zero | tr "\\0" a')) };
      const node = await start(set);
      expect(await node.ask('tools')).toEqual({ kind: 'unusable', id: 1, because: 'too-long' });
    });

    test('an inline answer over the limit is refused', async () => {
      const node = await start(tools(inline('head -c 1100000 /dev/zero | tr "\\0" a')));
      expect(await node.ask('tools')).toEqual({ kind: 'unusable', id: 1, because: 'too-long' });
    });

    test('what a child says on its standard error comes as its last words and splits no frame', async () => {
      const node = await start(tools(child('echo first >&2; echo "last words" >&2; echo out')));
      expect(await node.ask('tools')).toMatchObject({ stdout: 'out\n', noise: 'last words' });
      expect(node.noise.filter((line) => line.trim() !== '')).toEqual([]);
    });

    const targets = [
      '/plain',
      '/with space',
      "/it's",
      '/double"quote',
      '/back\\slash',
      '/$(touch x)`id`',
      '/new\nline\n',
      '/ünï/*?[a]',
      '-n',
      '\\0101',
      '/trailing ',
    ];
    test.each(targets)('the target %j arrives as it is', async (target) => {
      const node = await start(tools(child('printf %s "$1"')));
      expect(await node.ask('tools', { target })).toMatchObject({ stdout: target });
    });

    test('children read nothing of the requests', async () => {
      const node = await start(tools(child('cat; echo end')));
      const both = await Promise.all([node.ask('tools'), node.ask('tools')]);
      expect(both).toMatchObject([{ stdout: 'end\n' }, { stdout: 'end\n' }]);
    });

    test('privilege reaches the questions: unset, empty for root, sudo, and unset again', async () => {
      const node = await start(tools(child(`echo "<\${sudo-unset}>"`)));
      const said: Ended[] = [await node.ask('tools')];
      for (const word of ['root', 'sudo', 'none']) {
        node.write(`V ${word}\n`);
        said.push(await node.ask('tools'));
      }
      expect(said.map((each) => each.kind === 'answer' && each.stdout)).toEqual([
        '<unset>\n',
        '<>\n',
        '<sudo -n>\n',
        '<unset>\n',
      ]);
    });

    test('a question it does not know is refused, and lines that are no requests are ignored', async () => {
      const node = await start(tools(inline('echo here')));
      node.write('\nB 1\nK 77\nK\nV\n');
      expect(await node.ask('other;id')).toEqual({ kind: 'unusable', id: 1, because: 'unknown' });
      expect(await node.ask('tools')).toMatchObject({ stdout: 'here\n' });
    });

    test('a hung question is killed with all it started, and its end is told', async () => {
      const node = await start(hanging('trap "" TERM HUP INT; sleep 1000 | (setsid sleep 1001 | cat)'));
      const id = node.nextId();
      const answer = node.ask('tools');
      await until(node, () => commandsOf(node).filter((each) => each === 'sleep').length === 2);
      node.write(`K ${id}\n`);
      expect(await answer).toMatchObject({ kind: 'answer', id, exitCode: 137, stdout: '' });
      // What is killed still needs a processor to die, and an answer may be here before its process is waited for.
      await until(node, () => !commandsOf(node).some((each) => each === 'sleep' || each === 'cat'));
      await until(node, () => childrenOf(node.pid).length === 0);
    });

    test('the end of input leaves no process behind', async () => {
      const node = await start(hanging('trap "" TERM HUP INT; (setsid sleep 1000 | cat) & sleep 1001'));
      void node.ask('tools');
      await until(node, () => commandsOf(node).filter((each) => each === 'sleep').length === 2);
      await node.end();
      await gone(node.marker);
      expect(processesWith(node.marker)).toEqual([]);
    });

    test('two hundred questions leave no zombie', async () => {
      const node = await start(hanging('echo done'));
      for (let round = 0; round < 20; round++) {
        const answers = await Promise.all(Array.from({ length: 10 }, () => node.ask('tools')));
        expect(answers.every((answer) => answer.kind === 'answer' && answer.stdout === 'done\n')).toBe(true);
      }
      await until(node, () => childrenOf(node.pid).length === 0);
      expect(processesWith(node.marker)).toHaveLength(1);
    });

    test('a console that comes back with an answer in hand is kept an eye on by one sleeping process', async () => {
      const node = await start(hanging('echo done'));
      await node.ask('tools');
      await until(node, () => childrenOf(node.pid).length === 0);
      await node.ask('kernelLog', { sum: '1' });
      await node.ask('kernelLog', { sum: '2' });
      await until(node, () => commandsOf(node).includes('sleep'));
      expect(childrenOf(node.pid)).toHaveLength(1);
      await node.end();
      await gone(node.marker);
      expect(processesWith(node.marker)).toEqual([]);
    });

    test('a strange environment changes nothing', async () => {
      const env = {
        HOME: '/nonexistent',
        IFS: 'x',
        LC_ALL: 'tr_TR.UTF-8',
        PATH: '/usr/bin:/bin',
        PWD: '/gone',
        POSIXLY_CORRECT: '1',
      };
      const node = startShellNode([...command, '-eu'], { tools: toolsProbe(child('false; echo "$PWD $LC_ALL"')) }, env);
      nodes.push(node);
      await node.hello;
      expect(await node.ask('tools')).toMatchObject({ stdout: '/ C\n', exitCode: 0 });
    });
  });
}

test('a probe whose name is no shell name cannot become part of the program', () => {
  const odd = { 'x; reboot': toolsProbe(inline(':')) };
  expect(() => composeProgram(odd as ProbeSet)).toThrow(TypeError);
});

test('the program stays ASCII, so that its length in bytes is its length', () => {
  const program = composeProgram(probes);
  expect(Buffer.byteLength(program)).toBe(program.length);
});
