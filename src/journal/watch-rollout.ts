import type { Rollout, RolloutRecord } from '../model/rollout.ts';
import { foldRecord } from '../model/rollout-fold.ts';
import { followFile } from './follow-file.ts';
import { readLines } from './record.ts';

const NEWLINE = 0x0a;

/** What a reader knows of a rollout: its state, and lines of its journal that are none. */
export interface WatchedRollout {
  readonly rollout: Rollout;
  readonly broken: readonly number[];
  /** The records that are new since the last time. */
  readonly records: readonly RolloutRecord[];
}

/** Follows a journal as a file, so that any number of consoles can, and a finished rollout looks the same. Tells the state after each batch. */
export function watchRollout(journal: string, onChange: (watched: WatchedRollout) => void): () => void {
  let rest = Buffer.alloc(0);
  let line = 1;
  let rollout: Rollout | undefined;
  let broken: readonly number[] = [];
  return followFile(journal, 0, (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const end = rest.lastIndexOf(NEWLINE) + 1;
    if (end === 0) return;
    const text = readLines(rest.toString('utf8', 0, end), line);
    rest = rest.subarray(end);
    line += text.records.length + text.broken.length;
    broken = text.broken.length === 0 ? broken : [...broken, ...text.broken];
    rollout = text.records.reduce<Rollout | undefined>(foldRecord, rollout);
    if (rollout !== undefined) onChange({ rollout, broken, records: text.records });
  });
}
