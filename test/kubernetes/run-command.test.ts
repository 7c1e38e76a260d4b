import { expect, test } from 'vitest';
import type { SessionEvents } from '../../src/engine/ports.ts';
import { END } from '../../src/kubernetes/program.ts';
import { type Ended, runCommand } from '../../src/kubernetes/run-command.ts';
import { localEndpoint } from '../../src/model/endpoint.ts';
import { nodeName } from '../../src/model/ids.ts';
import { createFakeClock } from '../sim/fake-clock.ts';

const WORDS = 'The connection to the server was refused\n';
const endpoint = localEndpoint(nodeName('localhost'));

/** A command whose node is played by hand. */
function command() {
  const clock = createFakeClock();
  const ends: Ended[] = [];
  const lines: string[] = [];
  let events: SessionEvents | undefined;
  runCommand(
    {
      clock,
      endpoint,
      transport: {
        open: (_endpoint, _program, given) => {
          events = given;
          return { write: () => {}, close: () => {} };
        },
      },
    },
    'kubectl',
    { silentMs: 10_000, line: (text) => lines.push(text), ended: (how) => ends.push(how) },
  );
  return {
    clock,
    ends,
    lines,
    out: (text: string) => events?.onStdout(Buffer.from(text)),
    err: (text: string) => events?.onStderr(Buffer.from(text)),
    close: () => events?.onClose({ kind: 'closed' }),
  };
}

test('what a failed command says on standard error belongs to its end, also when it is read after it', () => {
  const { out, err, close, ends } = command();
  out(`${END}1\n`);
  err(WORDS);
  close();
  expect(ends).toEqual([{ kind: 'exit', exitCode: 1, words: WORDS }]);
});

test('a failed command that says nothing and whose connection stays has ended all the same', () => {
  const { out, ends, lines, clock } = command();
  out(`one\n${END}127\nno line any more\n`);
  expect(ends).toEqual([]);
  clock.advance(200);
  expect([ends, lines]).toEqual([[{ kind: 'exit', exitCode: 127, words: '' }], ['one']]);
  expect(clock.timers()).toBe(0);
});

test('a command that succeeded has ended at once, and a connection that closes before an end is a loss', () => {
  const good = command();
  good.out(`${END}0\n`);
  expect(good.ends).toEqual([{ kind: 'exit', exitCode: 0, words: '' }]);
  const lost = command();
  lost.close();
  expect(lost.ends).toEqual([{ kind: 'lost', because: 'the connection was closed' }]);
});
