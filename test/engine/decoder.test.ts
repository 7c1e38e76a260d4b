// Frames come out the same however the stream is cut, and hostile streams end in one malformed frame, not in memory.
import { describe, expect, test } from 'vitest';
import { createDecoder } from '../../src/engine/decoder.ts';
import { ANSWER_BYTES, BANNER_BYTES, LINE_BYTES } from '../../src/engine/limits.ts';
import type { Frame } from '../../src/engine/protocol.ts';
import { seeded } from '../sim/random.ts';

type Stream = 'stdout' | 'stderr';

/** Decodes a stream given in pieces; an ask is open until a frame ends it. */
function decode(
  stream: Stream,
  pieces: readonly Buffer[],
  openIds: readonly number[],
  isGreeted = true,
): readonly Frame[] {
  const open = new Set(openIds);
  const frames: Frame[] = [];
  const decoder = createDecoder({
    isOpen: (id) => open.has(id),
    frame: (frame) => {
      frames.push(frame);
      if ('id' in frame) open.delete(frame.id);
    },
  });
  if (isGreeted) decoder.stdout(Buffer.from('# muster 1 42\n'));
  for (const piece of pieces) decoder[stream](piece);
  return isGreeted ? frames.slice(1) : frames;
}

const answer = (id: number, stdout: string, more: Partial<Extract<Frame, { kind: 'answer' }>> = {}): Frame => ({
  kind: 'answer',
  id,
  exitCode: 0,
  sum: '-',
  stdout,
  noise: '',
  ...more,
});

const inline = (id: number, text: string, exitCode = 0): string =>
  `= ${id} ${exitCode} ${Buffer.byteLength(text)} ${id}\n${text}\n`;

const STDOUT = `${inline(1, 'a\nb\n')}~ 2\n${inline(3, '')}${inline(4, 'ünï 🙂\n= 5 0 3 x\n', 7)}! 5 too-long\n${inline(6, '~ 7\n')}`;
const STDOUT_FRAMES = [
  answer(1, 'a\nb\n', { sum: '1' }),
  { kind: 'same', id: 2 },
  answer(3, '', { sum: '3' }),
  answer(4, 'ünï 🙂\n= 5 0 3 x\n', { exitCode: 7, sum: '4' }),
  { kind: 'unusable', id: 5, because: 'too-long' },
  answer(6, '~ 7\n', { sum: '6' }),
];

const STDERR = Buffer.concat([
  Buffer.from('L 1 one\nbanner: welcome\nL 2 \nl 1 tw'),
  Buffer.from('\nl 1 '),
  // A character cut in two by the program.
  Buffer.from('ü').subarray(0, 1),
  Buffer.from('\nL 1 '),
  Buffer.from('ü').subarray(1),
  Buffer.from(' three\nS 3\nN 2 last words\nE 2 1 -\nE 1 0 99.7\nE 9 0 -\nL 9 unasked\n! 4 too-long\n\nE 5 137 -\n'),
  Buffer.from('= 6 2 23 12.8\nünï\n\nE 7 0 -\nS 8\n🙂\n= 9 0 1 -\ne 7 3 4.5 ä\x1e\x1eb\x1e\n= 8 0 0 -\n\n'),
]);
const STDERR_FRAMES = [
  { kind: 'noise', text: 'banner: welcome' },
  { kind: 'same', id: 3 },
  answer(2, '\n', { exitCode: 1, noise: 'last words' }),
  answer(1, 'one\ntwü three\n', { sum: '99.7' }),
  { kind: 'noise', text: 'E 9 0 -' },
  { kind: 'noise', text: 'L 9 unasked' },
  { kind: 'unusable', id: 4, because: 'too-long' },
  answer(5, '', { exitCode: 137 }),
  answer(6, 'ünï\n\nE 7 0 -\nS 8\n🙂', { exitCode: 2, sum: '12.8' }),
  { kind: 'noise', text: '= 9 0 1 -' },
  answer(7, 'ä\n\nb\n', { exitCode: 3, sum: '4.5' }),
  answer(8, ''),
];

const IDS = [1, 2, 3, 4, 5, 6, 7, 8];

