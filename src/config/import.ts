import { join } from 'node:path';
import type { Inventory } from '../model/inventory.ts';
import { fromSshAliases } from './from-ssh-config.ts';
import { listHostAliases, readSshConfig, resolveHost, sshEnvironment } from './ssh-config.ts';

/** The hosts of `~/.ssh/config` as an inventory: their names only, because muster reads that file for the rest at every start. */
export async function importSshConfig(env: Readonly<Record<string, string | undefined>>): Promise<Inventory> {
  const environment = sshEnvironment(env);
  const config = readSshConfig(environment);
  const aliases = listHostAliases(config).map((alias) => {
    const { hostName, user, port, values } = resolveHost(config, environment, alias);
    const proxyJump = values.get('proxyjump')?.words.join(',');
    return { alias, hostName, user, port, ...(proxyJump === undefined ? {} : { proxyJump }) };
  });
  const file = join(environment.home, '.ssh/config');
  const inventory = fromSshAliases(file, aliases, false);
  if (inventory.nodes.length > 0) return inventory;
  return { ...inventory, notices: [...inventory.notices, { file, text: 'it has no Host line with a plain name' }] };
}
