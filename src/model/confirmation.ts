import type { Condition } from './condition.ts';
import { foldNodes } from './node-set.ts';
import type { Plan, Step } from './plan.ts';
import { riskOf } from './plan.ts';

/** What must be typed before a plan may start; undefined: a key that is not the one that opened the plan is enough. */
export interface Phrase {
  readonly phrase: string;
  /** What it stands for, to be shown beside the prompt. */
  readonly because: string;
}

/** A longer node set is typed as the number of its nodes: nobody types forty names right, and whoever tries learns to copy. */
const TYPED_CHARACTERS = 24;

/**
 * `interrupts-users` wants the word `interrupt` and the node set; `destroys-data` the serial or label of the one device, or the path of the one entry, and its node, or, for
 * several, their number and the node set. It cannot be guessed without reading the plan.
 */
export function phraseFor(plan: Plan): Phrase | undefined {
  const risk = riskOf(plan);
  if (plan.kind !== 'change' || risk === undefined || risk === 'reads' || risk === 'changes') return undefined;
  const jobs = plan.stages.flatMap((stage) => stage.jobs);
  const concerned = jobs.filter(({ steps }) => steps.some((step) => step.risk === risk));
  const names = [...new Set(concerned.flatMap(({ node, concerns }) => concerns ?? [node]))];
  const nodes = foldNodes(names);
  const typed = nodes.length <= TYPED_CHARACTERS ? nodes : `${names.length} nodes`;
  if (risk === 'interrupts-users')
    return { phrase: `interrupt ${typed}`, because: `this interrupts users on ${nodes}` };
  const erased = [
    ...new Set(
      concerned.flatMap(({ node, steps }) =>
        steps.flatMap((step) => erasedBy(step).map((what) => `${what} on ${node}`)),
      ),
    ),
  ];
  const [only] = erased;
  return erased.length === 1 && only !== undefined && isTypeable(only)
    ? { phrase: `erase ${only}`, because: `this erases ${only}` }
    : { phrase: `erase ${Math.max(erased.length, 1)} on ${typed}`, because: `this destroys data on ${nodes}` };
}

/** A name of a node's own may hold what nobody can type. */
const isTypeable = (text: string): boolean => /^[\x20-\x7e]+$/.test(text);

/** What a destructive step's guard names: each disk by serial, by-id name or path, else a filesystem by its label, each entry of a directory by its path. */
function erasedBy(step: Step): readonly string[] {
  if (step.risk !== 'destroys-data') return [];
  // What the disk is called says more than what is on it.
  const disks = step.guard.filter(({ kind }) => kind === 'same-disk');
  return (disks.length > 0 ? disks : step.guard).flatMap((condition: Condition): readonly string[] => {
    if (condition.kind === 'filesystem') return [condition.label ?? condition.device];
    if (condition.kind === 'same-disk') return [condition.disk.serial ?? condition.disk.id ?? condition.disk.path];
    if (condition.kind !== 'entries-same' && condition.kind !== 'entries-gone') return [];
    return condition.entries.map(({ name }) => `${condition.folder}/${name}`);
  });
}
