import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { FleetEvent } from '../model/fleet-event.ts';
import type { FleetRequest } from '../model/fleet-request.ts';
import { unreachable } from '../model/unreachable.ts';
import type { Fleet, FleetPlan } from './fleet.ts';
import { CLOSE_MS, YOUNG_MB } from './limits.ts';

/** What the console's thread says to the engine's. */
export type ToWorker =
  | { readonly kind: 'plan'; readonly plan: FleetPlan }
  | { readonly kind: 'request'; readonly request: FleetRequest }
  | { readonly kind: 'close' };

/** What the engine's thread says: batches of events, as text or, with bytes of shells among them, as they are; and goodbye. */
export type FromWorker =
  | { readonly kind: 'text'; readonly json: string }
  | { readonly kind: 'batch'; readonly events: readonly FleetEvent[] }
  | { readonly kind: 'closed' };

/**
 * A batch on its way to the console's thread. As text, because what JSON.parse makes is smaller than what a structured clone makes, at the
 * same price: short texts are one string for all nodes, and objects have no room to grow.
 */
export function crossing(events: readonly FleetEvent[]): FromWorker {
  return events.some(({ kind }) => kind === 'shell-data')
    ? { kind: 'batch', events }
    : { kind: 'text', json: JSON.stringify(events) };
}

/** The end of what a worker printed before it failed, for the message. */
const TAIL_CHARACTERS = 400;

/**
 * A fleet in a worker thread, so that handshakes and parsing never delay a key press. A worker that fails or ends unasked becomes one
 * `fault` event; requests after that go nowhere.
 */
export const startFleetInWorker = (plan: FleetPlan, workerUrl: URL): Fleet => fleetIn(startWorker(workerUrl), plan);

/** A worker thread that loads the engine while its plan is still being made; gives it the plan, once. */
export type PreparedFleet = (plan: FleetPlan) => Fleet;

/** `startFleetInWorker` in two steps. Left without a plan the worker keeps nobody from leaving; one that has failed by then is started anew. */
export function prepareFleetInWorker(workerUrl: URL): PreparedFleet {
  let prepared: Worker | undefined = startWorker(workerUrl);
  prepared.unref();
  const forget = () => {
    prepared = undefined;
  };
  prepared.once('error', forget);
  prepared.once('exit', forget);
  return (plan) => {
    const worker = prepared ?? startWorker(workerUrl);
    worker.ref();
    return fleetIn(worker, plan);
  };
}

function fleetIn(worker: Worker, plan: FleetPlan): Fleet {
  const listeners = new Set<(batch: readonly FleetEvent[]) => void>();
  const { promise: ended, resolve: hasEnded } = Promise.withResolvers<void>();
  let isClosing = false;
  let hasFailed = false;
  const lastPrinted = tailOf(worker);

  const tell = (batch: readonly FleetEvent[]) => {
    for (const listener of listeners) listener(batch);
  };
  const fail = (message: string) => {
    if (isClosing || hasFailed) return;
    hasFailed = true;
    const tail = lastPrinted();
    tell([{ kind: 'fault', message: tail === '' ? message : `${message}; it printed: ${tail}` }]);
  };
  worker.on('message', (message: FromWorker) => {
    switch (message.kind) {
      case 'text': {
        const events: readonly FleetEvent[] = JSON.parse(message.json);
        return tell(events);
      }
      case 'batch':
        return tell(message.events);
      case 'closed':
        return hasEnded();
      default:
        return unreachable(message);
    }
  });
  worker.on('error', (error) =>
    fail(`the engine failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  );
  worker.on('exit', (code) => {
    fail(`the engine ended with exit code ${code}`);
    hasEnded();
  });

  const post = (message: ToWorker) => worker.postMessage(message);
  post({ kind: 'plan', plan });
  const close = async () => {
    isClosing = true;
    post({ kind: 'close' });
    const timer = setTimeout(hasEnded, CLOSE_MS);
    await ended;
    clearTimeout(timer);
    await worker.terminate();
  };
  let closing: Promise<void> | undefined;
  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    request: (request) => {
      if (closing === undefined && !hasFailed) post({ kind: 'request', request });
    },
    close: () => (closing ??= close()),
  };
}

function startWorker(workerUrl: URL): Worker {
  // V8 starts with one megabyte and stays there, because little of what the engine makes lives on.
  setFlagsFromString(`--min-semi-space-size=${YOUNG_MB / 3}`);
  // Its standard streams are kept off the screen.
  return new Worker(workerUrl, {
    name: 'muster engine',
    stdout: true,
    stderr: true,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
}

/** The last words a worker printed, for the message of its failure. */
function tailOf(worker: Worker): () => string {
  let tail = '';
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString('utf8')).slice(-TAIL_CHARACTERS);
    });
  }
  return () => tail;
}
