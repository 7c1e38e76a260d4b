import { ANSWER_BYTES, BANNER_BYTES } from './limits.ts';
import { type Frame, type FrameSink, malformed, NEWLINE, noise, ownSum, shortFrame } from './protocol.ts';

const EMPTY: Buffer = Buffer.alloc(0);
const HEADER_BYTES = 200;
const HELLO = /^# muster (\d{1,4}) \d{1,10}\r?$/;
const HEADER = /^= (\d{1,15}) (\d{1,3}) (\d{1,7}) (\S{1,64})$/;
const SAME = /^~ (\d{1,15})$/;

interface Body {
  readonly id: number;
  readonly exitCode: number;
  readonly length: number;
  readonly sum: string;
}

/** Decodes a program's stdout, over any division into chunks. Before hello it is whatever the login shell prints. */
export function decodeStdout({ isOpen, frame }: FrameSink): (chunk: Buffer) => void {
  const banner = decodeBanner();
  let isGreeted = false;
  let body: Body | undefined;
  let parts: Buffer[] = [];
  let missing = 0;
  let pending = EMPTY;

  const line = (bytes: Buffer): Frame | undefined => {
    if (!isGreeted) {
      const greeting = banner(bytes);
      isGreeted = greeting.kind === 'hello';
      return greeting;
    }
    const head = decodeHeader(bytes, isOpen);
    if ('kind' in head) return head;
    body = head;
    missing = head.length + 1;
    return undefined;
  };

  /** Takes one line or one piece of a body; the rest of the chunk, or undefined when more bytes must come. */
  const step = (rest: Buffer): Buffer | undefined => {
    if (body !== undefined) {
      const piece = rest.subarray(0, missing);
      missing -= piece.length;
      // A copy where it must wait, because a small piece must not keep the whole chunk it lay in.
      parts.push(missing === 0 ? piece : Buffer.from(piece));
      if (missing > 0) return undefined;
      const whole = finish(body, parts);
      parts = [];
      body = undefined;
      frame(whole);
      return whole.kind === 'malformed' ? undefined : rest.subarray(piece.length);
    }
    const end = rest.indexOf(NEWLINE);
    const limit = isGreeted ? HEADER_BYTES : BANNER_BYTES;
    if (end > limit || (end < 0 && rest.length > limit)) {
      frame(malformed('a line without end'));
      return undefined;
    }
    if (end < 0) {
      pending = Buffer.from(rest);
      return undefined;
    }
    const found = line(rest.subarray(0, end));
    if (found !== undefined) frame(found);
    return found?.kind === 'malformed' ? undefined : rest.subarray(end + 1);
  };

  return (chunk) => {
    let rest: Buffer | undefined = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    pending = EMPTY;
    while (rest !== undefined && rest.length > 0) rest = step(rest);
  };
}

function decodeBanner(): (line: Buffer) => Frame {
  let bytes = 0;
  return (line) => {
    const text = line.toString('utf8');
    const version = HELLO.exec(text)?.[1];
    if (version === '1') return { kind: 'hello' };
    if (version !== undefined) return malformed(`the program there speaks version ${version} of the protocol, not 1`);
    bytes += line.length + 1;
    return bytes > BANNER_BYTES ? malformed('the login shell prints without end') : noise(text);
  };
}

function decodeHeader(bytes: Buffer, isOpen: (id: number) => boolean): Frame | Body {
  const text = bytes.toString('latin1');
  const [, id = '', exitCode = '', length = '', sum = ''] = HEADER.exec(text) ?? [];
  if (id === '')
    return shortFrame(text, isOpen, SAME) ?? malformed(`not a frame: ${JSON.stringify(text.slice(0, 80))}`);
  if (!isOpen(Number(id))) return malformed(`an answer to question ${id}, which was not asked`);
  if (Number(length) > ANSWER_BYTES) return malformed(`an answer of ${length} bytes; the limit is ${ANSWER_BYTES}`);
  return { id: Number(id), exitCode: Number(exitCode), length: Number(length), sum: ownSum(bytes, sum.length) };
}

function finish(body: Body, parts: readonly Buffer[]): Frame {
  const bytes = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  if (bytes[body.length] !== NEWLINE) return malformed('an answer is longer than it says');
  const { id, exitCode, sum } = body;
  return { kind: 'answer', id, exitCode, sum, stdout: bytes.toString('utf8', 0, body.length), noise: '' };
}
