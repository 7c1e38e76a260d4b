import type { Endpoint } from '../model/endpoint.ts';
import { type NodeName, nodeName } from '../model/ids.ts';
import type { ExportSpec, Inventory, InventoryNode, MountSpec, VolumeSpec } from '../model/inventory.ts';
import { DEMO_NETWORK, SHARES } from './build-mounts.ts';
import { CLONE_NODE, VALUES_FILE } from './clone.ts';
import { DRIVER } from './cluster.ts';
import { KUBE_FROM } from './kube/sharing.ts';
import type { NodeState } from './node-state.ts';

/** Where a node listens and how a client proves itself there. */
export interface Reach {
  readonly address: string;
  readonly port: number;
  readonly hostKey: string;
  readonly identityFile: string;
}

const CLASSES = { storage: 'storage', gpu: 'dgx', cpu: 'cpu', edge: 'edge' };
/** The user the demo nodes let in. */
const USER = 'demo';

/** The inventory of a running demo fleet: inventory/demo.yaml cut or grown to the fleet's size, with where each node listens now. */
export function demoInventory(nodes: readonly NodeState[], reachOf: (node: NodeState) => Reach): Inventory {
  const names = (isMeant: (node: NodeState) => boolean) => nodes.filter(isMeant).map((node) => nodeName(node.name));
  const exists = (server: string) => nodes.some((node) => node.name === server);
  const shares = SHARES.filter((share) => exists(share.server));
  return {
    name: 'demo',
    files: [],
    nodes: nodes.map((node) => inventoryNode(node, reachOf(node))),
    groups: {
      storage: names((node) => node.role === 'storage'),
      gpu: names((node) => node.role === 'gpu'),
      h100: names((node) => node.gpus[0]?.model.name.includes('H100') === true),
      mig: names((node) => node.gpus.some((gpu) => gpu.isMigEnabled)),
      cpu: names((node) => node.role === 'cpu'),
      edge: names((node) => node.role === 'edge'),
      compute: names((node) => node.role === 'gpu' || node.role === 'cpu'),
    },
    volumes: nodes.filter((node) => node.role === 'storage').map(volumeOf),
    exports: shares
      .toSorted((a, b) => a.server.localeCompare(b.server))
      .map(
        (share): ExportSpec => ({
          node: nodeName(share.server),
          path: share.path,
          clients: [{ client: DEMO_NETWORK, options: share.exportOptions }],
        }),
      ),
    mounts: shares.map(
      (share): MountSpec => ({
        source: `${share.server}:${share.path}`,
        fsType: 'nfs4',
        target: share.target,
        options: share.options,
        how: share.how,
        absent: false,
        nodes: names((node) => share.roles.includes(node.role)),
      }),
    ),
    sharing: exists('gpu11')
      ? [{ nodes: [nodeName('gpu11')], replicas: 2, resource: 'nvidia.com/gpu', renameByDefault: true }]
      : [],
    ...(exists('gpu11') && exists(KUBE_FROM)
      ? {
          clusters: [
            {
              name: 'lab',
              from: nodeName(KUBE_FROM),
              talos: { context: 'demo' },
              git: { file: VALUES_FILE, from: nodeName(CLONE_NODE) },
            },
          ],
        }
      : {}),
    pollEveryMs: { edge: { load: 5_000, kernelLog: 30_000 } },
    lateAfterMs: 15_000,
    lostAfterMs: 30_000,
    notices: [],
  };
}

/** How to reach one demo node, resolved: nothing of the user's own SSH configuration takes part. */
export function demoEndpoint(name: NodeName, reach: Reach): Endpoint {
  return {
    node: name,
    via: 'ssh',
    address: reach.address,
    port: reach.port,
    user: USER,
    sshName: reach.address,
    jumps: [],
    identityFiles: [reach.identityFile],
    identitiesOnly: true,
    password: 'never',
    knownHostsFiles: [],
    hostKeyName: reach.address,
    pinnedHostKeys: [reach.hostKey],
    hostKeyPolicy: 'ask',
    connectTimeoutMs: 10_000,
    keepaliveMs: 15_000,
    keepaliveCount: 3,
  };
}

function inventoryNode(node: NodeState, reach: Reach): InventoryNode {
  const model = node.gpus[0]?.model;
  const isWorkstation = model !== undefined && !model.hasMemorySensor;
  return {
    name: nodeName(node.name),
    via: 'ssh',
    transport: 'ssh2',
    address: reach.address,
    port: reach.port,
    user: USER,
    identityFiles: [reach.identityFile],
    password: 'never',
    hostKeys: [reach.hostKey],
    hostKeyPolicy: 'ask',
    class: isWorkstation ? 'workstation' : CLASSES[node.role],
    labels: {
      ...(node.hasCoral ? { accelerator: 'coral' } : {}),
      ...(node.gpus.some((gpu) => gpu.isMigEnabled) ? { mig: 'on' } : {}),
    },
    groups: groupsOf(node),
    ...(model === undefined ? {} : { gpus: { count: node.gpus.length, model: model.name, driver: DRIVER.version } }),
  };
}

function groupsOf(node: NodeState): readonly string[] {
  const isCompute = node.role === 'gpu' || node.role === 'cpu';
  return [
    node.role,
    ...(node.gpus[0]?.model.name.includes('H100') ? ['h100'] : []),
    ...(node.gpus.some((gpu) => gpu.isMigEnabled) ? ['mig'] : []),
    ...(isCompute ? ['compute'] : []),
  ];
}

function volumeOf(node: NodeState): VolumeSpec {
  const letter = node.name.slice(-1);
  const disk = node.disks.find((each) => each.content?.label === `export-${letter}`);
  const directory = (path: string, mode: string) => ({ path, owner: 'root', group: 'root', mode });
  return {
    name: `export-${letter}`,
    nodes: [nodeName(node.name)],
    disk: { serial: disk?.serial ?? '' },
    fsType: disk?.content?.fsType ?? 'xfs',
    label: `export-${letter}`,
    target: '/export',
    options: ['noatime'],
    directories:
      letter === 'a'
        ? [directory('/export/data', '1777'), directory('/export/home', '0755')]
        : [directory('/export/scratch', '1777')],
  };
}
