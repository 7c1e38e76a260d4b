import type { StepEnd } from './hand.ts';
import { parseStepEnd } from './hand-protocol.ts';
import type { Answered } from './hand-session.ts';

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
  readonly fromByte: number;
  readonly onOutput: OnOutput;
  receivedBytes: number;
  /** How many there are in all, once the node has said so. */
  wantedBytes: number | undefined;
  readonly complete: PromiseWithResolvers<string | undefined>;
}

/** A follower; `hold` stops and lets go the stream. */
export function createFollower(hold: (isHeld: boolean) => void): Follower {
  let stream: Stream | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let waits = 0;

  const wait = (promise: Promise<void>) => {
    waits += 1;
    if (waits === 1) hold(true);
    const done = () => {
      waits -= 1;
      if (waits === 0) hold(false);
    };
    // A reader that fails has its own ways to say so; the node must not be held back for ever.
    promise.then(done, done);
  };

  const run = async (fromByte: number, onOutput: OnOutput, begin: () => Promise<Answered>): Promise<StepEnd> => {
    const now: Stream = {
      fromByte,
      onOutput,
      receivedBytes: 0,
      wantedBytes: undefined,
      complete: Promise.withResolvers(),
    };
    stream = now;
    const answered = await begin();
    if (answered.kind !== 'answer')
      return { kind: 'lost', because: answered.kind === 'late' ? 'no answer' : answered.because };
    const { end, sizeBytes } = parseStepEnd(answered.frame.stdout);
    if (sizeBytes !== undefined) {
      if (sizeBytes < fromByte)
        return { kind: 'unknown', because: `its output has ${sizeBytes} bytes, fewer than were read before` };
      now.wantedBytes = sizeBytes - fromByte;
      if (now.receivedBytes < now.wantedBytes) {
        const because = await now.complete.promise;
        if (because !== undefined) return { kind: 'lost', because };
      }
    }
    stream = undefined;
    return end;
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
      const taken = stream.onOutput(chunk);
      if (taken !== undefined) wait(taken);
      if (stream.receivedBytes === stream.wantedBytes) stream.complete.resolve(undefined);
      return undefined;
    },
    isHeld: () => waits > 0,
    end: (because) => stream?.complete.resolve(because),
  };
}
