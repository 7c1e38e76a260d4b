import { columnsOf } from './columns.ts';
import { isKubectlProgram, serveKubectl } from './kube/kubectl.ts';
import { type Requests, serveRequests } from './requests.ts';
import { isHandProgram, serveHand } from './steps/hand.ts';
import type { World } from './world.ts';

/** Where the simulated program writes: the two streams of one SSH channel. */
export interface ProgramOutput {
  readonly stdout: (data: string | Buffer) => void;
  readonly stderr: (data: string | Buffer) => void;
  /** The program has ended with this exit code. */
  readonly ended: (exitCode: number) => void;
}

/** The node's end of one channel: bytes of the console in, answers out. */
export interface Program {
  readonly feed: (chunk: Buffer) => void;
  /** The channel is gone: nothing is written any more. */
  readonly end: () => void;
}

/** More than any program of ours has; a node would refuse to read such a line, too. */
const PROGRAM_BYTES = 1024 * 1024;

/** Bytes of program text announced by the bootstrap command, or undefined when the command is something else. */
export function bootstrapBytes(command: string): number | undefined {
  const bytes = Number(/\beval\b.*\bhead -c (\d+)/.exec(command)?.[1] ?? Number.NaN);
  return bytes >= 0 && bytes <= PROGRAM_BYTES ? bytes : undefined;
}

/** Plays the node's side for one node: reads the program text, then answers a poller's requests or obeys a hand, from the node's state. */
export function startProgram(world: World, name: string, programBytes: number, output: ProgramOutput): Program {
  const received: Buffer[] = [];
  let missing = programBytes;
  let requests: Requests | undefined;

  const begin = () => {
    const program = Buffer.concat(received).toString('utf8');
    requests = isKubectlProgram(program)
      ? serveKubectl(world, name, program, output)
      : (isHandProgram(program) ? serveHand : serveRequests)(world, name, columnsOf(program), output);
    received.length = 0;
  };
  if (missing === 0) begin();
  return {
    feed: (chunk) => {
      const own = chunk.subarray(0, missing);
      if (requests === undefined) {
        received.push(own);
        missing -= own.length;
        if (missing > 0) return;
        begin();
      }
      requests?.feed(chunk.subarray(own.length));
    },
    end: () => requests?.end(),
  };
}
