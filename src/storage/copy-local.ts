import type { FileState } from '../model/check.ts';
import { cmd, lasting } from '../model/command.ts';
import { absolutePath } from '../model/ids.ts';
import type { LocalFile } from '../model/local-file.ts';
import type { Step } from '../model/plan.ts';
import { formatBytes } from '../model/units.ts';
import { CHANGE, NO_UNDO } from './local-steps.ts';
import { BACKUPS, WRITE, WRITE_MS } from './write-file.ts';

/** Puts back from the backup what `$4` is the checksum of, by the same way as any write. */
const RESTORE = `old=$1
[ ! -L "$old" ] || old=$(readlink -f -- "$old")
exec <"${BACKUPS}$old.$(echo "$4" | cut -c 1-12)"
${WRITE}`;

/** A local file and where it goes. */
export interface CopyWish {
  readonly path: string;
  readonly mode: string;
  readonly file: LocalFile;
  /** What is there: nothing, or a file whose checksum is known. */
  readonly seen: FileState;
  readonly validate: string | undefined;
}

/** Copies a local file byte for byte, without its content standing in the plan; undone from the backup on the node. */
export function copyStep({ path, mode, file, seen, validate }: CopyWish): Step {
  const at = absolutePath(path);
  const was = seen.kind === 'none' ? undefined : seen.sha256;
  const found = seen.kind === 'none' ? `no ${path}` : `${formatBytes(seen.sizeBytes)}, ${sumWords(was)}`;
  return {
    ...CHANGE,
    title: `copy ${file.path} to ${path}`,
    run: {
      ...lasting(
        cmd('sh', '-c', WRITE, 'muster-write', path, mode, was ?? 'none', file.sha256, validate ?? '', 'base64'),
        path,
      ),
      localFile: file,
    },
    guard: [
      was === undefined ? { kind: 'file-unchanged', path: at } : { kind: 'file-unchanged', path: at, sha256: was },
    ],
    done: [{ kind: 'file', path: at, sha256: file.sha256 }],
    timeoutMs: WRITE_MS,
    preview: [{ kind: 'state', now: found, after: `${formatBytes(file.sizeBytes)}, ${sumWords(file.sha256)}` }],
    undo: [was === undefined ? removed(path, file.sha256) : restored(path, mode, file.sha256, was)],
    warnings: validate === undefined ? [] : [`tried first with: ${validate}`],
  };
}

const sumWords = (sum = 'unknown'): string => `checksum ${sum.slice(0, 12)}`;

function removed(path: string, sha256: string): Step {
  const at = absolutePath(path);
  return {
    ...CHANGE,
    title: `remove the file ${path}`,
    run: lasting(cmd('rm', '-f', '--', path), path),
    guard: [{ kind: 'file-unchanged', path: at, sha256 }],
    done: [{ kind: 'no-file', path: at }],
    preview: [{ kind: 'state', now: `${path}, ${sumWords(sha256)}`, after: `no ${path}` }],
    undo: NO_UNDO,
  };
}

function restored(path: string, mode: string, now: string, was: string): Step {
  const at = absolutePath(path);
  return {
    ...CHANGE,
    title: `put ${path} back as it was`,
    run: lasting(cmd('sh', '-c', RESTORE, 'muster-restore', path, mode, now, was), path),
    guard: [{ kind: 'file-unchanged', path: at, sha256: now }],
    done: [{ kind: 'file', path: at, sha256: was }],
    timeoutMs: WRITE_MS,
    preview: [{ kind: 'state', now: sumWords(now), after: `${sumWords(was)}, from ${BACKUPS}` }],
    undo: NO_UNDO,
  };
}
