import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloseReason, Session, SessionEvents, Shell, ShellEvents, TerminalSize } from '../engine/ports.ts';
import type { Endpoint } from '../model/endpoint.ts';
import { openThroughChild } from './child-session.ts';
import { shellThroughChild } from './child-shell.ts';
import { placeOf } from './failure.ts';
import { fingerprint } from './known-hosts.ts';
import { explainOpenSsh } from './openssh-failure.ts';
import { unknownHostKey } from './openssh-host-key.ts';
import { canMakeTerminals, shellOnTerminal } from './own-terminal.ts';
import { unknown } from './verify-host.ts';
import type { World } from './world.ts';

/** A socket's path ends at 107 bytes; ssh adds 40 for %C and 17 while it makes the socket. */
const LONGEST_FOLDER = 46;

/** The private folder of our control sockets, made when the first is needed. */
export interface Masters {
  readonly world: World;
  folder: string | undefined;
  /** Nodes whose configuration keeps no host keys: those accepted in this run are kept in a file of our own. */
  readonly keptHere: Set<string>;
  /** Children on their way out. */
  readonly ending: Set<Promise<unknown>>;
}

/** No folder yet. */
export function createMasters(world: World, ending: Set<Promise<unknown>>): Masters {
  return { world, folder: undefined, keptHere: new Set(), ending };
}

/** Removes the folder; the masters in it end with their sessions. */
export function removeMasters(masters: Masters): void {
  if (masters.folder !== undefined) rmSync(masters.folder, { recursive: true, force: true });
  masters.folder = undefined;
}

/**
 * Runs a program on a node through one long-lived child of the system ssh(1), with the user's own configuration: certificates, FIDO keys,
 * GSSAPI, ProxyCommand and all. It never asks: what needs an answer is refused with the reason.
 */
export function openOverOpenSsh(masters: Masters, endpoint: Endpoint, program: string, events: SessionEvents): Session {
  if (endpoint.pinnedHostKeys.length > 0) {
    const because = `${endpoint.node} pins its host key, which the system ssh cannot check; file the key in known_hosts instead of the inventory`;
    queueMicrotask(() => events.onClose({ kind: 'refused', because, reason: 'configuration' }));
    return { write: () => {}, close: () => {} };
  }
  const stop = new AbortController();
  const onClose = (why: CloseReason): void => void withReview(masters, endpoint, why, stop.signal).then(events.onClose);
  const session = openThroughChild(
    {
      transport: 'openssh',
      isGroup: true,
      ending: masters.ending,
      start: (command) => startSsh(['-T', ...optionsFor(masters, endpoint), '--', endpoint.sshName, command]),
      explain: (exitCode, stderrTail) => explainOpenSsh(endpoint, exitCode, stderrTail),
    },
    program,
    { ...events, onClose },
  );
  return {
    ...session,
    close: () => {
      stop.abort();
      session.close();
    },
  };
}

/** A refusal for want of a host key, with the key for a person to look at. */
async function withReview(
  masters: Masters,
  endpoint: Endpoint,
  why: CloseReason,
  signal: AbortSignal,
): Promise<CloseReason> {
  if (why.kind !== 'refused' || why.reason !== 'host-key-unknown') return why;
  const { world, ending } = masters;
  const folder = folderOf(masters);
  const look = { world, start: startSsh, folder, ownFile: ownFileIn(folder), ending, signal };
  const found = await unknownHostKey(look, endpoint).catch(() => undefined);
  if (signal.aborted) return { kind: 'closed' };
  if (found === undefined) return why;
  const { by, shown } = found;
  const shownFingerprint = fingerprint(shown.key.key);
  if (shown.hop.knownHostsFiles.includes(look.ownFile)) masters.keptHere.add(endpoint.node);
  world.reviews.set(`${endpoint.node} ${shownFingerprint}`, shown);
  const { node } = endpoint;
  const address = by.port === 22 ? by.address : `${by.address}:${by.port}`;
  return {
    ...why,
    because: `${by === endpoint ? '' : 'jump host '}${placeOf(by)} ${unknown(shown.key, shownFingerprint)}`,
    review: { node, address, keyType: shown.key.keyType, fingerprint: shownFingerprint },
  };
}

/** Keys accepted for nodes whose configuration keeps none. */
const ownFileIn = (folder: string): string => join(folder, 'known_hosts');

/** A login shell over the same master, on a terminal of its own, from which ssh learns every size of the window. */
export function shellOverOpenSsh(masters: Masters, endpoint: Endpoint, size: TerminalSize, events: ShellEvents): Shell {
  const { ending } = masters;
  const options = ['-tt', '-q', '-oEscapeChar=none', ...optionsFor(masters, endpoint), '--', endpoint.sshName];
  if (canMakeTerminals())
    return shellOnTerminal({ argv: ['ssh', ...options], size, env: sshEnvironment(), echo: false, ending }, events);
  // ssh cannot learn a window's size from a pipe: without a terminal here it is set once, by stty on the node.
  const command = `stty cols ${size.columns} rows ${size.rows}; exec $SHELL -l`;
  return shellThroughChild(startSsh([...options, command]), true, ending, events);
}

/**
 * In a session of its own, without a terminal: BatchMode does not reach the ssh that ssh starts for a jump host or a ProxyCommand, and
 * that one would write its questions across the screen and take the operator's keys for answers.
 */
function startSsh(options: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn('ssh', options, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: sshEnvironment() });
}

const sshEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, SSH_ASKPASS_REQUIRE: 'never' });

/** Options given here beat the user's configuration, so only what muster depends on is given. */
function optionsFor(masters: Masters, endpoint: Endpoint): readonly string[] {
  const fixed = [
    'BatchMode=yes',
    'ControlMaster=auto',
    `ControlPath=${join(folderOf(masters), '%C')}`,
    'ControlPersist=no',
    `ConnectTimeout=${Math.max(1, Math.ceil(endpoint.connectTimeoutMs / 1000))}`,
    `ServerAliveInterval=${Math.max(1, Math.round(endpoint.keepaliveMs / 1000))}`,
    `ServerAliveCountMax=${endpoint.keepaliveCount}`,
    `StrictHostKeyChecking=${endpoint.hostKeyPolicy === 'accept-new' ? 'accept-new' : 'yes'}`,
    'ClearAllForwardings=yes',
    'ForwardAgent=no',
    'PermitLocalCommand=no',
    'RemoteCommand=none',
  ];
  if (masters.keptHere.has(endpoint.node)) fixed.push(`UserKnownHostsFile="${ownFileIn(folderOf(masters))}"`);
  return [...fixed.map((option) => `-o${option}`), ...(endpoint.sshArguments ?? derived(endpoint))];
}

function derived({ port, user, sshName, address }: Endpoint): readonly string[] {
  return [
    `-p${port}`,
    ...(user === '' ? [] : [`-l${user}`]),
    ...(sshName === address ? [] : [`-oHostName=${address}`]),
  ];
}

function folderOf(masters: Masters): string {
  masters.folder ??= makeFolder();
  return masters.folder;
}

function makeFolder(): string {
  const roots = [process.env['XDG_RUNTIME_DIR'], tmpdir(), '/tmp'];
  const root =
    roots.find((path) => path !== undefined && path.length + 15 <= LONGEST_FOLDER && isFolder(path)) ?? '/tmp';
  const folder = mkdtempSync(join(root, 'muster-'));
  chmodSync(folder, 0o700);
  return folder;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
