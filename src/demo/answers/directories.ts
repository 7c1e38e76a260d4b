import { askedAt } from '../../model/directories.ts';
import { fileAt, idOf } from '../files.ts';
import { type Answerer, NOTHING, text } from './reply.ts';

/** Owner and mode of the directories of a volume. */
export const directories = {
  isInline: false,
  isStill: false,
  answer: ({ node, target }) => {
    const asked = askedAt(target);
    if (asked.target === '') return NOTHING;
    const mount = node.mounts.findLast((each) => each.target === asked.target);
    if (mount === undefined || mount.fsType === 'autofs') return text(['not mounted']);
    if (mount.hungBy.length > 0) return { kind: 'blocked', isKillable: false };
    return text(
      asked.lines.map(({ kind, name }) => {
        if (kind !== 'directory') return `${kind.charAt(0)} ${idOf(name) ?? ''}`;
        const file = fileAt(node, name);
        if (file === undefined) return `d error stat: cannot statx '${name}': No such file or directory`;
        if (file.kind === 'link') return 'd link';
        const [uid, gid] = [idOf(file.owner), idOf(file.group)];
        return `d ${uid} ${gid} ${Number(file.mode)} ${file.kind === 'file' ? 'regular file' : 'directory'}`;
      }),
    );
  },
} satisfies Answerer;
