import { stringify } from 'yaml';
import { recordedGpus } from './gpu/recording.ts';
import { AUTOMOUNT_TARGET, addressOf, EXPORT_PATH, MOUNT_TARGET, type MountWay, SERVER, serialOf } from './nodes.ts';
import { placesOf } from './places.ts';
import type { LabState, NodeState } from './state.ts';

/** Port of the loopback addresses that lead to the nodes; below 1024 something else may listen. */
export const FORWARD_PORT = 2200;

/** The loopback address that leads to a node of the lab. */
export const forwardOf = (slot: number, { plan }: { readonly plan: { readonly number: number } }): string =>
  `127.78.${slot}.${plan.number}`;

/**
 * The lab as a muster inventory: pinned host keys, and the storage as it should be. `inside` names the nodes by their own addresses,
 * which only programs in the lab's namespace reach; `outside` by the forwarded loopback ones.
 */
export function inventoryText(state: LabState, side: 'inside' | 'outside'): string {
  const names = state.nodes.map(({ plan }) => plan.name);
  const hasServer = names.includes(SERVER);
  const clients = (way: MountWay): readonly string[] =>
    state.nodes.filter(({ plan }) => plan.mountWay === way).map(({ plan }) => plan.name);
  const mounts = [...(hasServer ? mountEntries(clients) : []), ...shareEntries(state)];
  const document = {
    name: `lab ${state.name}`,
    defaults: { user: 'admin', identityFiles: placesOf(state.name).key },
    nodes: Object.fromEntries(state.nodes.map((node) => [node.plan.name, nodeEntry(state, node, side)])),
    groups: { storage: hasServer ? [SERVER] : [], clients: names.filter((name) => name.startsWith('client-')) },
    ...(hasServer ? { volumes: [volumeEntry(state)], exports: [exportEntry] } : {}),
    ...(mounts.length > 0 ? { mounts } : {}),
  };
  return `# Written by npm run lab -- up. ${SIDES[side]}\n${stringify(document)}`;
}

const SIDES = {
  outside: 'Reaches the nodes through loopback, from anywhere on this machine.',
  inside: "Reaches the nodes by their own addresses, from within the lab's network namespace.",
};

function nodeEntry(state: LabState, node: NodeState, side: 'inside' | 'outside') {
  const { plan, hostKey } = node;
  const cards = plan.gpus === undefined ? undefined : recordedGpus(plan.gpus);
  return {
    address: side === 'inside' ? addressOf(plan) : forwardOf(state.slot, node),
    port: side === 'inside' ? 22 : FORWARD_PORT,
    hostKeys: [hostKey],
    ...(cards === undefined ? {} : { gpus: cards }),
  };
}

function volumeEntry(state: LabState) {
  const server = state.nodes.find(({ plan }) => plan.name === SERVER);
  return {
    name: 'data',
    nodes: SERVER,
    disk: { serial: server === undefined ? '' : serialOf(server.plan, 0) },
    type: 'ext4',
    label: 'data',
    target: EXPORT_PATH,
  };
}

const exportEntry = {
  node: SERVER,
  path: EXPORT_PATH,
  clients: { '10.77.0.0/24': ['rw', 'sync', 'no_subtree_check'] },
};

function mountEntries(clients: (way: MountWay) => readonly string[]) {
  const ways = ['automount', 'fstab', 'unit'] as const;
  return ways
    .map((how) => ({
      source: `${SERVER}:${EXPORT_PATH}`,
      type: 'nfs4',
      target: how === 'automount' ? AUTOMOUNT_TARGET : MOUNT_TARGET,
      nodes: [...clients(how)],
      how,
      options: ['rw', 'hard', 'noatime'],
    }))
    .filter(({ nodes }) => nodes.length > 0);
}

const shareEntries = (state: LabState) =>
  state.nodes.flatMap(({ plan }) =>
    (plan.shares ?? []).map(({ tag, target }) => ({
      source: tag,
      type: 'virtiofs',
      target,
      nodes: [plan.name],
      how: 'fstab',
      options: ['rw'],
    })),
  );
