// A step that has succeeded outlives a power cut: over every plan case, what the command of a step or of its undo changes on a node that behaves is
// among what the step names as on disk. What is gone after a boot anyway (mounts, running units, the driver of a card) is not looked at.
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { cmd } from '../../src/model/command.ts';
import type { Step } from '../../src/model/plan.ts';
import { UNIT_LINKS } from '../../src/storage/local-steps.ts';
import { planCases, planOn, runStep, simFleet } from './plan-cases.ts';
import type { SimNode } from './sim-node.ts';
import { run } from './sim-run.ts';

/** Files, directories and units at boot, each with its state. */
function lasting({ files, units }: SimNode): ReadonlyMap<string, string> {
  return new Map([
    ...[...files].map(([path, file]) => [path, JSON.stringify(file)] as const),
    ...[...units].flatMap(([unit, { enabled }]) => (enabled ? [[`${UNIT_LINKS}${unit}`, 'a link'] as const] : [])),
  ]);
}

const folderOf = (path: string): string => path.replace(/(.)?\/[^/]*$/, '$1') || '/';

/** The path and every folder above it. */
const upFrom = (path: string): readonly string[] => (path === '/' ? ['/'] : [path, ...upFrom(folderOf(path))]);

/** What a step has changed and is not on the disk by what it names: names are kept by their folder, owner and mode of a directory by itself. */
function lost(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  points: ReadonlySet<string>,
  step: Step,
): readonly string[] {
  const kept = new Set(
    (step.run.onDisk ?? []).flatMap((path) => (path === UNIT_LINKS ? [UNIT_LINKS.slice(0, -1)] : upFrom(path))),
  );
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path) && !points.has(path))
    .filter(
      (path) => !kept.has(folderOf(path)) || (after.get(path)?.includes('"directory"') === true && !kept.has(path)),
    )
    .map((path) => `${step.title}: ${path}`);
}

/** Where something is mounted: what is seen there is not what lies on the disk, and a mount unit makes the directory it needs. */
const targetsOf = ({ mounts }: SimNode): readonly string[] => mounts.map(({ target }) => target);

const undoOf = ({ undo }: Step): readonly Step[] => ('never' in undo ? [] : undo);

/** A clone is Git's own: what counts is what it has pushed. What is moved or deleted as a whole tree is in `storage/set-aside`. */
const isLookedAt = ({ run }: Step): boolean => !/^muster-(push|set-aside|put-back|purge)$/.test(run.argv[3] ?? '');

describe.each(planCases())('$action: $name', (one) => {
  test('what a step leaves on a disk is named, and so is what its undo leaves', async () => {
    const fleet = await simFleet(one);
    const action = actions.find(({ name }) => name === one.action);
    if (action === undefined) throw new Error(`no action ${one.action}`);
    const plan = planOn(action, one.input, fleet);
    const found: string[] = [];
    const jobs = plan.kind === 'change' ? plan.stages.flatMap((stage) => stage.jobs) : [];
    const take = (node: SimNode, step: Step, following?: Step): void => {
      const before = lasting(node);
      const points = targetsOf(node);
      runStep(node, step, following);
      if (isLookedAt(step)) found.push(...lost(before, lasting(node), new Set([...points, ...targetsOf(node)]), step));
    };
    const on = (name: string): SimNode => {
      const node = fleet.nodes.get(name);
      if (node === undefined) throw new Error(`no node ${name}`);
      return node;
    };
    for (const { node, steps } of jobs) for (const [at, step] of steps.entries()) take(on(node), step, steps[at + 1]);
    for (const { node, steps } of jobs.toReversed())
      for (const step of steps.toReversed())
        for (const back of undoOf(step)) {
          run(on(node), cmd('systemctl', 'daemon-reload'));
          take(on(node), back);
        }
    expect(found).toEqual([]);
  });
});
