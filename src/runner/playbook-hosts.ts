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
  const jumps = endpoint.jumps.length === 0 ? [] : [`-oProxyJump=${endpoint.jumps.map(jumpWord).join(',')}`];
  const own = sshArguments === undefined ? [...endpoint.identityFiles.map(identity), ...jumps] : forAll(sshArguments);
  return {
    ansible_host: sshArguments === undefined ? address : sshName,
    ...(sshArguments === undefined ? { ansible_port: port } : {}),
    ...(sshArguments === undefined && user !== '' ? { ansible_user: user } : {}),
    ansible_ssh_common_args: `${strictness(endpoint)} ${quote([...own, ...keyFiles(endpoint)])}`.trimEnd(),
  };
}

const identity = (file: string): string => `-oIdentityFile=${file}`;

/** What each letter of ssh(1) is as an option: sftp(1) and scp(1), which Ansible gives the same words, have other letters. */
const OPTIONS: { readonly [letter: string]: string } = {
  '-l': 'User',
  '-p': 'Port',
  '-J': 'ProxyJump',
  '-i': 'IdentityFile',
};

function forAll(words: readonly string[]): readonly string[] {
  return words.flatMap((word, at) => {
    const before = OPTIONS[words[at - 1] ?? ''];
    if (before !== undefined) return [`-o${before}=${word}`];
    return OPTIONS[word] === undefined ? [word] : [];
  });
}

const jumpWord = ({ user, address, port }: Hop): string => `${user === '' ? '' : `${user}@`}${address}:${port}`;

/** Bare and first: of a value that begins and ends with a quote Ansible takes both away. */
const strictness = ({ hostKeyPolicy }: Endpoint): string =>
  `-oStrictHostKeyChecking=${hostKeyPolicy === 'accept-new' ? 'accept-new' : 'yes'}`;

/** The files muster checks host keys against; without this ssh(1) takes those of the account's home, whatever `$HOME` says. */
function keyFiles({ knownHostsFiles, hostKeyName, address }: Endpoint): readonly string[] {
  return [
    ...(knownHostsFiles.length === 0
      ? []
      : [`-oUserKnownHostsFile=${knownHostsFiles.map((file) => `"${file}"`).join(' ')}`]),
    ...(hostKeyName === address ? [] : [`-oHostKeyAlias=${hostKeyName}`]),
  ];
}
