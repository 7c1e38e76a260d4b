import { type FileHandle, open } from 'node:fs/promises';
import type { RolloutEvent, RolloutRecord } from '../model/rollout.ts';
import { readLines } from './record.ts';

/** A journal that is open for its one writer. */
export interface JournalFile {
  /** What stood in it when it was opened. */
  readonly records: readonly RolloutRecord[];
  /** Lines that are no records, by number; a rollout with such is not driven on. */
  readonly broken: readonly number[];
  /** Gives the event its number and time at once; `synced` resolves when it is on the disk and rejects when it cannot be written. */
  readonly append: (event: RolloutEvent) => { readonly record: RolloutRecord; readonly synced: Promise<void> };
  readonly close: () => Promise<void>;
}

/** Opens a journal, makes it where there is none, and cuts off a last line that a crash left without its end. */
export async function openJournal(path: string, nowMs: () => number): Promise<JournalFile> {
  const file = await open(path, 'a+', 0o600);
  const bytes = await file.readFile();
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) await file.truncate(end);
  const { records, broken } = readLines(bytes.toString('utf8', 0, end));
  let seq = records.reduce((highest, record) => Math.max(highest, record.seq), 0);
  const writer = groupWriter(file);
  return {
    records,
    broken,
    append: (event) => {
      seq += 1;
      const record: RolloutRecord = { seq, atMs: nowMs(), ...event };
      return { record, synced: writer.write(`${JSON.stringify(record)}\n`) };
    },
    close: async () => {
      await writer.idle().catch(() => undefined);
      await file.close();
    },
  };
}

/** Lines that come while the disk is busy are written and synced together: 200 nodes that start at once cost two syncs and not 200. */
export function groupWriter(file: Pick<FileHandle, 'appendFile' | 'datasync'>) {
  let waiting = '';
  let next: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();
  const flush = async () => {
    const text = waiting;
    waiting = '';
    next = undefined;
    await file.appendFile(text);
    await file.datasync();
  };
  return {
    write: (line: string): Promise<void> => {
      waiting += line;
      // After a failed write nothing more is written: a journal with a hole would lie.
      if (next === undefined) {
        next = last.then(flush);
        // Not everyone waits for the disk; whoever writes next is told.
        next.catch(() => undefined);
        last = next;
      }
      return next;
    },
    idle: (): Promise<void> => last,
  };
}
