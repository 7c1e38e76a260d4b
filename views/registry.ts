import { gpusView } from './gpus.ts';
import { mountsView } from './mounts.ts';
import { nodesView } from './nodes.ts';

/** Every view, in the order of the palette. */
export const views = [nodesView, mountsView, gpusView] as const;
