import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { ORDER_OPTIONS } from '../../src/cli/action-options.ts';
import { actionsAtHand, fieldOptions } from '../../src/cli/field-options.ts';
import { readInventory } from '../../src/config/read.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import { withOwnActions } from '../../src/own-actions.ts';
import { memoryIo } from '../config/memory-io.ts';
import { contextOf } from './context.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-own-'));
  mkdirSync(join(folder, 'muster/actions'), { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

const step = 'steps: [{ run: [sync], done: exit-code }]';
const beside = (text: string): void => writeFileSync(join(folder, 'muster/actions/own.yaml'), text);

async function inventoryOf(actions: string): Promise<Inventory> {
  const text = `nodes: { gpu01: {} }\nactions:\n${actions}`;
  const read = await readInventory('/i.yaml', memoryIo({ '/i.yaml': text }));
  if (read.kind === 'invalid') throw new Error(read.errors.map(({ message }) => message).join('; '));
  return read.inventory;
}

const context = (inventory: Inventory) =>
  contextOf({ env: { XDG_CONFIG_HOME: folder }, readInventory: async () => inventory }).context;

test('of one name the inventory’s action wins; a built-in name is taken', async () => {
  beside(
    `actions:\n  drop: { title: Mine, ${step} }\n  greet: { title: Greet, ${step} }\n  mount: { title: m, ${step} }\n`,
  );
  const { inventory, errors, problems } = withOwnActions(
    await inventoryOf(`  drop: { title: Ours, ${step} }\n  reboot: { title: r, ${step} }\n`),
    { XDG_CONFIG_HOME: folder },
  );
  expect({
    actions: inventory.actions?.map(({ title }) => title),
    errors: errors.map(({ line, column, message }) => ({ line, column, message })),
    problems: problems.map(({ line, column, message }) => ({ line, column, message })),
  }).toEqual({
    actions: ['Ours', 'r', 'Greet'],
    errors: [{ line: 4, column: 3, message: '"reboot" is an action of muster\'s own' }],
    problems: [{ line: 4, column: 3, message: '"mount" is an action of muster\'s own' }],
  });
});

test('its fields are options, and its name is completed', async () => {
  const one = context(
    await inventoryOf(`  drop: { title: Drop, fields: { cacheLevel: { help: which, default: "3" } }, ${step} }\n`),
  );
  const options = await fieldOptions(['-i', 'x', 'drop', '--cache-level', '1'], ORDER_OPTIONS, one);
  expect(Object.keys(options)).toEqual(['nodes', 'cache-level']);
  expect((await actionsAtHand(one)).map(({ name }) => name)).toEqual(['drop']);
});

test('an action in a file that is wrong is told at its place when it is asked for', async () => {
  beside('actions:\n  greet: { titel: Greet }\n');
  const inventory = await inventoryOf(`  drop: { title: Drop, ${step} }\n`);
  await expect(fieldOptions(['greet'], ORDER_OPTIONS, context(inventory))).rejects.toThrow(
    /own\.yaml:2:12: unknown key "titel"; did you mean "title"\?/,
  );
  expect(Object.keys(await fieldOptions(['drop'], ORDER_OPTIONS, context(inventory)))).toEqual(['nodes']);
});
