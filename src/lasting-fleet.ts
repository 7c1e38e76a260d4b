import { writeCrashReport } from './cli/crash-report.ts';
import type { Fleet, FleetPlan } from './engine/fleet.ts';
import { type PreparedFleet, startFleetInWorker } from './engine/fleet-worker.ts';
import type { FleetEvent } from './model/fleet-event.ts';

/** An engine that fails this often within a minute is not started again: the same thing would happen. */
const MAX_RESTARTS_A_MINUTE = 3;
const MINUTE_MS = 60_000;
/** More than a node can be asked in the life of an engine. */
const SEQS_A_LIFE = 1_000_000_000;

/**
 * A fleet whose engine is started again when it fails: an operator in an outage needs the other nodes more than a clean end. Each failure
 * leaves a report, and every node says why it is being connected anew. The first may have been `prepared`.
 */
export function startLastingFleet(plan: FleetPlan, workerUrl: URL, prepared?: PreparedFleet): Fleet {
  const listeners = new Set<(batch: readonly FleetEvent[]) => void>();
  const failedAtMs: number[] = [];
  let fleet: Fleet;
  let isClosing = false;
  let lives = 0;

  const tell = (batch: readonly FleetEvent[]) => {
    for (const listener of listeners) listener(batch);
  };
  const start = (): Fleet => {
    const begin = lives === 0 ? prepared : undefined;
    const thisLife = { ...plan, firstSeq: lives * SEQS_A_LIFE };
    const started = begin?.(thisLife) ?? startFleetInWorker(thisLife, workerUrl);
    lives += 1;
    started.subscribe((batch) => {
      const rest = batch.filter((event) => event.kind !== 'fault');
      if (rest.length > 0) tell(rest);
      for (const event of batch) if (event.kind === 'fault') failed(event.message);
    });
    return started;
  };
  const failed = (message: string) => {
    if (isClosing) return;
    const nowMs = Date.now();
    failedAtMs.push(nowMs);
    const isGivenUp = failedAtMs.filter((atMs) => nowMs - atMs < MINUTE_MS).length > MAX_RESTARTS_A_MINUTE;
    const report = writeCrashReport(new Error(message));
    const because = `muster's own engine failed${isGivenUp ? ' again and again and stays down; start muster anew' : ' and was started again'} (report: ${report})`;
    tell(
      plan.nodes.map(({ endpoint: { node } }) => ({
        kind: 'link',
        node,
        link: { kind: 'lost', sinceMs: nowMs, because, retryAtMs: nowMs, attempt: 1 },
      })),
    );
    void fleet.close();
    if (!isGivenUp) fleet = start();
  };

  fleet = start();
  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    request: (request) => fleet.request(request),
    close: () => {
      isClosing = true;
      return fleet.close();
    },
  };
}
