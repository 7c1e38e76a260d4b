import { existsSync } from 'node:fs';
import type { Endpoint, Hop } from '../model/endpoint.ts';
import { type InventoryNode, whyNeverAsked } from '../model/inventory.ts';
import { parseJump } from './jump.ts';
import {
  type ResolvedHost,
  readSshConfig,
  resolveHost,
  type SshConfig,
  type SshEnvironment,
  sshEnvironment,
} from './ssh-config.ts';
import { whyOpenSsh } from './why-openssh.ts';

const DEFAULT_IDENTITIES = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_MS = 15_000;
const KEEPALIVE_COUNT = 3;

/** More jumps than this are a mistake, whatever the names are. */
const MOST_JUMPS = 8;

/** What the resolution of an endpoint may look at besides the node itself. */
export interface EndpointContext extends SshEnvironment {
  /** A node of the inventory by name: a jump host may be one. */
  readonly node?: (name: string) => InventoryNode | undefined;
  /** Told once per sentence: where muster is stricter than the configuration says. */
  readonly notice?: (text: string) => void;
}

/** How to reach each node, by the inventory first, then the user's and the system's ssh_config, then defaults. */
export function resolveEndpoints(
  nodes: readonly InventoryNode[],
  variables: Readonly<Record<string, string | undefined>>,
  notice: (text: string) => void = () => {},
): readonly Endpoint[] {
  const environment = sshEnvironment(variables);
  const config = readSshConfig(environment);
  const byName = new Map(nodes.map((node) => [String(node.name), node]));
  const told = new Set<string>();
  const once = (text: string): void => {
    if (!told.has(text)) notice(text);
    told.add(text);
  };
  const context: EndpointContext = { ...environment, node: (name) => byName.get(name), notice: once };
  return nodes.map((node) => resolveEndpoint(node, config, context));
}

/** How to reach one node. A configuration that cannot work gives `via: 'none'` and says why. */
export function resolveEndpoint(node: InventoryNode, config: SshConfig, context: EndpointContext): Endpoint {
  const sshName = node.address ?? node.name;
  const resolved = resolveHost(config, context, sshName, node);
  const hop = hopOf(node, sshName, resolved, context);
  if (node.via === 'local') return { ...hop, node: node.name, via: 'local', jumps: [] };
  const never = whyNeverAsked(node);
  if (never !== undefined) return { ...hop, node: node.name, via: 'none', because: never, jumps: [] };
  const way = jumpsTo(config, context, node.jump ?? jumpsIn(resolved), [wayPoint(sshName, resolved.port)]);
  if (typeof way === 'string')
    return { ...hop, node: node.name, via: 'none', isMistake: true, because: way, jumps: [] };
  const reasons = [
    whyOpenSsh(resolved, node.identityFiles, node.jump !== undefined, context),
    ...way.map(({ because }) => because),
  ];
  const because = reasons.find((reason) => reason !== undefined);
  const jumps = way.map((jump) => jump.hop);
  if (node.transport === 'openssh')
    return overOpenSsh(node, hop, jumps, 'the inventory says transport: openssh', context);
  if (node.transport === 'ssh2') return { ...hop, node: node.name, via: 'ssh', jumps };
  if (because === undefined) {
    return { ...hop, node: node.name, via: 'ssh', jumps, sshArguments: argumentsFor(node, hop, context) };
  }
  return overOpenSsh(node, hop, jumps, because, context);
}

/** The system ssh reads its configuration itself; it is told only what the inventory says over it. */
function overOpenSsh(
  node: InventoryNode,
  hop: Hop,
  jumps: readonly Hop[],
  because: string,
  context: EndpointContext,
): Endpoint {
  return { ...hop, node: node.name, via: 'openssh', because, jumps, sshArguments: argumentsFor(node, hop, context) };
}

