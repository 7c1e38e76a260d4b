import type { StepEnd } from './hand.ts';
import type { Answered } from './hand-protocol.ts';
import { parseStepEnd } from './hand-protocol.ts';

type OnOutput = (chunk: Buffer) => void | Promise<void>;

/** The output of the one step that is followed: raw bytes on one stream, their number and the end on another. */
export interface Follower {
  /** Follows when those before have ended; `begin` sends the line and resolves with what ends it. */
  readonly follow: (fromByte: number, onOutput: OnOutput, begin: () => Promise<Answered>) => Promise<StepEnd>;
  /** Takes bytes of the stream; returns why they cannot be output, which ends the session. */
  readonly take: (chunk: Buffer) => string | undefined;
  /** A reader holds the output back, so the node's silence says nothing. */
  readonly isHeld: () => boolean;
  /** The link is gone. */
  readonly end: (because: string) => void;
}

interface Stream {
  readonly onOutput: OnOutput;
  receivedBytes: number;
  /** How many there are in all, once the node has said so. */
  wantedBytes: number | undefined;
  readonly complete: PromiseWithResolvers<string | undefined>;
}

/** A follower; `hold` stops and lets go the stream. */
export function createFollower(hold: (isHeld: boolean) => void): Follower {
  const brake = createBrake(hold);
  let stream: Stream | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const run = async (fromByte: number, onOutput: OnOutput, begin: () => Promise<Answered>): Promise<StepEnd> => {
    const now: Stream = { onOutput, receivedBytes: 0, wantedBytes: undefined, complete: Promise.withResolvers() };
    stream = now;
    const answered = await begin();
    const { end, because } = await finish(now, fromByte, answered);
    stream = undefined;
    return because === undefined ? end : { kind: 'lost', because };
  };

  return {
    follow: (fromByte, onOutput, begin) => {
      const result = last.then(() => run(fromByte, onOutput, begin));
      last = result;
      return result;
    },
    take: (chunk) => {
      if (stream === undefined) return 'the node sends output that nobody asked for';
      stream.receivedBytes += chunk.length;
      if (stream.wantedBytes !== undefined && stream.receivedBytes > stream.wantedBytes)
        return 'the node sends more output than it says there is';
      brake.wait(stream.onOutput(chunk));
      if (stream.receivedBytes === stream.wantedBytes) stream.complete.resolve(undefined);
      return undefined;
    },
    isHeld: brake.isHeld,
    end: (because) => stream?.complete.resolve(because),
  };
}

/** The end the node told, when all output before it has arrived; `because` where that will never be. */
async function finish(
  stream: Stream,
  fromByte: number,
  answered: Answered,
): Promise<{ readonly end: StepEnd; readonly because?: string | undefined }> {
  if (answered.kind !== 'answer') {
    return { end: { kind: 'lost', because: answered.kind === 'late' ? 'no answer' : answered.because } };
  }
  const { end, sizeBytes } = parseStepEnd(answered.frame.stdout);
  if (sizeBytes === undefined) return { end };
  stream.wantedBytes = sizeBytes - fromByte;
  if (stream.receivedBytes > stream.wantedBytes)
    return { end, because: 'the node sent more output than it says there is' };
  return { end, because: stream.receivedBytes === stream.wantedBytes ? undefined : await stream.complete.promise };
}

/** Holds a stream back while any of the promises given has not settled. */
function createBrake(hold: (isHeld: boolean) => void) {
  let waits = 0;
  const done = () => {
    waits -= 1;
    if (waits === 0) hold(false);
  };
  return {
    wait: (promise: void | Promise<void>): void => {
      if (promise === undefined) return;
      waits += 1;
      if (waits === 1) hold(true);
      // A reader that fails has its own ways to say so; the node must not be held back for ever.
      promise.then(done, done);
    },
    isHeld: (): boolean => waits > 0,
  };
}
