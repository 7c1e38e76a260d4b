import { UsageError } from '../model/errors.ts';
import { type CliCommand, FLEET_OPTIONS } from './command.ts';

/** `muster shell NODE`, also `muster -e NODE`: a login shell over muster's own connection, host key checked like any other. */
export const shellCommand = {
  name: 'shell',
  summary: 'open a login shell on one node (also: muster -e NODE)',
  usage: 'NODE',
  options: { inventory: FLEET_OPTIONS.inventory, demo: FLEET_OPTIONS.demo },
  async run({ values, positionals: [node] }, context) {
    if (node === undefined) throw new UsageError('muster shell NODE: which node?');
    return context.openShell(values, node);
  },
} satisfies CliCommand;