function argumentsFor(node: InventoryNode, hop: Hop, context: EndpointContext): readonly string[] {
  return [
    ...anotherHome(hop, context),
    ...(node.user === undefined ? [] : ['-l', node.user]),
    ...(node.port === undefined ? [] : ['-p', String(node.port)]),
    ...(node.jump === undefined || node.jump.length === 0
      ? []
      : ['-J', node.jump.map((jump) => jumpWord(jump, context)).join(',')]),
    ...(node.identityFiles ?? []).flatMap((file) => ['-i', file]),
  ];
}

/** ssh(1) looks up the home folder of the user and not `$HOME`; under sudo the two differ, and both of us must read the same files. */
function anotherHome(
  { knownHostsFiles }: Hop,
  { home, userHome = home, variables }: EndpointContext,
): readonly string[] {
  if (userHome === home || variables['HOME'] === undefined) return [];
  const file = `${home}/.ssh/config`;
  const known = knownHostsFiles.map((path) => `"${path}"`).join(' ');
  return [...(existsSync(file) ? ['-F', file] : []), `-oUserKnownHostsFile=${known}`];
}

/** A jump host that is a node of the inventory is known to ssh only by its address. */
function jumpWord(text: string, { node }: EndpointContext): string {
  const jump = parseJump(text);
  const known = jump === undefined ? undefined : node?.(jump.host);
  if (jump === undefined || known === undefined) return text;
  const user = jump.user ?? known.user;
  const port = jump.port ?? known.port;
  return `${user === undefined ? '' : `${user}@`}${known.address ?? known.name}${port === undefined ? '' : `:${port}`}`;
}

function hopOf(node: Partial<InventoryNode>, sshName: string, resolved: ResolvedHost, context: EndpointContext): Hop {
  const { values, expand } = resolved;
  const word = (keyword: string): string | undefined => values.get(keyword)?.words[0];
  const agentSocket = agentOf(word('identityagent'), expand, context);
  const alias = word('hostkeyalias');
  return {
    address: resolved.hostName,
    port: Number.isInteger(resolved.port) && resolved.port > 0 && resolved.port < 65_536 ? resolved.port : 22,
    user: resolved.user,
    sshName,
    identityFiles: identitiesOf(node, resolved, context),
    identitiesOnly: /^yes$/i.test(word('identitiesonly') ?? ''),
    ...(agentSocket === undefined ? {} : { agentSocket }),
    password: node.password ?? 'never',
    knownHostsFiles: knownHostsOf(resolved, context),
    hostKeyName: alias === undefined ? resolved.hostName : expand(alias),
    pinnedHostKeys: node.hostKeys ?? [],
    hostKeyPolicy: policyOf(node, resolved, context),
    connectTimeoutMs: positive(milliseconds(word('connecttimeout')), CONNECT_TIMEOUT_MS),
    keepaliveMs: positive(milliseconds(word('serveraliveinterval')), KEEPALIVE_MS),
    keepaliveCount: positive(Number(word('serveralivecountmax')), KEEPALIVE_COUNT),
  };
}

function identitiesOf(
  node: Partial<InventoryNode>,
  { identityFiles, expand }: ResolvedHost,
  { home }: EndpointContext,
): readonly string[] {
  const named = [...(node.identityFiles ?? []), ...identityFiles];
  if (named.length === 0) return DEFAULT_IDENTITIES.map((name) => `${home}/.ssh/${name}`);
  return [...new Set(named.filter((file) => file.toLowerCase() !== 'none').map(expand))];
}

function agentOf(
  written: string | undefined,
  expand: (text: string) => string,
  { variables }: EndpointContext,
): string | undefined {
  if (written === undefined || written === 'SSH_AUTH_SOCK') return variables['SSH_AUTH_SOCK'] || undefined;
  if (written.toLowerCase() === 'none') return undefined;
  return written.startsWith('$') && !written.startsWith('${')
    ? variables[written.slice(1)] || undefined
    : expand(written);
}

