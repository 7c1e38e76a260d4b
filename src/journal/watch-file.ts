import { type FSWatcher, watch } from 'node:fs';
import { FOLLOW_MS } from './limits.ts';

/**
 * Calls `look` at once, whenever the file may have changed, and every now and then, until the returned function is called. A file that is
 * not there yet is waited for. Notifications make it quick, looking again makes it sure.
 */
export function watchFile(path: string, look: () => void): () => void {
  let watcher: FSWatcher | undefined;
  let isOver = false;
  const again = () => {
    // Before the look, so that nothing written between the two is missed.
    watcher ??= watched(path, () => isOver || look());
    if (!isOver) look();
  };
  const timer = setInterval(again, FOLLOW_MS);
  again();
  return () => {
    isOver = true;
    clearInterval(timer);
    watcher?.close();
  };
}

function watched(path: string, look: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, look);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined; // It is not there yet.
  }
}
