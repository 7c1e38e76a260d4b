import type { Action, Field } from '../model/action.ts';
import type { Firmness } from '../storage/mount-steps.ts';
import { mountFields } from './mount-fields.ts';
import { gather, needsOn, nodesIn, planOf, stageOf } from './node-plans.ts';
import { planUnmount, type UnmountChoices, unmountNeeds } from './unmount-node.ts';

/** Inputs of everything that takes a mount away, for a moment or for good. */
export const unmountFields = {
  users: {
    kind: 'choice',
    title: 'Users',
    help: 'What becomes of processes with open files: refuse names them, end asks them to end and then makes them.',
    choices: ['refuse', 'end'],
    default: 'refuse',
  },
  firmness: {
    kind: 'choice',
    title: 'Firmness',
    help: 'A ladder: gentle waits for the server; force ends waiting requests with errors; lazy detaches and leaves programs hanging.',
    choices: ['gentle', 'force', 'lazy'],
    default: 'gentle',
  },
} as const satisfies { readonly [field: string]: Field };

/** Unmounts, and on request takes away what would mount it again. umount(8). */
export const unmount = {
  name: 'unmount',
  title: 'Unmount',
  summary:
    'Unmounts every layer at a mount point; a busy one names its processes; units of ours and fstab lines go on request.',
  targets: [{ view: 'mounts', fills: { nodes: 'nodes', target: 'target' } }],
  fields: {
    nodes: mountFields.nodes,
    target: { ...mountFields.target, shape: 'own-place' },
    keep: {
      kind: 'choice',
      title: 'Keep',
      help: 'until-boot unmounts now; gone also takes units of ours and the fstab line away.',
      choices: ['until-boot', 'gone'],
      default: 'until-boot',
    },
    ...unmountFields,
  },
  needs: (input, fleet) => needsOn(nodesIn(input['nodes'], fleet), () => unmountNeeds(String(input['target']))),
  plan(input, fleet) {
    const target = String(input['target']);
    const choices = { ...unmountChoices(input), forget: input['keep'] === 'gone' };
    const gathered = gather(nodesIn(input['nodes'], fleet), fleet, (view) => planUnmount(target, choices, view));
    return planOf(`unmount ${target}`, stageOf(`unmount ${target}`, gathered.jobs), gathered);
  },
} satisfies Action;

/** What the shared fields say. */
export function unmountChoices(input: { readonly [field: string]: unknown }): UnmountChoices {
  const { firmness } = input;
  const chosen: Firmness = firmness === 'force' || firmness === 'lazy' ? firmness : 'gentle';
  return { forget: false, users: input['users'] === 'end' ? 'end' : 'refuse', firmness: chosen };
}
