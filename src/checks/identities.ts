import type { Check } from '../model/check.ts';
import { listingSh, parseListing } from './listing.ts';

/** What lies directly in a directory, without a walk, so that a step can ask it right before and after. */
export const identities = {
  name: 'identities',
  deadlineMs: 30_000,
  sh: listingSh(false),
  parse: (answer) => parseListing('identities', answer),
} satisfies Check<'identities'>;
