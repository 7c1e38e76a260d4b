import type { NodeName } from './ids.ts';

/** Why a name is left out: another one of the inventory is the same machine, and what is done there is done under that one. */
export const sameMachine = (node: NodeName, of: string): string =>
  `${node} is the same machine as ${of}, under which it is changed; leave one of the two names out`;
