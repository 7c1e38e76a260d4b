import { join } from 'node:path';
import type { CustomAction } from '../model/custom-action.ts';
import { actionFileSchema, actionsJsonSchema } from './action-schema.ts';
import { buildActions } from './build-actions.ts';
import type { ConfigIo } from './io.ts';
import { problemsOf } from './issues.ts';
import { type InventoryProblem, inFileOrder } from './problem.ts';
import { readYaml } from './yaml-source.ts';

/** Actions of a folder, and everything that is wrong there; a file with a problem gives none. */
export interface ActionsRead {
  readonly actions: readonly CustomAction[];
  readonly problems: readonly InventoryProblem[];
}

/** Reads every `*.yaml` of a folder of actions; where there is no folder there are none. */
export function readActions(folder: string, io: ConfigIo): ActionsRead {
  const files = io
    .readDir(folder)
    .filter((name) => /^[^.].*\.ya?ml$/.test(name))
    .map((name) => readActionFile(join(folder, name), io));
  const all = files.flatMap(({ actions }) => actions);
  const isSecond = ({ name }: CustomAction, index: number): boolean =>
    all.findIndex((other) => other.name === name) < index;
  const twice = all.filter(isSecond).map(({ name, from }) => ({
    ...from,
    message: `a second action ${JSON.stringify(name)}`,
    expected: 'a name of its own for each',
  }));
  return {
    actions: all.filter((action, index) => !isSecond(action, index)),
    problems: inFileOrder([...files.flatMap(({ problems }) => problems), ...twice]),
  };
}

function readActionFile(file: string, io: ConfigIo): ActionsRead {
  const content = io.readFile(file);
  if (content.kind === 'folder' || content.kind === 'missing') return { actions: [], problems: [] };
  if (content.kind !== 'text') {
    const message = content.kind === 'unreadable' ? `it cannot be read: ${content.because}` : 'it is no text file';
    return { actions: [], problems: [{ file, message, expected: 'actions in YAML' }] };
  }
  const read = readYaml(file, content.text);
  if (read.kind === 'invalid') return { actions: [], problems: read.problems };
  if (read.source.value === null) return { actions: [], problems: [] };
  const parsed = actionFileSchema.safeParse(read.source.value);
  if (!parsed.success)
    return { actions: [], problems: problemsOf(parsed.error.issues, read.source, actionsJsonSchema()) };
  const problems: InventoryProblem[] = [];
  const actions = buildActions(read.source, ['actions'], parsed.data.actions, (problem) => problems.push(problem));
  return problems.length > 0 ? { actions: [], problems } : { actions, problems };
}
