import type { Action, Input } from '../model/action.ts';
import { diskFields } from './disk-fields.ts';
import { mountFields, textOf } from './mount-fields.ts';
import { gather, needsOn, nodesIn, planOf, refused, stageOf } from './node-plans.ts';
import { planRetire, type RetireWish, retireNeeds } from './retire-node.ts';
import { unmountFields } from './unmount.ts';

/** Takes a disk out of use: unmounted wherever it is mounted, forgotten by the node, and blank if that is asked for. umount(8), wipefs(8). */
export const retireDisk = {
  name: 'retire-disk',
  title: 'Retire a disk',
  summary:
    'Unmounts a disk wherever it is mounted and takes units, fstab lines and mount points of ours away; wiped only on request; refused while exported or in use.',
  targets: [{ view: 'disks', fills: { nodes: 'nodes', disk: 'disk' } }],
  fields: {
    nodes: { ...mountFields.nodes, title: 'Node', help: 'The node that has the disk.' },
    disk: { ...diskFields.disk, isRequired: true },
    users: unmountFields.users,
    wipe: {
      kind: 'flag',
      title: 'Wipe',
      help: 'Destroy what the disk carries: its signatures go, and only they are kept on the node.',
      default: false,
    },
  },
  needs: (input, fleet) =>
    needsOn(nodesIn(input['nodes'], fleet), (node) => retireNeeds(wishOf(input), fleet.nodes.get(node))),
  plan(input, fleet) {
    const wish = wishOf(input);
    const gathered = gather(nodesIn(input['nodes'], fleet), fleet, (view) =>
      wish === undefined
        ? refused('no disk is named', 'fill the field, then plan again')
        : planRetire(wish, view, fleet),
    );
    return planOf('retire a disk', stageOf('retire a disk', gathered.jobs, { maxAtOnce: 1 }), gathered);
  },
} satisfies Action;

function wishOf(input: Input): RetireWish | undefined {
  const disk = textOf(input, 'disk');
  const users = input['users'] === 'end' ? 'end' : 'refuse';
  return disk === undefined ? undefined : { disk, users, wipe: input['wipe'] === true };
}
