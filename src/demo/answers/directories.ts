import { askedAt } from '../../model/directories.ts';
import { type Answerer, NOTHING, text } from './reply.ts';

/** Directories that everybody may write into, as the demo inventory wishes them; the others belong to root. */
const OPEN = new Set(['/export/data', '/export/scratch']);

/** Owner and mode of the directories of a volume. Every name the demo knows is root's. */
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
        if (kind !== 'directory') return `${kind.charAt(0)} ${name === 'root' ? '0' : ''}`;
        return `d 0 0 ${OPEN.has(name) ? '1777' : '755'} directory`;
      }),
    );
  },
} satisfies Answerer;
