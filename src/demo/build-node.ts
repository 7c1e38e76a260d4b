import { buildDisks, rootDevice } from './build-disks.ts';
import { buildProcesses, buildServices } from './build-files.ts';
import { buildMounts } from './build-mounts.ts';
import { chance, seedOf, uuidOf } from './chance.ts';
import { DRIVER, type NodePlan } from './cluster.ts';
import { type DemoGpu, HEALTHY, type NodeState, type OsRelease, WELL_KUBE, WELL_STACK } from './node-state.ts';

const GIB = 2 ** 30;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const UBUNTU: OsRelease = {
  id: 'ubuntu',
  name: 'Ubuntu',
  version: '22.04',
  prettyName: 'Ubuntu 22.04.5 LTS',
  kernel: '5.15.0-126-generic',
  arch: 'x86_64',
};
const DEBIAN: OsRelease = {
  id: 'debian',
  name: 'Debian GNU/Linux',
  version: '12',
  prettyName: 'Debian GNU/Linux 12 (bookworm)',
  kernel: '6.1.0-28-amd64',
  arch: 'x86_64',
};
const ROCKY: OsRelease = {
  id: 'rocky',
  name: 'Rocky Linux',
  version: '9.5',
  prettyName: 'Rocky Linux 9.5 (Blue Onyx)',
  kernel: '5.14.0-503.15.1.el9_5.x86_64',
  arch: 'x86_64',
};
const ROLES = {
  storage: { os: DEBIAN, cpuCount: 32, memoryBytes: 128 * GIB },
  gpu: { os: UBUNTU, cpuCount: 96, memoryBytes: 1_024 * GIB },
  cpu: { os: ROCKY, cpuCount: 64, memoryBytes: 256 * GIB },
  edge: { os: { ...DEBIAN, kernel: '6.6.51+rpt-rpi-v8', arch: 'aarch64' }, cpuCount: 4, memoryBytes: 8 * GIB },
};

/** A node as it stands when the demo starts: up for some days, everything mounted and exported as the inventory wishes. */
export function buildNode(plan: NodePlan, fleetSeed: number, nowMs: number): NodeState {
  const seed = seedOf(fleetSeed, plan.name);
  const bare: NodeState = {
    name: plan.name,
    role: plan.role,
    seed,
    address: plan.address,
    ...ROLES[plan.role],
    bootId: uuidOf(seed + 11),
    bootedAtMs: nowMs - Math.floor(HOUR_MS * 8 + chance(seed, 12) * 60 * DAY_MS),
    privilege: plan.role === 'storage' ? 'root' : 'sudo',
    disks: buildDisks(plan, seed),
    mounts: [],
    units: [],
    failedUnits: [],
    services: [],
    files: new Map(),
    processes: buildProcesses(plan.role, seed),
    endedJobs: [],
    exports: [],
    nfsdThreads: plan.role === 'storage' ? 64 : 0,
    ...(plan.gpus.length > 0 ? { driver: DRIVER } : {}),
    gpus: plan.gpus.map((_, index) => buildGpu(plan, seed, index)).filter((gpu) => gpu !== undefined),
    stack: WELL_STACK,
    kube: WELL_KUBE,
    hasCoral: plan.role === 'edge',
    kernelLog: [],
    ailments: HEALTHY,
  };
  const { bootedAtMs } = bare;
  return buildMounts(
    { ...bare, services: buildServices(plan.role, bootedAtMs) },
    rootDevice(plan),
    plan.servers,
    nowMs,
  );
}

const MIG_PROFILES: readonly (readonly string[])[] = [
  ['1g.5gb', '1g.5gb', '1g.5gb', '1g.5gb', '1g.5gb', '1g.5gb', '1g.5gb'],
  ['3g.20gb', '3g.20gb'],
  ['4g.20gb', '2g.10gb', '1g.5gb'],
];

function buildGpu(plan: NodePlan, nodeSeed: number, index: number): DemoGpu | undefined {
  const model = plan.gpus[index];
  if (model === undefined) return undefined;
  const seed = seedOf(nodeSeed, 'gpu', index);
  const migProfiles = plan.isMigNode ? (MIG_PROFILES[index] ?? []) : [];
  return {
    index,
    model,
    seed,
    uuid: `GPU-${uuidOf(seed)}`,
    serial: `165${String(Math.floor(chance(seed, 1) * 1e10)).padStart(10, '0')}`,
    // Two slots apart, as a card behind its own PCIe switch port is.
    busId: `00000000:${(0x1b + index * 0x12).toString(16).toUpperCase().padStart(2, '0')}:00.0`,
    instances: migProfiles.map((profile, at) => ({ id: at + 1, profile, hasCompute: true })),
    isMigEnabled: migProfiles.length > 0,
    settings: standardSettings(model, migProfiles.length > 0),
    isThrottling: false,
    isLost: false,
    pcieReplays: Math.floor(chance(seed, 4) * 3),
    eccCorrected: chance(seed, 2) < 0.06 ? Math.floor(chance(seed, 3) * 3) : 0,
    eccUncorrected: 0,
  };
}

/** What a card has when the driver has just found it. */
export const standardSettings = (model: DemoGpu['model'], isMigPending: boolean): DemoGpu['settings'] => ({
  persistence: true,
  computeMode: 'Default',
  powerLimitW: model.limitW,
  timeSlice: 0,
  isMigPending,
});
