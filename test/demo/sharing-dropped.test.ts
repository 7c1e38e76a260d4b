// The demo's Git mistake from the finding to its end: the fault, what the console finds, the plan that the finding names, the push, Argo CD, the slices, and
// the finding gone. Only the waits of the demo's own machines are short.
import { expect, onTestFinished, test } from 'vitest';
import { startDemoFleet } from '../../src/demo/fleet.ts';
import { createDiagnosis } from '../../src/diagnosis/diagnose.ts';
import { followClusters } from '../../src/kubernetes/follow-clusters.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { Finding } from '../../src/model/finding.ts';
import { applyEvents } from '../../src/store/apply-observations.ts';
import { initialState } from '../../src/store/store.ts';
import { clock } from '../../src/transport/clock.ts';
import { createTransport } from '../../src/transport/transport.ts';
import { demoHands, quickClock } from './hands.ts';

type Fleet = Awaited<ReturnType<typeof startDemoFleet>>;

const endpointOf = (fleet: Fleet, name: string): Endpoint => {
  const endpoint = fleet.endpoints.find(({ node }) => node === name);
  if (endpoint === undefined) throw new Error(`no ${name}`);
  return endpoint;
};

/** Findings of the rule about the fleet's cluster, as they come. */
function findingsIn(fleet: Fleet) {
  const [spec] = fleet.inventory.clusters ?? [];
  if (spec === undefined) throw new Error('no cluster');
  const transport = createTransport({ askSecret: async () => undefined });
  onTestFinished(transport.close);
  const diagnose = createDiagnosis();
  let state = initialState(fleet.inventory);
  let found: readonly Finding[] = [];
  const waiting = new Set<() => void>();
  const plan = { spec, endpoint: endpointOf(fleet, 'edge01'), clone: endpointOf(fleet, 'nfs-a') };
  const clusters = followClusters([plan], {
    transport,
    clock,
    random: () => 0,
    tell: (batch) => {
      state = applyEvents(state, batch, clock.nowMs());
      found = diagnose(state, clock.nowMs()).filter(({ rule }) => rule === 'sharing-dropped');
      state = { ...state, findings: found };
      for (const look of waiting) look();
    },
  });
  onTestFinished(clusters.close);
  return {
    retry: clusters.retry,
    until: (isSo: (now: { readonly found: typeof found; readonly state: typeof state }) => boolean) =>
      new Promise<readonly Finding[]>((resolve) => {
        const look = () => {
          if (!isSo({ found, state })) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

test('sharing that no chart reads is found, moved by the plan of its finding, pushed, synced and offered; then the finding is gone', async () => {
  const fleet = await startDemoFleet({ clock: quickClock(20) });
  onTestFinished(fleet.close);
  const seen = findingsIn(fleet);
  const well = await seen.until(
    ({ state }) =>
      state.clusters.get('lab')?.declared !== undefined && state.clusters.get('lab')?.tables.nodes.items.size === 3,
  );
  expect(well).toEqual([]);

  fleet.inject('sharing-dropped');
  seen.retry();
  const [finding] = await seen.until(({ found }) => found.length > 0);
  expect(finding?.title).toBe(
    "/srv/gitops/infrastructure/gpu-operator/values.yaml:10: devicePlugin.config.sharing is read by no template of NVIDIA's chart, so the GPUs are not shared",
  );
  expect(finding?.mend).toEqual({ action: 'time-slice', fields: { cluster: 'lab', replicas: '4' } });

  const hands = demoHands(fleet);
  onTestFinished(hands.close);
  const plan = await hands.plan('time-slice', finding?.mend?.fields ?? {});
  expect(plan.kind, JSON.stringify(plan).slice(0, 500)).toBe('change');
  const { rollout, said } = await hands.run(plan);
  expect(
    rollout.stages.flat().map(({ state }) => state),
    said,
  ).toEqual(rollout.stages.flat().map(() => 'succeeded'));
  seen.retry();
  await seen.until(
    ({ found, state }) =>
      found.length === 0 &&
      state.clusters.get('lab')?.tables.nodes.items.get('gpu12')?.allocatable['nvidia.com/gpu'] === 16,
  );
}, 120_000);

test('the fault is of the one node with the clone, and healed it leaves the file as it was', async () => {
  const fleet = await startDemoFleet({ nodes: 8 });
  onTestFinished(fleet.close);
  const before = fleet.world.node('nfs-a')?.files;
  fleet.inject('sharing-dropped');
  expect(fleet.world.node('nfs-a')?.files).not.toEqual(before);
  expect(() => fleet.inject('sharing-dropped@cpu01')).toThrow('sharing-dropped needs a Git clone');
  fleet.heal('sharing-dropped');
  const text = (files: typeof before) => JSON.stringify(files).replace(/"modifiedAtMs":\d+/g, '');
  expect(text(fleet.world.node('nfs-a')?.files)).toBe(text(before));
});
