import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Hand } from '../engine/hand.ts';
import type { LocalFile, ReadLocalFile } from '../model/local-file.ts';
import { formatBytes } from '../model/units.ts';

/** What a step's input takes as base64, with room to spare: it goes to every node through its own link. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Longer texts are copied like any file, without a difference that nobody reads. */
const SHOWN_BYTES = 64 * 1024;

/** Reads a file that is to be copied; a sentence where it cannot be. */
export function readLocalFile(path: string): ReadLocalFile {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return { kind: 'refused', because: `${path} is no file` };
    if (stat.size > MOST_BYTES) {
      const because = `${path} has ${formatBytes(stat.size)}; files of at most ${formatBytes(MOST_BYTES)} are copied`;
      return { kind: 'refused', because };
    }
    const bytes = readFileSync(path);
    const file = { path, sha256: sumOf(bytes), sizeBytes: bytes.length };
    const text = bytes.length > SHOWN_BYTES ? undefined : textOf(bytes);
    return { kind: 'file', file, ...(text === undefined ? {} : { text }) };
  } catch (error) {
    return { kind: 'refused', because: error instanceof Error ? error.message : String(error) };
  }
}

/** A hand that reads the local file of a step when the step starts. One that is another by then is not copied. */
export const readingFiles = (hand: Hand): Hand => ({
  ...hand,
  start: async (run) => {
    const { localFile, ...command } = run.command;
    if (localFile === undefined) return hand.start(run);
    const bytes = bytesOf(localFile);
    if (typeof bytes === 'string') return { kind: 'refused', because: bytes };
    return hand.start({ ...run, command: { ...command, stdin: bytes.toString('base64') } });
  },
});

function bytesOf({ path, sha256 }: LocalFile): Buffer | string {
  try {
    const bytes = readFileSync(path);
    return sumOf(bytes) === sha256 ? bytes : `${path} on this machine changed since the plan was made; plan again`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const sumOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) && !text.includes('\0') ? text : undefined;
}
