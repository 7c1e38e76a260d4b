import type { Check } from '../model/check.ts';
import { listingSh, parseListing } from './listing.ts';

/** What lies directly in a directory, with what all below it takes and when it was changed last: a walk, for plans. */
export const contents = {
  name: 'contents',
  deadlineMs: 120_000,
  sh: listingSh(true),
  parse: (answer) => parseListing('contents', answer),
} satisfies Check<'contents'>;
