import { join } from 'node:path';
import { actions } from './actions/registry.ts';
import { nodeIo } from './config/node-io.ts';
import { configFolder, homeOf } from './config/places.ts';
import type { InventoryProblem } from './config/problem.ts';
import { readActions } from './config/read-actions.ts';
import type { CustomAction } from './model/custom-action.ts';
import type { Inventory } from './model/inventory.ts';

/** An inventory with every action of the user's own, what is wrong with it, and with files beside the settings. */
export interface WithActions {
  readonly inventory: Inventory;
  /** Of the inventory itself: it is not opened. */
  readonly errors: readonly InventoryProblem[];
  /** Of files beside the settings: their actions are missing, and nobody is kept from an outage by them. */
  readonly problems: readonly InventoryProblem[];
}

type Env = Readonly<Record<string, string | undefined>>;

/** Where actions for every fleet are kept. */
export const actionsFolder = (env: Env): string => join(configFolder({ env, home: homeOf(env) }), 'actions');

/** Adds the actions beside the settings to those of the inventory, which win; a built-in name is taken. */
export function withOwnActions(inventory: Inventory, env: Env): WithActions {
  const declared = inventory.actions ?? [];
  const read = readActions(actionsFolder(env), nodeIo);
  const kept = read.actions.filter(({ name }) => !declared.some((other) => other.name === name));
  const all = [...declared, ...kept.filter((action) => clashOf(action) === undefined)];
  return {
    inventory: all.length === 0 ? inventory : { ...inventory, actions: all },
    errors: declared.flatMap((action) => clashOf(action) ?? []),
    problems: [...read.problems, ...kept.flatMap((action) => clashOf(action) ?? [])],
  };
}

function clashOf({ name, from }: CustomAction): InventoryProblem | undefined {
  return actions.some((action) => action.name === name)
    ? { ...from, message: `${JSON.stringify(name)} is an action of muster's own`, expected: 'another name' }
    : undefined;
}
