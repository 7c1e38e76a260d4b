import { parseArgs } from 'node:util';
import { actions, actionsOf } from '../actions/registry.ts';
import { formatProblems } from '../config/problem.ts';
import type { Action } from '../model/action.ts';
import { UsageError } from '../model/errors.ts';
import { emptyInventory } from '../model/inventory.ts';
import { nearest } from '../model/nearest.ts';
import { type WithActions, withOwnActions } from '../own-actions.ts';
import { CONVERGE, optionsOf } from './action-options.ts';
import type { CliOption, CliValues } from './command.ts';
import type { CliContext } from './context.ts';

/**
 * The fields of the action a command line names, as options: the same description feeds form, parser, help, completion and documents. For an
 * action of the user's own the inventory is read, because that is where it is declared.
 */
export async function fieldOptions(
  argv: readonly string[],
  own: { readonly [name: string]: CliOption },
  context: CliContext,
): Promise<{ readonly [name: string]: CliOption }> {
  const { name = CONVERGE, values } = namedBy(argv, own);
  const builtIn = actions.find((action) => action.name === name);
  if (builtIn !== undefined) return optionsOf(builtIn);
  const { inventory, problems } = await ownActions(name, values, context);
  const found = actionsOf(inventory).find((action) => action.name === name);
  if (found !== undefined) return optionsOf(found);
  // It may be the one that could not be read.
  if (problems.length > 0) throw new UsageError(formatProblems(problems));
  return {};
}

/** The fields of all actions as options; of two with one name the first is told. */
export const everyField = (): { readonly [name: string]: CliOption } =>
  Object.fromEntries(actions.toReversed().flatMap((action) => Object.entries(optionsOf(action))));

async function ownActions(name: string, { inventory, demo }: CliValues, context: CliContext): Promise<WithActions> {
  const isDemo = demo === true && inventory === undefined;
  try {
    const declared = isDemo ? emptyInventory('demo') : await context.readInventory({ inventory });
    return withOwnActions(declared, context.env);
  } catch (error) {
    const names = actions.map((action) => action.name);
    const near = nearest(name, names);
    if (near === undefined || !(error instanceof UsageError)) throw error;
    throw new UsageError(
      `no action ${JSON.stringify(name)}; did you mean ${near}? (and none of your own: ${error.message})`,
    );
  }
}

/** Actions of the user's own where nothing is named, for completions; those of the inventory only where it can be read. */
export async function actionsAtHand(context: CliContext): Promise<readonly Action[]> {
  const declared = await context.readInventory({}).catch(() => emptyInventory('none'));
  return actionsOf(withOwnActions(declared, context.env).inventory).slice(actions.length);
}

function namedBy(
  argv: readonly string[],
  own: { readonly [name: string]: CliOption },
): { readonly name?: string; readonly values: CliValues } {
  const known = Object.fromEntries(
    Object.entries(own).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
  );
  const { tokens, values } = parseArgs({
    args: [...argv],
    options: known,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const first = tokens.find(({ kind }) => kind === 'positional' || kind === 'option-terminator');
  return first?.kind === 'positional' ? { name: first.value, values } : { values };
}