describe.each([
  { stream: 'stdout', bytes: Buffer.from(STDOUT), frames: STDOUT_FRAMES },
  { stream: 'stderr', bytes: STDERR, frames: STDERR_FRAMES },
] as const)('$stream', ({ stream, bytes, frames }) => {
  test('a whole stream gives its frames', () => {
    expect(decode(stream, [bytes], IDS)).toEqual(frames);
  });

  test('cut at any one place, it gives the same frames', () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const found = decode(stream, [bytes.subarray(0, cut), bytes.subarray(cut)], IDS);
      expect(found, `cut at ${cut}`).toEqual(frames);
    }
  });

  test('byte by byte, and in any sizes, it gives the same frames', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seeded(seed);
      const pieces: Buffer[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = seed === 1 ? 1 : 1 + Math.floor(random() * 9);
        pieces.push(bytes.subarray(at, at + size));
        at += size;
      }
      expect(decode(stream, pieces, IDS), `seed ${seed}`).toEqual(frames);
    }
  });

  test('any garbled stream gives frames and at most one malformed one, the last', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = seeded(seed);
      const garbled = Buffer.from(bytes);
      for (let hit = 0; hit < 1 + (seed % 5); hit++) {
        garbled[Math.floor(random() * garbled.length)] = Math.floor(random() * 256);
      }
      const found = decode(stream, [garbled], IDS);
      const malformed = found.findIndex(({ kind }) => kind === 'malformed');
      expect(malformed === -1 || malformed === found.length - 1, `seed ${seed}`).toBe(true);
    }
  });
});

describe('before hello', () => {
  test('what the login shell prints is noise, and hello is found after it', () => {
    expect(decode('stdout', [Buffer.from('Welcome to gpu01\n\n# muster 1 77\n')], [], false)).toEqual([
      { kind: 'noise', text: 'Welcome to gpu01' },
      { kind: 'noise', text: '' },
      { kind: 'hello' },
    ]);
  });

  test('another version of the program is refused in words', () => {
    expect(decode('stdout', [Buffer.from('# muster 2 77\n')], [], false)).toEqual([
      { kind: 'malformed', because: 'the program there speaks version 2 of the protocol, not 1' },
    ]);
  });

  test.each([
    ['one line', Buffer.alloc(BANNER_BYTES + 1, 'a')],
    ['many lines', Buffer.alloc(BANNER_BYTES + 100, 'a\n')],
  ])('a login shell that prints without end is cut off: %s', (_, bytes) => {
    expect(decode('stdout', [bytes], [], false).at(-1)?.kind).toBe('malformed');
  });
});

describe('hostile streams', () => {
  const malformed = (because: string) => [{ kind: 'malformed', because }];

  test('an answer nobody asked for breaks the session', () => {
    expect(decode('stdout', [Buffer.from(inline(9, 'x'))], IDS)).toEqual(
      malformed('an answer to question 9, which was not asked'),
    );
  });

  test('an answer that announces more than the limit breaks the session before it is read', () => {
    expect(decode('stdout', [Buffer.from(`= 1 0 ${ANSWER_BYTES + 1} x\n`)], IDS)).toEqual(
      malformed(`an answer of ${ANSWER_BYTES + 1} bytes; the limit is ${ANSWER_BYTES}`),
    );
  });

  test('an answer longer than it says breaks the session, and nothing is decoded after it', () => {
    expect(decode('stdout', [Buffer.from('= 1 0 2 x\nabc\n~ 2\n')], IDS)).toEqual(
      malformed('an answer is longer than it says'),
    );
  });

  test('a header without end breaks the session', () => {
    expect(decode('stdout', [Buffer.alloc(300, '=')], IDS)).toEqual(malformed('a line without end'));
  });

  test('an answer in lines over the limit breaks the session', () => {
    const line = Buffer.from(`L 1 ${'a'.repeat(4_000)}\n`);
    const found = decode(
      'stderr',
      Array.from({ length: 300 }, () => line),
      IDS,
    );
    expect(found).toEqual(malformed(`an answer over ${ANSWER_BYTES} bytes`));
  });

  test.each([
    ['is longer than it says', '= 1 0 2 -\nabc\nS 2\n'],
    ['is longer than any one write', '= 1 0 4097 -\nabc\nS 2\n'],
  ])('a child answer in one piece that %s is noise, and what follows is heard', (_, text) => {
    const found = decode('stderr', [Buffer.from(text)], IDS);
    expect(found.map(({ kind }) => kind)).toEqual(['noise', 'noise', 'same']);
  });

  test('a line of noise without end is kept to its beginning and forgotten', () => {
    const found = decode(
      'stderr',
      [Buffer.alloc(LINE_BYTES + 1, 'a'), Buffer.alloc(100_000, 'b'), Buffer.from('\nS 1\n')],
      IDS,
    );
    expect(found).toEqual([
      { kind: 'noise', text: 'a'.repeat(300) },
      { kind: 'same', id: 1 },
    ]);
  });

  test('an answer that ends twice ends once', () => {
    expect(decode('stderr', [Buffer.from('L 1 a\nE 1 0 -\nE 1 0 -\n')], IDS)).toEqual([
      answer(1, 'a\n'),
      { kind: 'noise', text: 'E 1 0 -' },
    ]);
  });
});
