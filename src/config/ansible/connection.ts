import { nodeName } from '../../model/ids.ts';
import type { InventoryNode } from '../../model/inventory.ts';
import { VAULTED } from '../yaml-value.ts';
import { resolve } from './jinja.ts';
import type { HostScope } from './scope.ts';
import { readSshArgs } from './ssh-args.ts';
import type { Told } from './told.ts';

const PASSWORDS = ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password'];
const BECOME_PASSWORDS = [
  'ansible_become_password',
  'ansible_become_pass',
  'ansible_sudo_pass',
  'ansible_ssh_private_key_passphrase',
];

/** One host as a node: how it is reached, and the GPUs it is said to have. Secrets are seen to be there, never read. */
export function nodeOf(host: string, groups: readonly string[], scope: HostScope, told: Told): InventoryNode {
  const text = (...names: readonly string[]): string | undefined => textOf(host, names, scope, told);
  const connection = text('ansible_connection');
  const isLocal = connection === 'local' || (connection === undefined && host === 'localhost');
  if (connection !== undefined && !['local', 'ssh', 'smart', 'paramiko', 'paramiko_ssh'].includes(connection)) {
    told.tell(host, `ansible_connection "${connection}" is not SSH; muster will try SSH`);
  }
  const address = text('ansible_host', 'ansible_ssh_host', 'ipv4_address');
  if (address === undefined && !isLocal && !host.includes('.'))
    told.tell(host, 'no address is given; reached by name, as DNS or ~/.ssh/config know it');

  const port = portOf(host, text('ansible_port', 'ansible_ssh_port'), told);
  const user = text('ansible_user', 'ansible_ssh_user');
  const key = text('ansible_ssh_private_key_file', 'ansible_private_key_file');
  const args = readSshArgs(
    [text('ansible_ssh_common_args'), text('ansible_ssh_extra_args')].filter((part) => part !== undefined).join(' '),
  );
  for (const ignored of args.ignored) told.tell(host, ignoredArgument(ignored));

  const hasPassword = PASSWORDS.some((name) => isSet(host, name, scope));
  if (hasPassword)
    told.tell(
      host,
      'its password in the inventory is not read; muster asks for it on the screen (password: ask), better are keys',
    );
  if (BECOME_PASSWORDS.some((name) => isSet(host, name, scope))) {
    told.tell(
      host,
      'its sudo password or key passphrase in the inventory is not read; muster uses sudo without a password, and asks for a passphrase once',
    );
  }
  const gpuCount = gpuCountOf(text);
  const model = text('gpu_model');
  return {
    name: nodeName(host),
    via: isLocal ? 'local' : 'ssh',
    transport: 'auto',
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(args.jump === undefined ? {} : { jump: args.jump }),
    ...(key === undefined ? {} : { identityFiles: [key] }),
    ...(hasPassword ? { password: 'ask' } : {}),
    ...(args.acceptsNewKeys ? { hostKeyPolicy: 'accept-new' } : {}),
    labels: {},
    groups,
    ...(gpuCount === undefined ? {} : { gpus: { count: gpuCount, ...(model === undefined ? {} : { model }) } }),
  };
}

/** The first of several names for the same variable that has a plain value; an unresolved one is told, not guessed. */
function textOf(host: string, names: readonly string[], scope: HostScope, told: Told): string | undefined {
  for (const name of names) {
    const raw = scope.lookup(host, name);
    if (raw === undefined || raw === null || raw === '') continue;
    const resolved = resolve(raw, host, scope);
    if (
      resolved.kind === 'ok' &&
      (typeof resolved.value === 'string' || typeof resolved.value === 'number' || typeof resolved.value === 'boolean')
    ) {
      return String(resolved.value);
    }
    told.tell(
      host,
      `${name} is not understood and left out: ${resolved.kind === 'unresolved' ? resolved.expression.slice(0, 100) : 'it is no text'}`,
    );
  }
  return undefined;
}

const isSet = (host: string, name: string, scope: HostScope): boolean => {
  const value = scope.lookup(host, name);
  return value === VAULTED || (value !== undefined && value !== null && value !== '');
};

function portOf(host: string, text: string | undefined, told: Told): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  told.tell(host, `ansible_port ${JSON.stringify(text)} is no port and left out`);
  return undefined;
}

const ignoredArgument = (argument: string): string =>
  /^(?:StrictHostKeyChecking=no|UserKnownHostsFile=\/dev\/null)$/i.test(argument)
    ? `${argument} is not taken over: muster always checks host keys, new ones on one review screen`
    : `the ssh argument ${JSON.stringify(argument)} is not taken over; write it into ~/.ssh/config`;

/** `gpu_count`, unless `has_gpu` or `gpu_enabled` say there are none; generated inventories write booleans as text. */
function gpuCountOf(text: (...names: readonly string[]) => string | undefined): number | undefined {
  const count = text('gpu_count');
  const switchedOff = [text('has_gpu'), text('gpu_enabled')].some(
    (value) => value !== undefined && /^(?:false|no|0)$/i.test(value),
  );
  if (switchedOff) return 0;
  return count !== undefined && /^\d{1,3}$/.test(count) ? Number(count) : undefined;
}
