import { ANSWER_BYTES, LINE_BYTES, NOISE_CHARACTERS, PENDING_BYTES, PIPE_BYTES } from './limits.ts';
import { type Frame, type FrameSink, malformed, NEWLINE, noise, ownSum, shortFrame } from './protocol.ts';

const EMPTY: Buffer = Buffer.alloc(0);
const EQUALS = 61;
const LINE_END = Buffer.from('\n');
const PIECE = /^([LlN]) (\d{1,15}) /;
const END = /^E (\d{1,15}) (\d{1,3}) (\S{1,64})$/;
const SAME = /^S (\d{1,15})$/;
const WHOLE = /^= (\d{1,15}) (\d{1,3}) (\d{1,4}) (\S{1,64})$/;
const IN_ONE_LINE = /^e (\d{1,15}) (\d{1,3}) (\S{1,64}) /;
/** Stands for a newline in an answer that came in one line. */
const RECORD_SEPARATOR = /\x1e/g;

interface Gathered {
  readonly parts: Buffer[];
  bytes: number;
  noise: string;
}

/** Decodes a program's stderr, where children answer line by line or in one piece among whatever else is said there. */
export function decodeStderr(sink: FrameSink): (chunk: Buffer) => void {
  const decodeLine = lineDecoder(sink.isOpen);
  let pending = EMPTY;
  /** Within a line that is too long to be a frame: dropped up to its end. */
  let isSkipping = false;

  /** Takes one line, or one answer in a piece; the rest of the bytes, or undefined when more must come. */
  const step = (rest: Buffer): Buffer | undefined => {
    const end = rest.indexOf(NEWLINE);
    const line = rest.subarray(0, end < 0 ? rest.length : end);
    const isTooLong = line.length > LINE_BYTES;
    if (end < 0 && !isTooLong && !isSkipping) return undefined;
    const after = end < 0 ? EMPTY : rest.subarray(end + 1);
    if (isSkipping) {
      isSkipping = end < 0;
      return after;
    }
    isSkipping = end < 0;
    if (isTooLong) {
      sink.frame(noise(line.toString('utf8', 0, NOISE_CHARACTERS)));
      return after;
    }
    const head = headOf(line, sink.isOpen);
    if (head !== undefined && after.length <= head.length) return undefined;
    const isWhole = head !== undefined && after[head.length] === NEWLINE;
    const found = isWhole ? wholeAnswer(head, after) : decodeLine(line);
    if (found !== undefined) sink.frame(found);
    if (found?.kind === 'malformed') return EMPTY;
    return isWhole ? after.subarray(head.length + 1) : after;
  };

  return (chunk) => {
    let rest = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    pending = EMPTY;
    while (rest.length > 0) {
      const after = step(rest);
      if (after === undefined) {
        pending = Buffer.from(rest);
        return;
      }
      rest = after;
    }
  };
}

/** What stands before an answer in one piece. */
interface Head {
  readonly id: number;
  readonly exitCode: number;
  readonly length: number;
  readonly sum: string;
}

/** Undefined for every other line, and for a length no atomic write has: such a line is noise. */
function headOf(line: Buffer, isOpen: (id: number) => boolean): Head | undefined {
  if (line[0] !== EQUALS) return undefined;
  const [, id = '', exitCode = '', length = '', sum = ''] = WHOLE.exec(line.toString('latin1', 0, 120)) ?? [];
  if (id === '' || !isOpen(Number(id)) || Number(length) > PIPE_BYTES) return undefined;
  return { id: Number(id), exitCode: Number(exitCode), length: Number(length), sum: ownSum(line, sum.length) };
}

const wholeAnswer = ({ id, exitCode, length, sum }: Head, bytes: Buffer): Frame => ({
  kind: 'answer',
  id,
  exitCode,
  sum,
  stdout: bytes.toString('utf8', 0, length),
  noise: '',
});

function lineDecoder(isOpen: (id: number) => boolean): (line: Buffer) => Frame | undefined {
  const answers = new Map<number, Gathered>();
  let pendingBytes = 0;

  const take = (id: number): Gathered | undefined => {
    const answer = answers.get(id);
    answers.delete(id);
    pendingBytes -= answer?.bytes ?? 0;
    return answer;
  };

  const gather = (kind: string, id: number, text: Buffer): Frame | undefined => {
    const answer = answers.get(id) ?? { parts: [], bytes: 0, noise: '' };
    answers.set(id, answer);
    if (kind === 'N') {
      answer.noise = text.toString('utf8').slice(0, NOISE_CHARACTERS);
      return undefined;
    }
    // Bytes are kept, not text: a piece may end within a character.
    const part = kind === 'L' ? Buffer.concat([text, LINE_END]) : Buffer.from(text);
    answer.parts.push(part);
    answer.bytes += part.length;
    pendingBytes += part.length;
    // A newline more than the limit: the program counts an answer that lacks its last one.
    if (answer.bytes > ANSWER_BYTES + 1) return malformed(`an answer over ${ANSWER_BYTES} bytes`);
    return pendingBytes > PENDING_BYTES ? malformed('more unfinished answers than any node has') : undefined;
  };

  return (line) => {
    const head = line.toString('latin1', 0, 120);
    const [, kind = '', lineId = ''] = PIECE.exec(head) ?? [];
    if (kind !== '' && isOpen(Number(lineId))) return gather(kind, Number(lineId), line.subarray(3 + lineId.length));
    const inOneLine = IN_ONE_LINE.exec(head);
    if (inOneLine !== null && isOpen(Number(inOneLine[1]))) return answerInOneLine(inOneLine, line);
    const [, endId = '', exitCode = '', sum = ''] = END.exec(head) ?? [];
    const id = Number(endId);
    if (endId !== '' && isOpen(id)) {
      const answer = take(id);
      const stdout = Buffer.concat(answer?.parts ?? []).toString('utf8');
      return { kind: 'answer', id, exitCode: Number(exitCode), sum, stdout, noise: answer?.noise ?? '' };
    }
    const short = shortFrame(head, isOpen, SAME);
    if (short !== undefined) take(short.id);
    return short ?? (line.length === 0 ? undefined : noise(line.toString('utf8')));
  };
}

function answerInOneLine([prefix, id, exitCode, sum = '']: RegExpExecArray, line: Buffer): Frame {
  const stdout = line.toString('utf8', prefix.length).replace(RECORD_SEPARATOR, '\n');
  return { kind: 'answer', id: Number(id), exitCode: Number(exitCode), sum, stdout, noise: '' };
}
