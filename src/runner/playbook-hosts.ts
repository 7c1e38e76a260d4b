import type { RolloutOrder } from '../journal/order.ts';
import type { Endpoint, Hop } from '../model/endpoint.ts';
import { quote } from '../model/quote.ts';

type Values = { readonly [name: string]: unknown };

/**
 * The nodes as an inventory of Ansible's, in JSON, which is YAML: reached as muster reaches them, with the same user, port, jumps and keys,
 * and with host keys checked.
 */
export function ansibleHosts({ inventory, endpoints }: Pick<RolloutOrder, 'inventory' | 'endpoints'>): string {
  const hosts = Object.fromEntries(endpoints.map((endpoint) => [endpoint.node, connectionOf(endpoint)]));
  const children = Object.fromEntries(
    Object.entries(inventory.groups).map(([group, nodes]) => [
      group,
      { hosts: Object.fromEntries(nodes.map((node) => [node, {}])) },
    ]),
  );
  return `${JSON.stringify({ all: { hosts, children } }, undefined, 1)}\n`;
}

function connectionOf(endpoint: Endpoint): Values {
  if (endpoint.via === 'local') return { ansible_connection: 'local' };
  const { address, sshName, port, user, sshArguments } = endpoint;
  if (sshArguments !== undefined)
    return { ansible_host: sshName, ansible_ssh_common_args: quote([...sshArguments, ...keyOptions(endpoint)]) };
  return {
    ansible_host: address,
    ansible_port: port,
    ...(user === '' ? {} : { ansible_user: user }),
    ansible_ssh_common_args: quote([
      ...endpoint.identityFiles.flatMap((file) => ['-i', file]),
      ...(endpoint.jumps.length === 0 ? [] : ['-J', endpoint.jumps.map(jumpWord).join(',')]),
      ...keyOptions(endpoint),
    ]),
  };
}

const jumpWord = ({ user, address, port }: Hop): string => `${user === '' ? '' : `${user}@`}${address}:${port}`;

/** The files muster checks host keys against; without this ssh(1) takes those of the account's home, whatever `$HOME` says. */
function keyOptions({ hostKeyPolicy, knownHostsFiles, hostKeyName, address }: Endpoint): readonly string[] {
  return [
    `-oStrictHostKeyChecking=${hostKeyPolicy === 'accept-new' ? 'accept-new' : 'yes'}`,
    ...(knownHostsFiles.length === 0
      ? []
      : [`-oUserKnownHostsFile=${knownHostsFiles.map((file) => `"${file}"`).join(' ')}`]),
    ...(hostKeyName === address ? [] : [`-oHostKeyAlias=${hostKeyName}`]),
  ];
}