function knownHostsOf({ values, expand }: ResolvedHost, { home, notice }: EndpointContext): readonly string[] {
  const user = values.get('userknownhostsfile')?.words ?? [`${home}/.ssh/known_hosts`, `${home}/.ssh/known_hosts2`];
  const global = values.get('globalknownhostsfile')?.words ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
  const isNothing = (file: string): boolean => file === '/dev/null' || file.toLowerCase() === 'none';
  const real = user.filter((file) => !isNothing(file)).map(expand);
  if (real.length === 0) {
    const where = values.get('userknownhostsfile')?.where ?? 'ssh_config';
    notice?.(
      `${where} keeps no known_hosts: host keys seen there are remembered until muster ends, and a change is refused`,
    );
  }
  return [...(real.length === 0 ? ['/dev/null'] : real), ...global.filter((file) => !isNothing(file)).map(expand)];
}

/** `no` is never "do not check": a first key is taken, a changed one refused. */
function policyOf(
  node: Partial<InventoryNode>,
  { values }: ResolvedHost,
  { notice }: EndpointContext,
): Hop['hostKeyPolicy'] {
  if (node.hostKeyPolicy !== undefined) return node.hostKeyPolicy;
  const written = values.get('stricthostkeychecking');
  const word = written?.words[0]?.toLowerCase() ?? 'ask';
  if (word === 'no' || word === 'off') {
    notice?.(
      `${written?.where ?? 'ssh_config'} says StrictHostKeyChecking ${word}: muster takes new keys there, and refuses changed ones all the same`,
    );
    return 'accept-new';
  }
  const keepsNone =
    values.get('userknownhostsfile')?.words.every((file) => /^(\/dev\/null|none)$/i.test(file)) === true;
  return word === 'accept-new' || keepsNone ? 'accept-new' : 'ask';
}

function jumpsIn({ values, expand }: ResolvedHost): readonly string[] {
  const written = values.get('proxyjump')?.words[0];
  if (written === undefined || written.toLowerCase() === 'none') return [];
  return expand(written).split(',');
}

/** A host on a way: one address may forward several ports to several machines. */
function wayPoint(sshName: string, port: number): string {
  return port === 22 ? sshName : `${sshName}:${port}`;
}

interface JumpHop {
  readonly hop: Hop;
  readonly because?: string;
}

/** The hops of a jump list, each with the jumps it needs itself before it; a sentence when that never ends or makes no sense. */
function jumpsTo(
  config: SshConfig,
  context: EndpointContext,
  jumps: readonly string[],
  path: readonly string[],
): readonly JumpHop[] | string {
  const hops: JumpHop[] = [];
  for (const [index, text] of jumps.entries()) {
    const jump = parseJump(text);
    if (jump === undefined) return `"${text}" is not a jump host; write [user@]host[:port]`;
    const known = context.node?.(jump.host);
    const sshName = known?.address ?? jump.host;
    if (path.length > MOST_JUMPS) return `more than ${MOST_JUMPS} jump hosts: ${path.join(' -> ')}`;
    const given = { user: jump.user ?? known?.user, port: jump.port ?? known?.port };
    const resolved = resolveHost(config, context, sshName, given);
    const point = wayPoint(sshName, resolved.port);
    if (path.includes(point)) return `the jump hosts go in a circle: ${[...path, point].join(' -> ')}`;
    // ssh(1) lets only the first host of a list have jumps of its own; the others are reached through the one before.
    const own = index === 0 ? jumpsTo(config, context, known?.jump ?? jumpsIn(resolved), [...path, point]) : [];
    if (typeof own === 'string') return own;
    const because = whyOpenSsh(resolved, known?.identityFiles, known?.jump !== undefined, context);
    const hop = hopOf(known ?? {}, sshName, resolved, context);
    hops.push(...own, { hop, ...(because === undefined ? {} : { because: `jump host ${jump.host}: ${because}` }) });
  }
  return hops;
}

/** `90`, `2m`, `1h30m`: TIME FORMATS of sshd_config(5). */
function milliseconds(text: string | undefined): number {
  if (text === undefined) return Number.NaN;
  const factors: Record<string, number> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };
  const parts = [...text.toLowerCase().matchAll(/(\d+)([smhdw]?)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (factors[unit ?? ''] ?? 1), 0) * 1_000;
}

function positive(value: number, otherwise: number): number {
  return Number.isFinite(value) && value > 0 ? value : otherwise;
}
