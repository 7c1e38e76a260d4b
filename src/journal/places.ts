import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeName } from '../model/ids.ts';
import type { RolloutId } from '../model/rollout.ts';

/** The folder of one rollout and what lies in it. Only its owner may look: it names nodes, commands and what they said. */
export interface RolloutPlaces {
  readonly folder: string;
  readonly request: string;
  readonly journal: string;
  /** Which process drives it now, and the socket that process listens on. */
  readonly runner: string;
  /** What a runner that failed had to say. */
  readonly words: string;
  /** There while something of it may lie in a node's spool. */
  readonly unswept: string;
  readonly logs: string;
  readonly log: (node: NodeName) => string;
}

/** Where rollouts are kept under muster's state folder. */
export const rolloutsFolder = (state: string): string => join(state, 'rollouts');

/** The places of one rollout; nothing is made. */
export function placesOf(state: string, id: RolloutId): RolloutPlaces {
  const folder = join(rolloutsFolder(state), id);
  return {
    folder,
    request: join(folder, 'request.json'),
    journal: join(folder, 'journal.jsonl'),
    runner: join(folder, 'runner.json'),
    words: join(folder, 'runner.log'),
    unswept: join(folder, 'unswept'),
    logs: join(folder, 'logs'),
    log: (node) => join(folder, 'logs', `${node}.log`),
  };
}

/** Makes a rollout's folder for its owner alone. Throws where it is there already: an id is used once. */
export function makePlaces({ folder, logs }: RolloutPlaces): void {
  mkdirSync(join(folder, '..'), { recursive: true, mode: 0o700 });
  mkdirSync(folder, { mode: 0o700 });
  mkdirSync(logs, { mode: 0o700 });
}

/** sockaddr_un(7): a path of more is cut off in silence. One byte is the NUL's. */
const SOCKET_PATH_BYTES = 107;

/**
 * A path for a rollout's socket in a folder that only this user can enter: below `$XDG_RUNTIME_DIR` where that is short enough, else in the
 * folder for temporary files. Throws where somebody else owns the folder.
 */
export function socketPath(id: RolloutId, env: Readonly<Record<string, string | undefined>>): string {
  const uid = process.getuid?.() ?? 0;
  const runtime = env['XDG_RUNTIME_DIR'];
  const folders = [
    ...(runtime?.startsWith('/') === true ? [join(runtime, 'muster')] : []),
    join(tmpdir(), `muster-${uid}`),
  ];
  let because = '';
  for (const folder of folders) {
    const path = join(folder, `${id}.sock`);
    because = whyNotPrivate(folder, uid) ?? (Buffer.byteLength(path) > SOCKET_PATH_BYTES ? `${path} is too long` : '');
    if (because === '') return path;
  }
  throw new Error(
    `there is no private place for the runner's socket: ${because}; set XDG_RUNTIME_DIR to a folder of yours`,
  );
}

function whyNotPrivate(folder: string, uid: number): string | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    if (!found.isDirectory() || found.uid !== uid) return `${folder} is not this user's`;
    if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
