import { withDropped } from './clone.ts';
import type { Fault } from './fault.ts';
import { changeSharing, pushedTip } from './kube/sharing.ts';
import type { World } from './world.ts';

/** What goes wrong in the Git files that the cluster is made from. */
export const KUBE_FAULTS: readonly Fault[] = [
  {
    name: 'sharing-dropped',
    title: 'sharing is declared where no chart reads it',
    summary:
      'somebody pushed four slices a card to devicePlugin.config.sharing: Argo CD is content and nothing is shared; time-slice moves it to where the chart reads it',
    needs: 'a Git clone',
    ...pushing(true, false),
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
