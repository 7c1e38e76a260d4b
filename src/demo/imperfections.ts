import { xidText } from './gpu-faults.ts';
import type { NodeState } from './node-state.ts';
import { changeMounts, logKernel } from './transitions.ts';

const HOUR_MS = 3_600_000;
const KERNEL_ERROR = 3;
/** With the 5 % that ext4 keeps for root, df(1) shows 91 %. */
const NEARLY_FULL = 0.866;
const SLOW_GROWTH_BYTES_PER_SEC = 20_000;
const THROTTLING_CARD = 5;
const REMAPPED_CARD = 2;

/** Small things that are wrong with the demo fleet from the start, by node, so that an untouched demo has something to show. */
const IMPERFECTIONS: { readonly [node: string]: (node: NodeState, nowMs: number) => NodeState } = {
  /** Somebody mounted /data soft to get rid of a hang, and left it so. */
  gpu06: (node) =>
    changeMounts(
      node,
      (mount) => mount.target === '/data' && mount.fsType === 'nfs4',
      (mount) => ({
        ...mount,
        superOptions: mount.superOptions.map((option) => (option === 'hard' ? 'soft' : option)),
      }),
    ),

  /** Its system disk fills slowly. */
  cpu05: (node, nowMs) =>
    changeMounts(
      node,
      (mount) => mount.target === '/',
      (mount) => ({
        ...mount,
        ...(mount.space === undefined
          ? {}
          : {
              space: {
                ...mount.space,
                usedRatio: NEARLY_FULL,
                sinceMs: nowMs,
                growthBytesPerSec: SLOW_GROWTH_BYTES_PER_SEC,
              },
            }),
      }),
    ),

  /** One card gets no air. */
  gpu03: (node) => ({
    ...node,
    gpus: node.gpus.map((gpu) => (gpu.index === THROTTLING_CARD ? { ...gpu, isThrottling: true } : gpu)),
  }),

  /** A card replaced a row of its memory an hour ago: a warning, not a failure. */
  gpu09: (node, nowMs) => {
    const gpu = node.gpus[REMAPPED_CARD];
    const atMs = nowMs - HOUR_MS;
    return gpu === undefined
      ? node
      : logKernel(node, { atMs, level: KERNEL_ERROR, text: xidText(node, gpu, 63, atMs) });
  },
};

/** The node with what is wrong with it from the start. */
export function withImperfections(node: NodeState, nowMs: number): NodeState {
  return IMPERFECTIONS[node.name]?.(node, nowMs) ?? node;
}
