// The demo's machine of Talos, asked over real SSH as the product asks one: talosctl on a node, its answers, and a fault from inject to heal.
import { expect, onTestFinished, test } from 'vitest';
import { statusJson, summaryRows } from '../../src/cli/format-status.ts';
import { startDemoFleet } from '../../src/demo/fleet.ts';
import { createDiagnosis } from '../../src/diagnosis/diagnose.ts';
import { followClusters } from '../../src/kubernetes/follow-clusters.ts';
import { applyEvents } from '../../src/store/apply-observations.ts';
import type { State } from '../../src/store/state.ts';
import { initialState } from '../../src/store/store.ts';
import { clock } from '../../src/transport/clock.ts';
import { createTransport } from '../../src/transport/transport.ts';

/** The state of the fleet's cluster as it comes, and what it says of a moment. */
async function watched() {
  const fleet = await startDemoFleet();
  onTestFinished(fleet.close);
  const [spec] = fleet.inventory.clusters ?? [];
  const [endpoint, clone] = ['edge01', 'nfs-a'].map((name) => fleet.endpoints.find(({ node }) => node === name));
  if (spec === undefined || endpoint === undefined || clone === undefined) throw new Error('no cluster');
  const transport = createTransport({ askSecret: async () => undefined });
  onTestFinished(transport.close);
  let state = initialState(fleet.inventory);
  const waiting = new Set<() => void>();
  const { retry, close } = followClusters([{ spec, endpoint, clone, isOnce: true }], {
    transport,
    clock,
    random: () => 0,
    tell: (batch) => {
      state = applyEvents(state, batch, clock.nowMs());
      for (const look of waiting) look();
    },
  });
  onTestFinished(close);
  const until = (isSo: (now: State) => boolean) =>
    new Promise<State>((resolve) => {
      const look = () => {
        if (!isSo(state)) return;
        waiting.delete(look);
        resolve(state);
      };
      waiting.add(look);
      look();
    });
  return { fleet, retry, until };
}

const talosOf = (state: State) => state.clusters.get('lab')?.talos.get('talos-00');

test('a machine of Talos is in the demo without SSH: what talosctl tells of it stands in status and in its JSON', async () => {
  const { until } = await watched();
  const state = await until((now) => talosOf(now)?.facts !== undefined);
  expect(summaryRows(state).find(({ what }) => what === 'Talos machines')).toEqual({
    what: 'Talos machines',
    total: '1',
    state: '1 ready, 0 not ready, 0 not known',
  });
  const json = JSON.parse(JSON.stringify(statusJson(state, clock.nowMs())));
  expect(json.clusters[0].talos).toEqual([
    {
      node: 'talos-00',
      state: 'ok',
      facts: {
        stage: 'running',
        isReady: true,
        unmet: [],
        services: ['apid', 'containerd', 'kubelet', 'udevd', 'ext-nvidia-persistenced'].map((name) => ({
          name,
          isRunning: true,
          health: 'healthy',
        })),
        extensions: [
          { name: 'nonfree-kmod-nvidia-production', version: '550.127.05-v1.9.1' },
          { name: 'nvidia-container-toolkit-production', version: '550.127.05-v1.17.2' },
        ],
        disks: expect.arrayContaining([expect.objectContaining({ path: '/dev/nvme0n1', transport: 'nvme' })]),
        mounts: [{ source: '/dev/nvme0n1p6', target: '/var', sizeBytes: 997_550_000_000, usedBytes: 578_790_000_000 }],
        events: [],
        notes: [],
      },
    },
  ]);
});

test('its misbuilt image is a finding with both versions, and none once it is healed', async () => {
  const { fleet, retry, until } = await watched();
  await until((now) => talosOf(now)?.facts !== undefined);
  const titles = (state: State) =>
    createDiagnosis()(state, clock.nowMs()).flatMap(({ rule, title }) => (rule === 'talos-machine' ? [title] : []));
  const driverOf = (state: State) => talosOf(state)?.facts?.extensions[1]?.version;
  fleet.inject('talos-misbuilt');
  retry();
  expect(titles(await until((now) => driverOf(now) === '535.216.03-v1.17.2'))).toEqual([
    'talos-00: the NVIDIA extensions are of different drivers: nonfree-kmod-nvidia-production 550.127.05-v1.9.1, nvidia-container-toolkit-production 535.216.03-v1.17.2',
  ]);
  fleet.heal('talos-misbuilt');
  retry();
  expect(titles(await until((now) => driverOf(now) === '550.127.05-v1.17.2'))).toEqual([]);
});
