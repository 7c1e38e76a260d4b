import type { DemoExport, DemoMount, KernelLine, NodeState } from './node-state.ts';

/** What is mounted where; the kernel adds the rest. */
export interface MountRequest {
  readonly source: string;
  readonly target: string;
  readonly fsType: string;
  readonly options: readonly string[];
  readonly superOptions: readonly string[];
  readonly device?: string;
  readonly space?: DemoMount['space'];
}

/** Log lines a node's kernel keeps. */
const KERNEL_LINES = 200;
const FIRST_MOUNT_ID = 22;

/** The node with one more mount, on top of whatever is at the target already. mount(8) */
export function mount(state: NodeState, request: MountRequest, nowMs: number): NodeState {
  const { device, space, ...rest } = request;
  const id = Math.max(FIRST_MOUNT_ID, ...state.mounts.map((each) => each.id)) + 1;
  const under = [...state.mounts].reverse().find((each) => isUnder(request.target, each.target));
  const added: DemoMount = {
    ...rest,
    id,
    parentId: under?.id ?? 1,
    device: device ?? `0:${id}`,
    mountedAtMs: nowMs,
    ...(space === undefined ? {} : { space }),
    hungBy: [],
    pausedMs: 0,
    isStale: false,
  };
  return { ...state, mounts: [...state.mounts, added] };
}

/** The node without the topmost mount at the target; unchanged when nothing is mounted there. umount(8) */
export function unmount(state: NodeState, target: string): NodeState {
  const top = state.mounts.findLast((each) => each.target === target);
  return top === undefined ? state : { ...state, mounts: state.mounts.filter((each) => each !== top) };
}

/** The node with a directory exported to a client; another clause for the same client is replaced. exportfs(8) */
export function exportPath(state: NodeState, entry: DemoExport): NodeState {
  return {
    ...unexport(state, entry.path, entry.client),
    exports: [...unexport(state, entry.path, entry.client).exports, entry],
  };
}

/** The node with a directory no longer exported, to one client or to any. */
export function unexport(state: NodeState, path: string, client?: string): NodeState {
  const stays = (entry: DemoExport) => entry.path !== path || (client !== undefined && entry.client !== client);
  return { ...state, exports: state.exports.filter(stays) };
}

/** The node with one more line in its kernel log. */
export function logKernel(state: NodeState, line: KernelLine): NodeState {
  return { ...state, kernelLog: [...state.kernelLog, line].slice(-KERNEL_LINES) };
}

/** The node after its mounts at the targets were changed. */
export function changeMounts(
  state: NodeState,
  isMeant: (mount: DemoMount) => boolean,
  change: (mount: DemoMount) => DemoMount,
): NodeState {
  return { ...state, mounts: state.mounts.map((each) => (isMeant(each) ? change(each) : each)) };
}

/** A mount that no longer answers, for one more reason. */
export function hang(mount: DemoMount, reason: string, nowMs: number): DemoMount {
  if (mount.hungBy.includes(reason)) return mount;
  return { ...mount, hungBy: [...mount.hungBy, reason], hungSinceMs: mount.hungSinceMs ?? nowMs };
}

/** A mount with one reason less to hang; with the last one gone it answers, and its counters go on from where they stood. */
export function unhang(mount: DemoMount, reason: string, nowMs: number): DemoMount {
  if (!mount.hungBy.includes(reason)) return mount;
  const hungBy = mount.hungBy.filter((each) => each !== reason);
  const { hungSinceMs, ...rest } = mount;
  if (hungBy.length > 0) return { ...mount, hungBy };
  return { ...rest, hungBy, pausedMs: mount.pausedMs + Math.max(0, nowMs - (hungSinceMs ?? nowMs)) };
}

/** Whether a path is another one or below it. */
export function isUnder(path: string, parent: string): boolean {
  return parent === '/' || path === parent || path.startsWith(`${parent}/`);
}
