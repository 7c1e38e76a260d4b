import { withDropped } from './clone.ts';
import type { Fault } from './fault.ts';
import { changeSharing, pushedTip } from './kube/sharing.ts';
import { TALOS_NODE } from './kube/talos.ts';
import type { World } from './world.ts';

/** The fault is asked for where talosctl is, and lies on the machine it asks. */
const misbuilt: Pick<Fault, 'inject' | 'heal'> = {
  inject: (world) => world.change(TALOS_NODE, (node) => ({ ...node, kube: { ...node.kube, isMisbuilt: true } })),
  heal: (world) => world.change(TALOS_NODE, ({ kube: { isMisbuilt: _, ...kube }, ...node }) => ({ ...node, kube })),
};

/** What goes wrong in the Git files that the cluster is made from, and with its machine of Talos. */
export const KUBE_FAULTS: readonly Fault[] = [
  {
    name: 'sharing-dropped',
    title: 'sharing is declared where no chart reads it',
    summary:
      'somebody pushed four slices a card to devicePlugin.config.sharing: Argo CD is content and nothing is shared; time-slice moves it to where the chart reads it',
    needs: 'a Git clone',
    ...pushing(true, false),
  },
  {
    name: 'talos-misbuilt',
    title: 'the image of a Talos machine has two drivers',
    summary:
      'the machine of Talos was upgraded to an image whose NVIDIA extensions are of different drivers: a finding names both within a minute (R asks at once), and two minutes later its service ext-nvidia-persistenced',
    needs: 'talosctl',
    ...misbuilt,
  },
];

/** Argo CD syncs what was pushed at once; the chart makes the same objects of it. */
function pushing(ill: boolean, well: boolean): Pick<Fault, 'inject' | 'heal'> {
  const set = (isThere: boolean) => (world: World, name: string) => {
    world.change(name, (node) => withDropped(node, isThere, world.clock.nowMs()));
    changeSharing(world, () => ({ syncedTip: pushedTip(world) }));
  };
  return { inject: set(ill), heal: set(well) };
}
