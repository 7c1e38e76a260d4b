// What somebody wrote by hand into a file that muster writes, too: after muster wrote it, and between plan and step. Both over every plan case.
import { expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import { ownerOf } from '../../src/storage/managed.ts';
import { type PlanCase, planCases, planOn, runStep, type SimFleet, simFleet } from './plan-cases.ts';

const BY_HAND = '# by hand\n';

/** Actions that write files or take them away. */
const WRITERS = [
  'cleanup',
  'converge',
  'copy-file',
  'drain-note',
  'edit-file',
  'export',
  'mount',
  'provision-disk',
  'remount',
  'retire-disk',
  'share-storage',
  'unexport',
  'unmount',
];

interface Place {
  readonly node: string;
  readonly path: string;
}

async function planned(one: PlanCase): Promise<{ readonly fleet: SimFleet; readonly plan: Plan }> {
  const fleet = await simFleet(one);
  const action = actions.find(({ name }) => name === one.action);
  if (action === undefined) throw new Error(`no action ${one.action}`);
  return { fleet, plan: planOn(action, one.input, fleet) };
}

const jobsOf = (plan: Plan) => (plan.kind === 'change' ? plan.stages.flatMap(({ jobs }) => jobs) : []);

/** The file a step writes or removes as it was shown, if it does. */
const guardedFile = ({ guard }: Step): string | undefined =>
  guard.flatMap((condition) => (condition.kind === 'file-unchanged' ? [condition.path] : []))[0];

/** Runs the jobs of a plan in order; the step that touches `place` finds that somebody wrote there. Says what became of each step of its node. */
function runEdited(plan: Plan, fleet: SimFleet, place: Place): readonly string[] {
  const ran: string[] = [];
  for (const { node: name, steps } of jobsOf(plan)) {
    const node = fleet.nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    for (const [index, step] of steps.entries()) {
      const isIt = name === place.node && guardedFile(step) === place.path;
      if (isIt) {
        const was = node.files.get(place.path);
        node.files.set(place.path, { kind: 'file', mode: '0644', owner: 'root', group: 'root', ...was, text: BY_HAND });
      }
      const came = runStep(node, step, steps[index + 1]);
      if (name === place.node) ran.push(came);
      if (isIt) return ran;
      if (came !== 'already' && came !== 'changed') throw new Error(`${name}: ${step.title}: ${came}`);
    }
  }
  return ran;
}

/** Every file that a step of a plan writes or takes away. */
const guardedPlaces = (plan: Plan): readonly Place[] =>
  jobsOf(plan).flatMap(({ node, steps }) =>
    steps.flatMap((step) => guardedFile(step) ?? []).map((path) => ({ node, path })),
  );

/** Every file of ours that a plan makes, as it will be once somebody added a line to it. */
const editedFiles = (plan: Plan): readonly (Place & { readonly text: string })[] =>
  jobsOf(plan).flatMap(({ node, steps }) =>
    steps.flatMap(({ preview }) =>
      preview.flatMap((shown) =>
        shown.kind === 'file' &&
        shown.before === undefined &&
        shown.after !== undefined &&
        ownerOf(shown.after) === 'ours'
          ? [{ node, path: shown.path, text: `${shown.after}${BY_HAND}` }]
          : [],
      ),
    ),
  );

const all = await Promise.all(planCases().map(async (one) => ({ one, plan: (await planned(one)).plan })));
const writing = all.filter(({ plan }) => guardedPlaces(plan).length > 0);
const making = all.filter(({ one, plan }) => one.input['overwrite'] !== true && editedFiles(plan).length > 0);

test('these actions write files, and each of them is in what follows', () => {
  expect([...new Set(writing.map(({ one }) => one.action))].toSorted()).toEqual(WRITERS);
  expect([...new Set(making.map(({ one }) => one.action))].toSorted()).toEqual([
    'converge',
    'export',
    'mount',
    'provision-disk',
    'share-storage',
  ]);
});

for (const { one, plan: first } of writing)
  test(`${one.action}, ${one.name}: a file written by hand since the plan stops its step, is named and stays as it is`, async () => {
    for (const place of guardedPlaces(first)) {
      const { fleet, plan } = await planned(one);
      const ran = runEdited(plan, fleet, place);
      const because = [
        `${place.path} changed since the plan was made`,
        `${place.path} is there now, and was not when the plan was made`,
      ];
      expect(because.map((words) => `guarded: ${words}`)).toContain(ran.at(-1));
      expect(fleet.nodes.get(place.node)?.files.get(place.path)?.text).toBe(BY_HAND);
    }
  });

for (const { one, plan: first } of making)
  test(`${one.action}, ${one.name}: a file of ours that was edited since is refused by its name, with the next move, and planned by nobody`, async () => {
    for (const { node, path, text } of editedFiles(first)) {
      const spec = one.nodes[node];
      const files = { ...spec?.files, [path]: text };
      const { plan } = await planned({ ...one, nodes: { ...one.nodes, [node]: { ...spec, files } } });
      const notes =
        plan.kind === 'no-op' ? [] : plan.refused.filter(({ nodes }) => nodes.some((name) => name === node));
      expect(notes.map(({ because, tryThis }) => ({ because, tryThis }))).toContainEqual({
        because: `${path} was edited by hand since muster wrote it`,
        tryThis: 'look at the file, then allow it to be replaced (overwrite)',
      });
      expect(guardedPlaces(plan)).not.toContainEqual({ node, path });
    }
  });
