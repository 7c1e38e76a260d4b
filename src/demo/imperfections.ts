import { chance } from './chance.ts';
import { xidText } from './gpu-faults.ts';
import type { NodeState } from './node-state.ts';
import { changeMounts, logKernel } from './transitions.ts';

const HOUR_MS = 3_600_000;
const KERNEL_ERROR = 3;
/** With the 5 % that ext4 keeps for root, df(1) shows 91 %. */
const NEARLY_FULL = 0.866;
const SLOW_GROWTH_BYTES_PER_SEC = 20_000;

type Imperfection = (node: NodeState, nowMs: number, card: number) => NodeState;

/** Somebody mounted /data soft to get rid of a hang, and left it so. */
const leftSoft: Imperfection = (node) =>
  changeMounts(
    node,
    (mount) => mount.target === '/data' && mount.fsType === 'nfs4',
    (mount) => ({
      ...mount,
      superOptions: mount.superOptions.map((option) => (option === 'hard' ? 'soft' : option)),
    }),
  );

/** Its system disk fills slowly. */
const filling: Imperfection = (node, nowMs) => {
  const growing = { usedRatio: NEARLY_FULL, sinceMs: nowMs, growthBytesPerSec: SLOW_GROWTH_BYTES_PER_SEC };
  return changeMounts(
    node,
    (mount) => mount.target === '/',
    (mount) => (mount.space === undefined ? mount : { ...mount, space: { ...mount.space, ...growing } }),
  );
};

/** One card gets no air. */
const airless: Imperfection = (node, _nowMs, card) => ({
  ...node,
  gpus: node.gpus.map((gpu) => (gpu.index === card ? { ...gpu, isThrottling: true } : gpu)),
});

/** A card replaced a row of its memory an hour ago: a warning, not a failure. */
const remapped: Imperfection = (node, nowMs, card) => {
  const gpu = node.gpus[card];
  const atMs = nowMs - HOUR_MS;
  return gpu === undefined ? node : logKernel(node, { atMs, level: KERNEL_ERROR, text: xidText(node, gpu, 63, atMs) });
};

/** Small things that are wrong with the demo fleet from the start, by kind and number of the node, so that an untouched demo has something to show. */
const BY_NODE: { readonly [node: string]: { readonly what: Imperfection; readonly card: number } } = {
  gpu6: { what: leftSoft, card: 0 },
  cpu5: { what: filling, card: 0 },
  gpu3: { what: airless, card: 5 },
  gpu9: { what: remapped, card: 2 },
};

/** The first nodes of each kind are those of the default demo, which has its own. */
const FIRST_SCATTERED = { storage: Number.POSITIVE_INFINITY, gpu: 15, cpu: 8, edge: Number.POSITIVE_INFINITY };

/** What is wrong with the further nodes of a large fleet: about three in a hundred, as on a fleet somebody looks after. Links stay well. */
const SCATTERED: readonly { readonly what: Imperfection; readonly share: number }[] = [
  { what: leftSoft, share: 0.008 },
  { what: filling, share: 0.008 },
  { what: airless, share: 0.01 },
  { what: remapped, share: 0.005 },
];

/** Salts of chance, apart from those that build the node. */
const FIRST_SALT = 60;

/** The node with what is wrong with it from the start; `number` counts its kind from 1. */
export function withImperfections(node: NodeState, number: number, nowMs: number): NodeState {
  const own = BY_NODE[`${node.role}${number}`];
  if (own !== undefined) return own.what(node, nowMs, own.card);
  if (number < FIRST_SCATTERED[node.role]) return node;
  return SCATTERED.reduce((state, { what, share }, index) => {
    if (chance(node.seed, FIRST_SALT + index) >= share) return state;
    return what(state, nowMs, node.seed % Math.max(1, node.gpus.length));
  }, node);
}
