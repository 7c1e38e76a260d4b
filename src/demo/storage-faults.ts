import { slowed } from './answers/nfs-stats.ts';
import { ailing, type Fault } from './fault.ts';
import type { DemoMount, NodeState } from './node-state.ts';
import { changeMounts, hang, logKernel, unhang } from './transitions.ts';
import { isServedBy, type World } from './world.ts';

const KERNEL_WARNING = 4;
const KERNEL_ERROR = 3;

/** What can happen to mounts, disks and the servers behind them. */
export const STORAGE_FAULTS: readonly Fault[] = [
  {
    name: 'hung-mount',
    title: 'a network mount hangs',
    summary:
      'statfs on the first network mount never returns and cannot be killed; its NFS counters stand still and the kernel says "not responding"',
    needs: 'a network mount',
    inject: (world, name) => hangMounts(world, name, isFirstNetworkMount, 'hung-mount'),
    heal: (world, name) => unhangMounts(world, name, 'hung-mount'),
  },
  {
    name: 'stale-handle',
    title: 'a network mount has a stale handle',
    summary: 'the first network mount answers every question with "Stale file handle" until it is mounted anew',
    needs: 'a network mount',
    inject: (world, name) => setStale(world, name, true),
    heal: (world, name) => setStale(world, name, false),
  },
  {
    name: 'server-down',
    title: 'an NFS server is lost',
    summary: 'the server drops off the network and every mount of it, on every node, hangs; they go on when it is back',
    needs: 'NFS exports',
    cutsOff: true,
    inject: (world, name) => cutOff(world, name, 'refusing'),
    heal: reconnect,
  },
  {
    name: 'slow-nfs',
    title: 'an NFS server is slow',
    summary: 'every operation on the mounts of the server takes 400 ms more; after a minute it is a finding',
    needs: 'NFS exports',
    inject: (world, name) => setSlow(world, name, true),
    heal: (world, name) => setSlow(world, name, false),
  },
  {
    name: 'nfsd-busy',
    title: 'all threads of an NFS server are busy',
    summary: 'a quarter of its nfsd threads run, the others wait for disks; after a minute it is a finding',
    needs: 'NFS exports',
    ...ailing('areNfsdThreadsBusy', true, false),
  },
  {
    name: 'disk-full',
    title: 'a disk fills up',
    summary: 'the last local filesystem of the node is full to the last blocks; of a server, all clients see it',
    needs: 'a disk',
    inject: (world, name) => setFull(world, name, true),
    heal: (world, name) => setFull(world, name, false),
  },
];

/** Takes a node off the network. What others have mounted from it hangs. */
export function cutOff(world: World, name: string, link: 'refusing' | 'black-holed'): void {
  setLink(world, name, link);
  hangClients(world, name, reasonOf(name));
}

/** What others have mounted from a node hangs, for one more reason. */
export function hangClients(world: World, name: string, reason: string): void {
  for (const client of clientNames(world, name)) hangMounts(world, client, isMountOf(name), reason);
}

/** What others have mounted from a node has one reason less to hang. */
export function unhangClients(world: World, name: string, reason: string): void {
  for (const client of clientNames(world, name)) unhangMounts(world, client, reason);
}

/** Brings a node back. Mounts that hung for want of it go on. */
export function reconnect(world: World, name: string): void {
  setLink(world, name, 'up');
  unhangClients(world, name, reasonOf(name));
}

type IsMeant = (node: NodeState, mount: DemoMount, world: World) => boolean;

const isFirstNetworkMount: IsMeant = (node, mount) => mount === node.mounts.find((each) => each.fsType === 'nfs4');
const isMountOf =
  (server: string): IsMeant =>
  (_, mount, world) =>
    isServedBy(world, mount, server);
const reasonOf = (server: string): string => `server-down@${server}`;

function hangMounts(world: World, name: string, isMeant: IsMeant, reason: string): void {
  const nowMs = world.clock.nowMs();
  world.change(name, (node) => {
    const meant = node.mounts.filter((mount) => isMeant(node, mount, world) && !mount.hungBy.includes(reason));
    const hung = changeMounts(
      node,
      (mount) => meant.includes(mount),
      (mount) => hang(mount, reason, nowMs),
    );
    return sayOfServers(hung, meant, KERNEL_ERROR, 'not responding, still trying', nowMs);
  });
}

function unhangMounts(world: World, name: string, reason: string): void {
  const nowMs = world.clock.nowMs();
  world.change(name, (node) => {
    const meant = node.mounts.filter((mount) => mount.hungBy.includes(reason));
    const well = changeMounts(
      node,
      (mount) => meant.includes(mount),
      (mount) => unhang(mount, reason, nowMs),
    );
    return sayOfServers(
      well,
      meant.filter((mount) => mount.hungBy.length === 1),
      KERNEL_WARNING,
      'OK',
      nowMs,
    );
  });
}

/** One line for each server of these mounts: the kernel warns once for a server, not once for a mount. */
function sayOfServers(
  node: NodeState,
  mounts: readonly DemoMount[],
  level: number,
  words: string,
  atMs: number,
): NodeState {
  const servers = new Set(mounts.map((mount) => mount.source.split(':')[0] ?? ''));
  return [...servers].reduce(
    (after, server) => logKernel(after, { atMs, level, text: `nfs: server ${server} ${words}` }),
    node,
  );
}

function clientNames(world: World, server: string): readonly string[] {
  return world.names.filter((name) => world.node(name)?.mounts.some((mount) => isServedBy(world, mount, server)));
}

function setLink(world: World, name: string, link: NodeState['ailments']['link']): void {
  world.change(name, (node) => ({ ...node, ailments: { ...node.ailments, link } }));
}

function setSlow(world: World, server: string, isSlow: boolean): void {
  const nowMs = world.clock.nowMs();
  const isMeant = isMountOf(server);
  for (const client of clientNames(world, server)) {
    world.change(client, (node) =>
      changeMounts(
        node,
        (mount) => isMeant(node, mount, world),
        (mount) => slowed(node, mount, isSlow, nowMs),
      ),
    );
  }
}

function setStale(world: World, name: string, isStale: boolean): void {
  world.change(name, (node) =>
    changeMounts(
      node,
      (mount) => (isStale ? isFirstNetworkMount(node, mount, world) : mount.isStale),
      (mount) => ({ ...mount, isStale }),
    ),
  );
}

function setFull(world: World, name: string, isFull: boolean): void {
  const isDisk = (mount: DemoMount) => mount.space !== undefined && mount.source.startsWith('/dev/');
  world.change(name, (node) => {
    const last = node.mounts.findLast(isDisk);
    return changeMounts(
      node,
      (mount) => mount === last,
      (mount) => (mount.space === undefined ? mount : { ...mount, space: { ...mount.space, isFull } }),
    );
  });
}
