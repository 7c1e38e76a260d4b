import { expect, test } from 'vitest';
import type { AnswerFrame } from '../../src/engine/protocol.ts';
import { createReader, forgetAnswer, readAnswer, repeatAnswer } from '../../src/engine/reader.ts';
import { ParseError } from '../../src/model/errors.ts';
import { fact, type Probe } from '../../src/model/probe.ts';

const tools: Probe<'tools'> = {
  name: 'tools',
  ask: { kind: 'inline', sh: ':' },
  everyMs: 0,
  parse: ({ stdout, exitCode }) => {
    if (exitCode !== 0) throw new ParseError('tools', 1, stdout);
    return fact([stdout]);
  },
};

const answer = (stdout: string, more: Partial<AnswerFrame> = {}): AnswerFrame => ({
  kind: 'answer',
  id: 1,
  exitCode: 0,
  sum: 's1',
  stdout,
  noise: '',
  ...more,
});

const at = (atMs: number) => ({ atMs, tookMs: 1 });

test('what the node calls as before, with nothing held, is a failure and not a value', () => {
  const reader = createReader(tools, undefined);
  expect(reader.sum).toBe('-');
  expect(repeatAnswer(reader, at(1))).toEqual({
    kind: 'failed',
    because: 'the node answers "as before", but there is no before',
  });
});

test('an answer that came without a checksum asks for one the next time', () => {
  const reader = createReader(tools, undefined);
  readAnswer(reader, answer('here', { sum: '-' }), at(1));
  expect(reader.sum).toBe('+');
  readAnswer(reader, answer('here', { sum: '12.4' }), at(2));
  expect(reader.sum).toBe('12.4');
});

test('a failure repeated is a failure again, with what the node said made safe to draw', () => {
  const reader = createReader(tools, undefined);
  expect(
    readAnswer(reader, answer('', { exitCode: 1, noise: 'stat: \u001b[31mStale file handle' }), at(1)),
  ).toMatchObject({
    kind: 'failed',
    because: expect.stringMatching(/^tools: line 1 is not as expected: ""; it said: stat: .*Stale file handle$/),
  });
  const again = repeatAnswer(reader, at(3));
  expect(again.kind === 'failed' && !again.because.includes('\u001b')).toBe(true);
});

test('an equal text with another exit code is another answer', () => {
  const reader = createReader(tools, undefined);
  expect(readAnswer(reader, answer('x', { sum: '-' }), at(1))).toEqual({ kind: 'ok', value: ['x'] });
  expect(readAnswer(reader, answer('x', { sum: '-' }), at(2))).toEqual({ kind: 'same' });
  expect(readAnswer(reader, answer('x', { sum: '-', exitCode: 1 }), at(3)).kind).toBe('failed');
  expect(readAnswer(reader, answer('x', { sum: '-' }), at(4))).toEqual({ kind: 'ok', value: ['x'] });
});

test('a new connection starts with nothing held, yet rates go on from the last good value', () => {
  const seen: unknown[] = [];
  const noting: Probe<'tools'> = {
    ...tools,
    parse: (_, { previous }) => {
      seen.push(previous);
      return fact(['v']);
    },
  };
  const reader = createReader(noting, undefined);
  readAnswer(reader, answer('x', { sum: '-' }), at(1));
  repeatAnswer(reader, at(5));
  forgetAnswer(reader);
  expect(reader.sum).toBe('-');
  readAnswer(reader, answer('x', { sum: '-' }), at(9));
  expect(seen).toEqual([undefined, { value: ['v'], atMs: 5 }]);
});

test('the same text is read again where the answer before counts: the rate of a counter that stands still is zero', () => {
  const counting: Probe<'tools'> = {
    ...tools,
    parse: ({ stdout }, { previous, atMs }) => fact([`${stdout} at ${atMs} after ${previous?.atMs ?? 'none'}`]),
  };
  const reader = createReader(counting, undefined);
  const read = (atMs: number) => readAnswer(reader, answer('7', { sum: '-' }), at(atMs));
  expect(read(1)).toEqual({ kind: 'ok', value: ['7 at 1 after none'] });
  expect(read(3)).toEqual({ kind: 'ok', value: ['7 at 3 after 1'] });
});
