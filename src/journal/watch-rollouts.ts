import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { type Rollout, type RolloutId, rolloutId } from '../model/rollout.ts';
import { FOLDER_MS, ROLLOUTS_SHOWN } from './limits.ts';
import { placesOf, rolloutsFolder } from './places.ts';
import { watchRollout } from './watch-rollout.ts';

/**
 * Follows all rollouts of a state folder, the newest `ROLLOUTS_SHOWN`: those of other consoles and of commands, too. Journals of rollouts that
 * ended are read once; the others are followed. `onChange` gets a new map only when something in it changed.
 */
export function watchRollouts(
  state: string,
  onChange: (rollouts: ReadonlyMap<RolloutId, Rollout>) => void,
): () => void {
  const folder = rolloutsFolder(state);
  const ends = new Map<RolloutId, () => void>();
  let rollouts: ReadonlyMap<RolloutId, Rollout> = new Map();
  let watcher: FSWatcher | undefined;
  const tell = (next: ReadonlyMap<RolloutId, Rollout>): void => {
    rollouts = next;
    onChange(next);
  };
  const follow = (id: RolloutId): void => {
    let hasEnded = false;
    const end = watchRollout(placesOf(state, id).journal, ({ rollout }) => {
      tell(new Map([...rollouts, [id, rollout]]));
      if (rollout.phase !== 'ended') return;
      hasEnded = true;
      ends.get(id)?.();
    });
    // A journal that had ended already was read before there was anything to end.
    if (hasEnded) end();
    ends.set(id, end);
  };
  const look = (): void => {
    const ids = idsIn(folder);
    if (ids === undefined) return;
    for (const id of ids) if (!ends.has(id)) follow(id);
    const gone = [...ends.keys()].filter((id) => !ids.includes(id));
    for (const id of gone) {
      ends.get(id)?.();
      ends.delete(id);
    }
    if (gone.some((id) => rollouts.has(id))) tell(new Map([...rollouts].filter(([id]) => !gone.includes(id))));
    watcher ??= watched(folder, look);
  };
  const timer = setInterval(look, FOLDER_MS);
  look();
  return () => {
    clearInterval(timer);
    watcher?.close();
    for (const end of ends.values()) end();
    ends.clear();
  };
}

/** The newest rollouts, oldest first; ids begin with their time. Undefined while there is no folder. */
function idsIn(folder: string): readonly RolloutId[] | undefined {
  try {
    return readdirSync(folder)
      .flatMap((name) => idOf(name) ?? [])
      .sort()
      .slice(-ROLLOUTS_SHOWN);
  } catch {
    return undefined;
  }
}

function idOf(name: string): RolloutId | undefined {
  try {
    return rolloutId(name);
  } catch {
    return undefined;
  }
}

function watched(folder: string, look: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, look);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
