import { parentPort } from 'node:worker_threads';
import { compactAfterBursts, compactHeap } from './compact-heap.ts';
import { crossing, type FromWorker, type ToWorker } from './engine/fleet-worker.ts';
import { startFleet } from './engine/run-fleet.ts';
import { createSecretDesk } from './engine/secret-desk.ts';
import { followClusters, type WorkerPlan } from './kubernetes/follow-clusters.ts';
import type { FleetEvent } from './model/fleet-event.ts';
import { unreachable } from './model/unreachable.ts';
import { probes } from './probes/registry.ts';
import { clock } from './transport/clock.ts';
import { createTransport } from './transport/transport.ts';

type Plan = Extract<ToWorker, { readonly kind: 'plan' }>;

/** Runs the engine, the probes and the transport in a worker thread; the other end is `startFleetInWorker`. */
function serve(plan: WorkerPlan, post: (message: FromWorker) => void): (message: Exclude<ToWorker, Plan>) => void {
  const secrets = createSecretDesk();
  const transport = createTransport({ askSecret: secrets.ask, maxConnecting: plan.maxConnecting });
  const { acceptHostKey, askAgain } = transport;
  const fleet = startFleet(plan, { probes, transport, clock, random: Math.random, secrets, acceptHostKey, askAgain });
  fleet.subscribe((events) => post(crossing(events)));
  fleet.subscribe(compactAfterBursts(clock, compactHeap));
  const tell = (events: readonly FleetEvent[]) => post(crossing(events));
  const clusters = followClusters(plan.clusters ?? [], { transport, clock, random: Math.random, tell });
  return (message) => {
    switch (message.kind) {
      case 'request':
        if (message.request.kind === 'reconnect') clusters.retry();
        if (message.request.kind === 'pod-log') clusters.openLog(message.request.log);
        return fleet.request(message.request);
      case 'close':
        clusters.close();
        return void fleet.close().then(() => post({ kind: 'closed' }));
      default:
        return unreachable(message);
    }
  };
}

// A connection keeps three dozen bytes of its handshake for ever, cut from a shared block of 64 KiB each time: 14 MB for 1,000 nodes.
Buffer.poolSize = 1_024;

const port = parentPort;
if (port === null) throw new TypeError('the engine is started by muster, in a worker thread');
let hear: ReturnType<typeof serve> | undefined;
port.on('message', (message: ToWorker) => {
  if (message.kind === 'plan') hear = serve(message.plan, (answer) => port.postMessage(answer));
  else hear?.(message);
});
