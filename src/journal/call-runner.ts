import { connect } from 'node:net';
import type { RolloutRequest, RunnerMessage } from '../model/rollout-request.ts';
import { jsonLine, onLines } from './lines.ts';

/** A console's or a command's end of a runner's socket. */
export interface RunnerCall {
  /** Undefined when the runner did it, else why not. */
  readonly request: (request: RolloutRequest) => Promise<string | undefined>;
  /** Resolves when the runner has gone away, which is when the rollout is over or the runner was killed. */
  readonly gone: Promise<void>;
  readonly close: () => void;
}

/** Calls the runner at this socket; undefined when nobody listens there. */
export function callRunner(
  path: string,
  onMessage: (message: RunnerMessage) => void = () => {},
): Promise<RunnerCall | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const gone = Promise.withResolvers<void>();
    const answers = new Map<number, (because: string | undefined) => void>();
    let count = 0;
    const settle = (request: number, because: string | undefined) => {
      answers.get(request)?.(because);
      answers.delete(request);
    };
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => {
      for (const request of [...answers.keys()]) settle(request, 'the runner went away before it answered');
      gone.resolve();
    });
    onLines(socket, (line) => {
      const message = readMessage(line);
      if (message === undefined) return;
      if (message.kind === 'done') settle(message.request, undefined);
      else if (message.kind === 'refused') settle(message.request, message.because);
      else onMessage(message);
    });
    socket.once('connect', () =>
      resolve({
        request: (request) =>
          new Promise((answer) => {
            if (socket.destroyed || !socket.writable) return answer('the runner is gone');
            count += 1;
            answers.set(count, answer);
            socket.write(jsonLine(request));
          }),
        gone: gone.promise,
        close: () => socket.destroy(),
      }),
    );
  });
}

function readMessage(line: string): RunnerMessage | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
