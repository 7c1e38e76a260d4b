// Rules about machines of Talos, over what talosctl tells of them.
import { expect, test } from 'vitest';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import type { TalosFacts, TalosNode } from '../../src/model/talos.ts';
import { inventory, T0 } from '../store/builders.ts';
import { told, watched } from './support.ts';

const fleet = inventory(['gpu-0', 'gpu-1'], { clusters: [{ name: 'talos', talos: {} }] });
const WELL: TalosFacts = {
  stage: 'running',
  isReady: true,
  unmet: [],
  services: [{ name: 'kubelet', isRunning: true, health: 'healthy' }],
  extensions: [
    { name: 'nonfree-kmod-nvidia-production', version: '550.127.05-v1.9.1' },
    { name: 'nvidia-container-toolkit-production', version: '550.127.05-v1.17.2' },
    { name: 'iscsi-tools', version: 'v0.1.6' },
  ],
  disks: [],
  mounts: [],
  events: [],
  notes: [],
};

const tells = (node: string, talos: TalosNode): FleetEvent => ({
  kind: 'cluster',
  event: { kind: 'talos', cluster: 'talos', node, talos },
});

/** Findings about two minutes after these were told. */
function lasting(...events: readonly FleetEvent[]): readonly string[] {
  const fleetWatched = watched(fleet);
  fleetWatched.at(0, events);
  return told(fleetWatched.at(150_000));
}

test('a machine that is ready has no finding, and one that ended a service by itself has none', () => {
  const services = [{ name: 'ext-setup', isRunning: false, health: 'unhealthy' as const }];
  expect(lasting(tells('gpu-0', { facts: WELL }), tells('gpu-1', { facts: { ...WELL, services } }))).toEqual([]);
});

test('a machine that is not ready counts once it has lasted, with what it waits for', () => {
  const unmet = [{ name: 'services', reason: 'kubelet is not healthy' }];
  const fleetWatched = watched(fleet);
  expect(fleetWatched.at(0, [tells('gpu-0', { facts: { ...WELL, isReady: false, unmet } })])).toEqual([]);
  expect(told(fleetWatched.at(150_000))).toEqual([
    'warning: gpu-0: Talos is not ready at stage running: services (kubelet is not healthy)',
  ]);
});

test('a service that is not healthy is named', () => {
  const services = [{ name: 'ext-nvidia-persistenced', isRunning: true, health: 'unhealthy' as const }];
  expect(lasting(tells('gpu-0', { facts: { ...WELL, services } }))).toEqual([
    'warning: gpu-0: service ext-nvidia-persistenced of Talos is not healthy',
  ]);
});

test('extensions of two drivers are named with both', () => {
  const extensions = [
    { name: 'nonfree-kmod-nvidia-production', version: '570.86.15-v1.9.1' },
    { name: 'nvidia-container-toolkit-production', version: '550.127.05-v1.17.2' },
  ];
  expect(lasting(tells('gpu-0', { facts: { ...WELL, extensions } }))).toEqual([
    'warning: gpu-0: the NVIDIA extensions are of different drivers: nonfree-kmod-nvidia-production 570.86.15-v1.9.1, nvidia-container-toolkit-production 550.127.05-v1.17.2',
  ]);
});

test('an Xid of two machines is one finding, as on nodes with SSH, and no news after a day', () => {
  const text = 'NVRM: Xid (PCI:0000:48:00): 79, GPU has fallen off the bus.';
  const facts: TalosFacts = {
    ...WELL,
    events: [{ kind: 'xid', xid: 79, about: '0000:48:00', text, atMs: T0 - 1_000 }],
  };
  const fleetWatched = watched(fleet);
  const findings = fleetWatched.at(0, [tells('gpu-0', { facts }), tells('gpu-1', { facts })]);
  expect(told(findings)).toEqual(['critical: Xid 79 on gpu-[0-1]: the GPU has fallen off the bus']);
  expect(findings[0]?.evidence.map(({ node, about }) => `${node} ${about}`)).toEqual([
    'gpu-0 0000:48:00',
    'gpu-1 0000:48:00',
  ]);
  expect(fleetWatched.at(86_400_000)).toEqual([]);
});

test('talosctl that is missing is one notice over all machines', () => {
  const because = 'talosctl is not installed on this machine; install it there, or take "talos" out of the cluster';
  expect(lasting(tells('gpu-0', { because }), tells('gpu-1', { because }))).toEqual([`notice: ${because}`]);
});
