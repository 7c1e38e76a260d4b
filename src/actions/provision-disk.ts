import type { Action, FleetView, Input } from '../model/action.ts';
import type { Need } from '../model/check.ts';
import type { NodeName } from '../model/ids.ts';
import { diskFields, diskWish } from './disk-fields.ts';
import { diskNeeds, planDisk } from './disk-node.ts';
import { mountFields } from './mount-fields.ts';
import { gather, needsOn, nodesIn, planOf, refused, stageOf } from './node-plans.ts';

/** Takes a disk from whatever it is to a mounted filesystem. wipefs(8), parted(8), mkfs(8). */
export const provisionDisk = {
  name: 'provision-disk',
  title: 'Provision a disk',
  summary:
    'Chosen by identity and checked again before every write: wiped, partitioned, formatted, mounted by UUID, with directories.',
  targets: [
    { view: 'disks', fills: { nodes: 'nodes', disk: 'disk', volume: 'volume' } },
    { view: 'nodes', fills: { nodes: 'nodes' } },
  ],
  fields: { nodes: { ...mountFields.nodes, title: 'Node', help: 'The node that has the disk.' }, ...diskFields },
  needs: (input, fleet) => needsOn(nodesIn(input['nodes'], fleet), (node) => provisionNeeds(input, fleet, node)),
  plan(input, fleet) {
    const gathered = gather(nodesIn(input['nodes'], fleet), fleet, (view) => {
      const wish = diskWish(input, fleet, view.name);
      return typeof wish === 'string' ? refused(wish, 'fill the field, then plan again') : planDisk(wish, view, fleet);
    });
    return planOf('provision a disk', stageOf('provision a disk', gathered.jobs, { maxAtOnce: 1 }), gathered);
  },
} satisfies Action;

/** What a disk's plan looks at on one node. */
export function provisionNeeds(input: Input, fleet: FleetView, node: NodeName): readonly Need[] {
  const wish = diskWish(input, fleet, node);
  return typeof wish === 'string' ? [{ kind: 'probe', probe: 'privilege' }] : diskNeeds(wish, fleet.nodes.get(node));
}
