import type { Field } from '../model/action.ts';
import type { CustomAction } from '../model/custom-action.ts';
import type { ActionEntry } from './action-schema.ts';
import type { ActionScope } from './action-scope.ts';
import { buildField } from './build-fields.ts';
import { buildSteps } from './build-steps.ts';
import type { InventoryProblem } from './problem.ts';
import type { PathStep, YamlSource } from './yaml-source.ts';

/** Actions of one file as data, `path` being where the map stands; every problem is told. */
export function buildActions(
  source: YamlSource,
  path: readonly PathStep[],
  entries: { readonly [name: string]: ActionEntry },
  problem: (problem: InventoryProblem) => void,
): readonly CustomAction[] {
  return Object.entries(entries).map(([name, entry]) => {
    const at = [...path, name];
    const scope: ActionScope = {
      source,
      complain: (where, complaint) => problem(source.problemAt([...at, ...where], complaint)),
      fields: entry.fields ?? {},
    };
    if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) || name.length > 40)
      scope.complain([], {
        message: `${JSON.stringify(name)} cannot name an action`,
        at: 'key',
        expected: 'at most 40 small letters and digits, with single hyphens between: drop-caches',
      });
    return buildAction(name, entry, scope, at);
  });
}

function buildAction(name: string, entry: ActionEntry, scope: ActionScope, at: readonly PathStep[]): CustomAction {
  const fields = Object.entries(scope.fields).map(([key, field]) => [key, buildField(key, field, scope)] as const);
  const takers = Object.entries(scope.fields).filter(([, { words }]) => words === true);
  if (takers.length > 1)
    scope.complain(['fields', takers[1]?.[0] ?? '', 'words'], {
      message: 'two fields take the words after the action',
      at: 'key',
      expected: 'words: true in one field at most',
    });
  const dashed = Object.entries(scope.fields).flatMap(([key, { dash }]) => (dash === true ? [key] : []));
  const { message: _, ...from } = scope.source.problemAt(at, { message: '', at: 'key' });
  return {
    name,
    title: entry.title,
    summary: entry.summary ?? entry.title,
    fields: { nodes: nodesField(entry.on), ...Object.fromEntries(fields) },
    ...(dashed.length === 0 ? {} : { dashFields: dashed }),
    targets: targetsOf(entry, scope),
    ...(entry.maxAtOnce === undefined ? {} : { maxAtOnce: entry.maxAtOnce }),
    steps: buildSteps(entry.steps, scope),
    from,
    written: entry,
  };
}

const nodesField = (on: string | undefined): Field => ({
  kind: 'nodes',
  title: 'Nodes',
  help: 'node set, e.g. gpu[01-16] or @gpu',
  completes: 'nodes',
  isRequired: true,
  ...(on === undefined ? {} : { default: on }),
});

function targetsOf({ starts = {} }: ActionEntry, scope: ActionScope): CustomAction['targets'] {
  for (const [view, fills] of Object.entries(starts))
    for (const field of Object.keys(fills))
      if (!Object.hasOwn(scope.fields, field))
        scope.complain(['starts', view, field], {
          message: `the action has no field ${JSON.stringify(field)}`,
          at: 'key',
          expected: `one of ${Object.keys(scope.fields).join(', ') || 'its fields, of which there are none'}`,
        });
  const own = Object.entries(starts).map(([view, fills]) => ({ view, fills: { nodes: 'nodes' as const, ...fills } }));
  return own.some(({ view }) => view === 'nodes') ? own : [{ view: 'nodes', fills: { nodes: 'nodes' } }, ...own];
}
