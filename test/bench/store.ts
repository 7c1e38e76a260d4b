// What taking in answers costs: 1,000 nodes that each tell their load every two seconds in ten batches a second, with everything else
// known and unchanged; then one diagnosis with twenty changed nodes. Run: node test/bench/store.ts
import { createDiagnosis } from '../../src/diagnosis/diagnose.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import { createHistory } from '../../src/store/history.ts';
import { createIngest } from '../../src/store/ingest.ts';
import type { State } from '../../src/store/state.ts';
import { createFleetStore } from '../../src/store/store.ts';
import {
  answered,
  diskMount,
  gpus,
  inventory,
  inventoryNode,
  load,
  mount,
  mountSpec,
  T0,
  up,
  usage,
} from '../store/builders.ts';

const NODES = 1_000;
const BATCHES_PER_SEC = 10;
const names = Array.from({ length: NODES }, (_, index) => `gpu${String(index + 1).padStart(4, '0')}`);

/** A figure with its unit, as the other benchmarks give it. */
export interface StoreFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** Measures for about `seconds` of simulated time, as fast as the machine goes. */
export function benchStore(seconds = 60): readonly StoreFigure[] {
  const of = fleet();
  const store = createFleetStore(of);
  const clock = { nowMs: () => nowMs, after: () => () => undefined };
  let nowMs = T0;
  let diagnosed = 0;
  let diagnosisMs = 0;
  const diagnose = createDiagnosis();
  const timed = (state: State, atMs: number) => {
    const startMs = performance.now();
    const findings = diagnose(state, atMs);
    diagnosisMs += performance.now() - startMs;
    diagnosed += 1;
    return whole(findings);
  };
  const ingest = createIngest({ store, clock, diagnose: timed, history: createHistory() });
  ingest.push(names.flatMap(firstAnswers));
  ingest.flush();

  diagnosed = 0;
  diagnosisMs = 0;
  const batches = Array.from({ length: 20 }, (_, index) => loadBatch(index));
  let spentMs = 0;
  for (let index = 0; index < seconds * BATCHES_PER_SEC; index += 1) {
    nowMs += 1_000 / BATCHES_PER_SEC;
    const batch = renewed(batches[index % batches.length] ?? [], index, nowMs);
    const startMs = performance.now();
    ingest.push(batch);
    // Twice a second the findings are due; `flush` always diagnoses, so this is five times the real share of diagnoses.
    ingest.flush();
    spentMs += performance.now() - startMs;
  }
  return [
    {
      name: 'store, 1,000 nodes every 2 s, diagnosis left out',
      value: ((spentMs - diagnosisMs) / (seconds * 1_000)) * 100,
      unit: '% of a core',
    },
    { name: 'one diagnosis, 50 of 1,000 nodes changed', value: diagnosisMs / diagnosed, unit: 'ms' },
  ];
}

/** Time of one diagnosis of 1,000 nodes of which twenty changed their GPUs, and of the first one. */
export function benchDiagnosis(rounds = 100): readonly StoreFigure[] {
  const of = fleet();
  const store = createFleetStore(of);
  const diagnose = createDiagnosis();
  const ingest = createIngest({
    store,
    clock: { nowMs: () => T0, after: () => () => undefined },
    diagnose: ({ findings }) => whole(findings),
  });
  ingest.push(names.flatMap(firstAnswers));
  ingest.flush();
  const firstAtMs = performance.now();
  diagnose(store.getState(), T0);
  const firstMs = performance.now() - firstAtMs;
  let spentMs = 0;
  for (let round = 0; round < rounds; round += 1) {
    const cards = gpus(8).map((card) => ({ ...card, utilisationRatio: round / rounds }));
    ingest.push(names.slice(0, 20).map((name) => answered(name, 'gpus', cards)));
    ingest.flush();
    const startMs = performance.now();
    diagnose(store.getState(), T0);
    spentMs += performance.now() - startMs;
  }
  return [
    { name: 'first diagnosis of 1,000 nodes', value: firstMs, unit: 'ms' },
    { name: 'one diagnosis, the GPUs of 20 of 1,000 nodes changed', value: spentMs / rounds, unit: 'ms' },
  ];
}

/** A diagnosis of one part. */
const whole = (value: readonly Finding[]) => ({ next: () => ({ done: true as const, value }) });

function fleet(): Inventory {
  const nodes = names.map((name) => inventoryNode(name, { gpus: { count: 8, model: 'A100' } }));
  return inventory([...nodes, 'nfs-a'], { mounts: [mountSpec(names)] });
}

function firstAnswers(name: string): readonly FleetEvent[] {
  return [
    up(name),
    answered(name, 'mounts', [diskMount('/scratch'), mount('/data')]),
    answered(name, 'gpus', gpus(8)),
    answered(name, 'gpuDriver', { pciGpuCount: 8 }),
    answered(name, 'usage', usage('/data', 0.5), { target: '/data' }),
    answered(name, 'usage', usage('/scratch', 0.5), { target: '/scratch' }),
    answered(name, 'units', { units: [], failed: [] }),
    answered(name, 'kernelLog', []),
  ];
}

function loadBatch(index: number): readonly FleetEvent[] {
  return names.slice(index * 50, index * 50 + 50).map((name) => answered(name, 'load', load(), { seq: 0 }));
}

function renewed(batch: readonly FleetEvent[], round: number, atMs: number): readonly FleetEvent[] {
  return batch.map((event) =>
    event.kind === 'observation'
      ? {
          kind: 'observation',
          observation: {
            ...event.observation,
            node: nodeName(event.observation.node),
            seq: 1_000_000 + round,
            atMs,
            outcome: { kind: 'ok', value: load({ load1: round, uptimeSec: round }) },
          },
        }
      : event,
  );
}

if (process.argv[1]?.endsWith('store.ts') === true) {
  for (const { name, value, unit } of [...benchStore(), ...benchDiagnosis()])
    console.log(`${name}: ${value.toFixed(2)} ${unit}`);
}
