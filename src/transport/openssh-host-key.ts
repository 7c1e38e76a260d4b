import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Endpoint, Hop } from '../model/endpoint.ts';
import { endChild } from './child-session.ts';
import { linesFor } from './host-keys.ts';
import { judgeHostKey, type KnownHostsLine, parseKnownHosts } from './known-hosts.ts';
import { enter } from './limiter.ts';
import { limiterOf, type ShownKey, type World } from './world.ts';

/** Looking at keys costs the far side a handshake each, on top of the one it refused. */
const AFTER_CONNECT_MS = 5_000;

/** More than the settings of one host ever are. */
const MOST_OUTPUT = 64 * 1024;

/** How a key is looked at. */
export interface KeyLook {
  readonly world: World;
  /** Starts the system ssh without a terminal. */
  readonly start: (options: readonly string[]) => ChildProcessWithoutNullStreams;
  /** A private folder, and the file there that keeps accepted keys where the configuration names none. */
  readonly folder: string;
  readonly ownFile: string;
  readonly ending: Set<Promise<unknown>>;
  readonly signal: AbortSignal;
}

/** A key nobody accepted yet: who showed it, and how it would be filed. */
export interface UnknownKey {
  readonly by: Hop;
  readonly shown: ShownKey;
}

/**
 * The key that made ssh(1) refuse a node, or one of its jump hosts, because nobody accepted it. ssh itself is asked a second time, so that its
 * ProxyCommand and its own rules for names apply: it files the key in a scratch file that nothing trusts, and offers no login.
 */
export async function unknownHostKey(look: KeyLook, endpoint: Endpoint): Promise<UnknownKey | undefined> {
  const target = [...(endpoint.sshArguments ?? directly(endpoint)), '--', endpoint.sshName];
  const shown = await shownBy(look, endpoint, target);
  if (shown !== undefined) return shown;
  // Nothing came: something on the way refused before the node could show anything.
  const config = configOf(endpoint);
  for (const [index, jump] of endpoint.jumps.entries()) {
    const before = endpoint.jumps.slice(0, index).map(wayWord).join(',');
    const way = before === '' ? [] : ['-J', before];
    const onTheWay = await shownBy(look, jump, [...config, ...directly(jump), ...way, '--', jump.sshName]);
    if (onTheWay !== undefined) return onTheWay;
  }
  return undefined;
}

const directly = ({ port, user }: Hop): readonly string[] => [`-p${port}`, ...(user === '' ? [] : [`-l${user}`])];

/** ssh hands the configuration it was given on to the ssh it starts for a jump host, and nothing else of what it was told. */
function configOf({ sshArguments = [] }: Endpoint): readonly string[] {
  const at = sshArguments.indexOf('-F');
  return at < 0 ? [] : sshArguments.slice(at, at + 2);
}

const wayWord = ({ sshName, port, user }: Hop): string =>
  `ssh://${user === '' ? '' : `${user}@`}${sshName.includes(':') ? `[${sshName}]` : sshName}:${port}`;

async function shownBy(look: KeyLook, hop: Hop, words: readonly string[]): Promise<UnknownKey | undefined> {
  const leave = await enter(limiterOf(look.world, hop), look.signal);
  const scratch = join(look.folder, `shown-${looks++}`);
  try {
    await run(look, hop, [...LOOK_ONLY, `-oUserKnownHostsFile="${scratch}"`, ...words]);
    const line = readLine(scratch);
    if (line === undefined || look.signal.aborted) return undefined;
    const file = await fileOf(look, hop, words);
    // The name stands as ssh files it, port and alias settled.
    const name = line.patterns[0] ?? hop.address;
    const filedAs: Hop = { ...hop, address: name, hostKeyName: name, port: 22, knownHostsFiles: [file] };
    const isKnown = judgeHostKey(linesFor(look.world.hostKeys, filedAs), [name], line).kind !== 'unknown';
    return isKnown ? undefined : { by: hop, shown: { hop: filedAs, key: { keyType: line.keyType, key: line.key } } };
  } finally {
    rmSync(scratch, { force: true });
    leave();
  }
}

let looks = 0;

/** Options given here come first and so beat the configuration. No way to log in is left, and nothing is to be run. */
const LOOK_ONLY = [
  'BatchMode=yes',
  'ControlMaster=no',
  'ControlPath=none',
  'StrictHostKeyChecking=accept-new',
  'GlobalKnownHostsFile=/dev/null',
  'HashKnownHosts=no',
  'CheckHostIP=no',
  'UpdateHostKeys=no',
  'PreferredAuthentications=none',
  'PubkeyAuthentication=no',
  'ClearAllForwardings=yes',
  'ForwardAgent=no',
  'PermitLocalCommand=no',
  'RemoteCommand=none',
]
  .map((option) => `-o${option}`)
  .concat('-N', '-T');

function readLine(file: string): KnownHostsLine | undefined {
  try {
    return parseKnownHosts(file, readFileSync(file, 'utf8'))[0];
  } catch {
    return undefined;
  }
}

/** The file ssh reads first for this host, as it says itself; `/dev/null` keeps nothing, so muster keeps the key for this run. */
async function fileOf(look: KeyLook, hop: Hop, words: readonly string[]): Promise<string> {
  const settings = await run(look, hop, ['-G', ...words]);
  const [, first = hop.knownHostsFiles[0]] = /^userknownhostsfile (\S+)/m.exec(settings) ?? [];
  return first === undefined || first === 'none' || first === '/dev/null' ? look.ownFile : first;
}

/** What ssh says on standard output until it ends, is no longer wanted, or takes too long. */
function run({ start, ending, signal }: KeyLook, { connectTimeoutMs }: Hop, words: readonly string[]): Promise<string> {
  if (signal.aborted) return Promise.resolve('');
  const child = start([`-oConnectTimeout=${Math.max(1, Math.ceil(connectTimeoutMs / 1000))}`, ...words]);
  let said = '';
  return new Promise((resolve) => {
    const stop = (): void => endChild(child, true, ending);
    const timer = setTimeout(stop, connectTimeoutMs + AFTER_CONNECT_MS);
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(said);
    };
    signal.addEventListener('abort', stop, { once: true });
    child.stdin.on('error', () => {});
    child.stdin.end();
    child.stderr.resume();
    child.stdout.on('data', (chunk: Buffer) => {
      if (said.length < MOST_OUTPUT) said += chunk.toString('utf8');
    });
    child.once('error', over).once('close', over);
  });
}
