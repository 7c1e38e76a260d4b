import { decodeStderr } from './decode-stderr.ts';
import { decodeStdout } from './decode-stdout.ts';
import type { FrameSink } from './protocol.ts';

/** Both streams of one session. Never throws; every buffer has a limit; after `malformed` everything is ignored. */
export interface Decoder {
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
}

/** Decodes one session's streams into frames, over any division into chunks. */
export function createDecoder({ isOpen, frame }: FrameSink): Decoder {
  let isBroken = false;
  const sink: FrameSink = {
    isOpen,
    frame: (found) => {
      if (isBroken) return;
      isBroken = found.kind === 'malformed';
      frame(found);
    },
  };
  const out = decodeStdout(sink);
  const err = decodeStderr(sink);
  return {
    stdout: (chunk) => {
      if (!isBroken) out(chunk);
    },
    stderr: (chunk) => {
      if (!isBroken) err(chunk);
    },
  };
}
