import { whyUnknown } from '../../model/comparison.ts';
import type { GpuProcess } from '../../model/facts.ts';
import { gpuResources } from '../../model/gpu-pods.ts';
import type { NodeName } from '../../model/ids.ts';
import type { KubePod } from '../../model/kubernetes.ts';
import { goodValueOf } from '../../model/observation.ts';
import type { State } from '../state.ts';

/** What is on one card or MIG device: the processes with the pods they are in, and how many slices those pods hold. */
export interface CardUse {
  /** `gpu0`, `gpu0 MIG 1 1g.10gb`, or a uuid where the driver lists no such card. */
  readonly card: string;
  readonly users: readonly { readonly process: GpuProcess; readonly pod: KubePod | undefined }[];
  /** Of the pods that are seen on it; a pod on several cards counts on each. */
  readonly slices: number;
}

interface Place {
  readonly cluster: string;
  readonly node: NodeName;
}

/** Who is on which card of a node, as far as the node itself is asked over SSH: its processes joined with the pods by their cgroup; undefined where nobody told. */
export function cardUses(state: State, { cluster, node }: Place): readonly CardUse[] | undefined {
  const slots = state.nodes.get(node)?.slots;
  const processes = goodValueOf(slots?.gpuProcesses);
  if (processes === undefined) return undefined;
  const pods = state.clusters.get(cluster)?.tables.pods.items;
  const names = new Map(
    (goodValueOf(slots?.gpus) ?? []).flatMap(({ uuid, index, migDevices }) => [
      [uuid, `gpu${index}`] as const,
      ...migDevices.map((device) => [device.uuid, `gpu${index} MIG ${device.index} ${device.profile}`] as const),
    ]),
  );
  const byCard = new Map<string, CardUse['users'][number][]>();
  for (const process of processes) {
    const card = names.get(process.gpuUuid) ?? process.gpuUuid;
    const user = { process, pod: process.podUid === undefined ? undefined : pods?.get(process.podUid) };
    const users = byCard.get(card);
    if (users === undefined) byCard.set(card, [user]);
    else users.push(user);
  }
  const listed = new Set<string>(names.values());
  return [...byCard]
    .toSorted(
      ([left], [right]) =>
        Number(listed.has(right)) - Number(listed.has(left)) || left.localeCompare(right, 'en', { numeric: true }),
    )
    .map(([card, users]) => {
      const distinct = new Set(users.flatMap(({ pod }) => pod ?? []));
      const slices = [...distinct].reduce(
        (sum, { requests }) => sum + gpuResources(requests).reduce((all, [, amount]) => all + amount, 0),
        0,
      );
      return { card, users, slices };
    });
}

/** How many processes are on the cards of a node, one on two cards once; and how many of them are in no pod of the cluster. */
export function processCounts(uses: readonly CardUse[] | undefined): {
  readonly processes: number | undefined;
  readonly outside: number;
} {
  const pods = new Map(
    (uses ?? []).flatMap(({ users }) => users.map(({ process, pod }) => [process.pid, pod] as const)),
  );
  return {
    processes: uses === undefined ? undefined : pods.size,
    outside: [...pods.values()].filter((pod) => pod === undefined).length,
  };
}

/** Why the processes on the cards of a node are not known. */
export function whyNoProcesses({ inventory, nodes }: State, name: NodeName): string {
  const node = inventory.nodes.find((each) => each.name === name);
  return node === undefined
    ? 'the inventory does not name the node'
    : whyUnknown(nodes.get(name)?.slots.gpuProcesses, node);
}
