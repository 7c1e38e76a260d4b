import { type Answerer, text } from '../answers/reply.ts';
import { CLONE, tipOf } from '../clone.ts';
import { cleanPath, fileAt } from '../files.ts';

/** A file of the demo's clone, as git-fetch(1) and git-cat-file(1) tell it: `BRANCH PATH`. */
export const gitFile = {
  isInline: false,
  isStill: false,
  answer: ({ node, target }) => {
    const at = target.indexOf(' ');
    const [branch, path] = [target.slice(0, at), cleanPath(target.slice(at + 1))];
    const folder = path.slice(0, path.lastIndexOf('/')) || '/';
    if (fileAt(node, folder)?.kind !== 'directory') return text(['== none', `there is no folder ${folder}`]);
    if (!path.startsWith(`${CLONE}/`))
      return text(['== none', 'fatal: not a git repository (or any of the parent directories): .git']);
    const isNew = branch !== '-' && branch !== 'main';
    const inside = path.slice(CLONE.length + 1);
    const file = fileAt(node, path);
    return text([
      ...['== clone', 'origin', branch === '-' ? 'main' : branch, tipOf(node), CLONE, inside, isNew ? 'yes' : 'no'],
      ...(file?.kind === 'file' ? ['== text', Buffer.from(file.text).toString('base64')] : []),
    ]);
  },
} satisfies Answerer;
