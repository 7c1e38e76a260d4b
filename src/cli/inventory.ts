import { writeFileSync } from 'node:fs';
import { importSshConfig } from '../config/import.ts';
import { toYaml } from '../config/to-yaml.ts';
import { UsageError } from '../model/errors.ts';
import type { Inventory } from '../model/inventory.ts';
import { foldNodes } from '../model/node-set.ts';
import { type CliCommand, EXIT, FLEET_OPTIONS, text } from './command.ts';
import type { CliContext } from './context.ts';
import { safeJson, safeText } from './output.ts';

/** `muster inventory check|show|import`: what the inventory says, without asking a node. */
export const inventoryCommand = {
  name: 'inventory',
  summary: 'check an inventory, show what muster makes of it, or import one from Ansible or ~/.ssh/config',
  usage: 'check|show|import [PATH, or ssh-config]',
  options: {
    inventory: FLEET_OPTIONS.inventory,
    limit: FLEET_OPTIONS.limit,
    json: { type: 'boolean', help: 'show as JSON' },
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      help: 'import: write here instead of standard output; never overwrites',
    },
  },
  async run({ values, positionals: [verb = 'check', path] }, context) {
    const chosen = path === undefined ? values : { ...values, inventory: path };
    if (verb === 'import') {
      const inventory =
        path === 'ssh-config' ? await importSshConfig(context.env) : await context.readInventory(chosen);
      return write(toYaml(inventory), text(values, 'output'), context);
    }
    if (verb !== 'check' && verb !== 'show')
      throw new UsageError(`muster inventory ${verb}: check, show or import is wanted`);
    const inventory = await context.readInventory(chosen);
    if (values['json'] === true) context.print(safeJson(inventory));
    else context.print(safeText((verb === 'show' ? describe(inventory) : summarise(inventory)).join('\n')));
    return EXIT.ok;
  },
} satisfies CliCommand;

function write(yaml: string, file: string | undefined, context: CliContext): number {
  if (file === undefined) {
    context.print(yaml.trimEnd());
    return EXIT.ok;
  }
  try {
    writeFileSync(file, yaml, { flag: 'wx' });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new UsageError(
      isThere
        ? `${file} exists already; name another file`
        : `${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  context.print(`wrote ${file}; look at it, then: muster -i ${file}`);
  return EXIT.ok;
}

function summarise({
  name,
  files,
  nodes,
  groups,
  volumes,
  exports,
  mounts,
  sharing,
  notices,
}: Inventory): readonly string[] {
  const gpus = nodes.reduce((sum, node) => sum + (node.gpus?.count ?? 0), 0);
  return [
    `${name}: good (${files.join(', ') || 'built in'})`,
    `${nodes.length} nodes in ${Object.keys(groups).length} groups, ${gpus} GPUs expected, ${volumes.length} volumes, ${exports.length} exports, ${mounts.length} mounts, ${sharing.length} GPU sharings wished`,
    ...notices.map(
      ({ file, line, text: notice }) => `notice: ${file}${line === undefined ? '' : `:${line}`}: ${notice}`,
    ),
  ];
}

function describe(inventory: Inventory): readonly string[] {
  const { nodes, groups, volumes, exports, mounts } = inventory;
  return [
    ...summarise(inventory),
    '',
    ...nodes.map(({ name, address, user, port, class: nodeClass, via }) => {
      const reach =
        via === 'ssh'
          ? `${user === undefined ? '' : `${user}@`}${address ?? name}${port === undefined ? '' : `:${port}`}`
          : via;
      return `node    ${name}  ${reach}${nodeClass === undefined ? '' : `  ${nodeClass}`}`;
    }),
    ...Object.entries(groups).map(([group, members]) => `group   ${group}  ${foldNodes(members)}`),
    ...volumes.map(
      ({ name, nodes: on, fsType, target }) => `volume  ${name}  ${fsType} at ${target} on ${foldNodes(on)}`,
    ),
    ...exports.map(
      ({ node, path, clients }) =>
        `export  ${node}:${path}  ${clients.map(({ client, options }) => `${client}(${options.join(',')})`).join(' ')}`,
    ),
    ...mounts.map(
      ({ source, target, fsType, how, absent, nodes: on }) =>
        `mount   ${absent ? 'not ' : ''}${source} at ${target}  ${fsType}, ${how}, on ${foldNodes(on)}`,
    ),
  ];
}
