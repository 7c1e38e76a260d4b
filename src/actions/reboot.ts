import type { Action, FleetView, NodeView } from '../model/action.ts';
import type { Need } from '../model/check.ts';
import { cmd } from '../model/command.ts';
import type { Condition } from '../model/condition.ts';
import { type AbsolutePath, absolutePath, type NodeName } from '../model/ids.ts';
import { foldNodes } from '../model/node-set.ts';
import { serverOf, trimmed } from '../model/storage-source.ts';
import { unitName } from '../model/unit-name.ts';
import { wishOf } from '../model/wishes.ts';
import { CHANGE } from '../storage/local-steps.ts';
import { mountFields } from './mount-fields.ts';
import { gather, joinedNeeds, type NodePlan, needsOn, nodesIn, planOf, refused, stageOf } from './node-plans.ts';

/** A machine with much memory and many cards needs minutes before its kernel starts. */
const BOOT_MS = 1_200_000;

const REBOOT_PROBES = ['privilege', 'identity', 'mounts', 'gpus', 'gpuProcesses', 'exports'] as const;

/** Processes on GPUs that are named, at most. */
const MOST_NAMED = 3;

/** Boots nodes in waves; done when the boot id is another, and mounts and GPUs are back. */
export const reboot = {
  name: 'reboot',
  title: 'Reboot',
  summary:
    'In waves, servers one at a time; proven by the boot id, the mounts of the inventory and the GPUs that answered before.',
  targets: [{ view: 'nodes', fills: { nodes: 'nodes' } }],
  fields: { nodes: mountFields.nodes },
  needs(input, fleet) {
    const nodes = nodesIn(input['nodes'], fleet);
    const probes: readonly Need[] = REBOOT_PROBES.map((probe) => ({ kind: 'probe', probe }));
    const others = fleet.inventory.nodes.filter(({ via }) => via !== 'kubernetes').map(({ name }) => name);
    return joinedNeeds(
      needsOn(nodes, () => probes),
      needsOn(others, () => [{ kind: 'probe', probe: 'mounts' }]),
    );
  },
  plan(input, fleet) {
    const nodes = nodesIn(input['nodes'], fleet);
    const gathered = gather(nodes, fleet, (view) => planReboot(view, fleet));
    const servers = gathered.jobs.filter(({ node }) => isServer(node, fleet));
    const rest = gathered.jobs.filter(({ node }) => !isServer(node, fleet));
    return planOf(
      `reboot ${foldNodes(nodes)}`,
      [...stageOf('reboot servers', servers, { maxAtOnce: 1 }), ...stageOf('reboot', rest)],
      gathered,
    );
  },
} satisfies Action;

/** Whether others may depend on it. A node that does not tell what it exports counts: two servers down at once is the worse error. */
function isServer(node: NodeName, { nodes, inventory }: FleetView): boolean {
  const seen = nodes.get(node)?.seen;
  if ((wishOf(inventory, node)?.exports ?? []).length > 0) return true;
  const kernel = seen?.facts.exports?.kernel;
  return kernel === undefined ? seen?.absent.has('exports') !== true : kernel.length > 0;
}

/** The one step of a node, with what must be back afterwards. */
export function planReboot(view: NodeView, fleet: FleetView): NodePlan {
  const { identity, gpus = [] } = view.seen.facts;
  if (identity === undefined || identity.bootId === '')
    return refused('its boot id is not known', 'plan again when it answers');
  const count = gpus.filter(({ error }) => error === undefined).length;
  const clients = clientsOf(view.name, fleet);
  return {
    kind: 'steps',
    steps: [
      {
        ...CHANGE,
        title: 'reboot',
        run: cmd('systemctl', 'reboot'),
        risk: 'interrupts-users',
        done: [
          { kind: 'booted-since', bootId: identity.bootId },
          ...(count > 0 ? [{ kind: 'gpus', count } as const] : []),
          ...mountsBack(view, fleet),
        ],
        timeoutMs: BOOT_MS,
        preview: [
          {
            kind: 'state',
            now: `boot ${identity.bootId}${count > 0 ? `, ${count} GPUs` : ''}`,
            after: 'another boot id, all of it back',
          },
        ],
        undo: { never: 'a reboot cannot be taken back' },
        warnings: [
          'everything that runs there ends',
          ...gpuWarnings(view),
          ...(clients.length === 0
            ? []
            : [
                `${foldNodes(clients)} ${clients.length === 1 ? 'has' : 'have'} storage of it mounted: hard mounts wait until it is back, soft ones fail`,
              ]),
        ],
      },
    ],
  };
}

/** Whose work on GPUs ends. */
function gpuWarnings({ seen }: NodeView): readonly string[] {
  const processes = seen.facts.gpuProcesses ?? [];
  const because = seen.failed.get('gpuProcesses');
  if (processes.length === 0)
    return because === undefined ? [] : [`whether anything computes on its GPUs is not known: ${because}`];
  const pids = new Map(processes.map((each) => [each.pid, each]));
  const named = [...pids.values()].slice(0, MOST_NAMED).map(({ pid, user = '?', name }) => `${pid} ${user} ${name}`);
  const more = pids.size > MOST_NAMED ? ` and ${pids.size - MOST_NAMED} more` : '';
  return [
    `${pids.size === 1 ? 'one process computes' : `${pids.size} processes compute`} on its GPUs: ${named.join('; ')}${more}`,
  ];
}

/** What the inventory wishes to be mounted after a boot and is so now: automounts that wait count. */
function mountsBack({ name, seen }: NodeView, { inventory }: FleetView): readonly Condition[] {
  const wish = wishOf(inventory, name);
  const isMounted = (target: AbsolutePath): boolean =>
    (seen.facts.mounts ?? []).some((mount) => mount.target === target);
  const mounts = (wish?.mounts ?? [])
    .filter(({ absent }) => !absent)
    .map(({ target, how }) => ({ target: absolutePath(trimmed(target)), how }));
  const volumes = (wish?.volumes ?? []).map(({ target }) => ({ target: absolutePath(trimmed(target)), how: 'unit' }));
  return [...mounts, ...volumes]
    .filter(({ target }) => isMounted(target))
    .map(
      ({ target, how }): Condition =>
        how === 'automount'
          ? { kind: 'unit', unit: unitName(target, 'automount'), active: 'active' }
          : { kind: 'mounted', target },
    );
}

/** Nodes that have something of this one mounted. */
function clientsOf(server: NodeName, { nodes, inventory }: FleetView): readonly NodeName[] {
  return [...nodes.values()].flatMap(({ name, seen }) =>
    name !== server && (seen.facts.mounts ?? []).some((mount) => serverOf(inventory, mount) === server) ? [name] : [],
  );
}
