import { load } from './load.ts';
import { mounts } from './mounts.ts';
import type { Answerer } from './reply.ts';

/** The questions a demo node can answer, by the name of the probe that asks them. */
export const ANSWERERS: ReadonlyMap<string, Answerer> = new Map<string, Answerer>(Object.entries({ load, mounts }));
