// Fleets of any size in which most is well: for layout at scale and for selectors that must not work twice.
import type { NodeName } from '../../src/model/ids.ts';
import type { NodeFacts } from '../../src/model/observation.ts';
import type { State } from '../../src/store/state.ts';
import {
  GiB,
  gpu,
  identity,
  inventoryOf,
  LOST,
  load,
  mount,
  mountSpec,
  nodeOf,
  ok,
  type Said,
  stateOf,
  usage,
} from './fleet.ts';

const TiB = 1024 * GiB;

/** `count` nodes: every 12th an NFS server, the others with eight GPUs and three mounts; every 50th lost. */
export function demoLike(count: number): State {
  const digits = String(count).length;
  const names = Array.from({ length: count }, (_, index) =>
    index % 12 === 11 ? `nfs${String(index).padStart(digits, '0')}` : `gpu${String(index).padStart(digits, '0')}`,
  );
  const clients = names.filter((name) => name.startsWith('gpu'));
  const inventory = inventoryOf(
    names.map((name) =>
      name.startsWith('gpu')
        ? nodeOf(name, { groups: ['gpu'], gpus: { count: 8 } })
        : nodeOf(name, { groups: ['storage'] }),
    ),
    {
      mounts: [
        mountSpec('/data', `${names[11] ?? 'nfs'}:/export/data`, clients),
        mountSpec('/home', `${names[11] ?? 'nfs'}:/export/home`, clients),
        mountSpec('/scratch', `${names[11] ?? 'nfs'}:/export/scratch`, clients),
      ],
    },
  );
  const said = Object.fromEntries(names.map((name, index) => [name, saidBy(name, index, names[11] ?? 'nfs')]));
  return stateOf(inventory, said);
}

function saidBy(name: string, index: number, server: string): Said {
  const slots = { load: load(), identity: identity() };
  const link = index % 50 === 7 ? { link: LOST } : {};
  if (!name.startsWith('gpu')) return { ...link, slots };
  const targets = ['/data', '/home', '/scratch'];
  return {
    ...link,
    slots: {
      ...slots,
      mounts: ok(targets.map((target) => mount(target, `${server}:/export${target}`))),
      gpus: ok(Array.from({ length: 8 }, (_, card) => gpu(card, { utilisationRatio: ((index * 8 + card) % 11) / 10 }))),
    },
    usage: Object.fromEntries(targets.map((target) => [target, ok(usage(target, 10 * TiB, 40 * TiB))])),
  };
}

/** The same state after a node's load changed, as a poll leaves it. */
export function withLoad(state: State, node: NodeName, load1: number): State {
  const facts = state.nodes.get(node);
  if (facts === undefined) return state;
  const changed: NodeFacts = { ...facts, slots: { ...facts.slots, load: load({ load1 }) } };
  return { ...state, nodes: new Map([...state.nodes, [node, changed]]) };
}
