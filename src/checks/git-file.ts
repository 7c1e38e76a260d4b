import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Check, GitFile } from '../model/check.ts';
import { ParseError } from '../model/errors.ts';
import { AS_LOGIN_USER, IN_CLONE } from '../model/git-shell.ts';
import { absolutePath } from '../model/ids.ts';
import { neutralise } from '../model/neutralise.ts';
import { nonEmptyLines, section, sections } from '../probes/text.ts';

const NAME = 'gitFile';

/** Larger files are no configuration people write by hand. */
const TEXT_BYTES = 262_144;

/**
 * A file of a clone as the remote branch has it, after git-fetch(1): target `BRANCH PATH`, `-` for the branch that the clone's own follows.
 * Answers `== clone`, then a line each for remote, branch, tip, root, path and whether the branch is new, and `== text` in base64; or
 * `== none` and why. It asks as the login user, whose clone and keys they are, and never for a password.
 */
export const gitFile = {
  name: NAME,
  deadlineMs: 45_000,
  sh: `
${AS_LOGIN_USER}
as_login_user sh -c '
export LC_ALL=C
none() { printf "== none\\n%.500s\\n" "$1"; exit 0; }
branch=\${1%% *} file=\${1#* }
case $file in "~/"*) file=$HOME/\${file#"~/"};; esac
folder=\${file%/*}
cd "\${folder:-/}" 2>/dev/null || none "there is no folder \${folder:-/}"
${IN_CLONE}
words=$(git fetch -q "$remote" 2>&1) || none "git fetch $remote: $words"
at_tip || none "$remote has neither $branch nor $base"
path=$(git rev-parse --show-prefix)\${file##*/}
printf "== clone\\n%s\\n%s\\n%s\\n%s\\n%s\\n%s\\n" "$remote" "$branch" "$tip" "$root" "$path" "$is_new"
size=$(git cat-file -s "$tip:$path" 2>/dev/null) || exit 0
[ "$size" -le ${TEXT_BYTES} ] || { printf "== large\\n"; exit 0; }
printf "== text\\n"
git cat-file blob "$tip:$path" | base64
' muster "$1" </dev/null`,
  parse: ({ stdout, exitCode }): GitFile => {
    const parts = sections(stdout);
    const none = section(parts, 'none');
    if (none !== undefined) return { kind: 'none', because: neutralise(none.text.trim().replace(/\s+/g, ' ')) };
    const clone = section(parts, 'clone');
    if (clone === undefined) throw new ParseError(NAME, 1, stdout, `git could not be asked: exit code ${exitCode}`);
    const [remote = '', branch = '', tip = '', root = '', path = '', isNew = ''] = clone.text.split('\n');
    if (remote === '' || branch === '' || path === '' || !root.startsWith('/') || !/^[0-9a-f]{40,64}$/.test(tip)) {
      throw new ParseError(NAME, clone.line, clone.text);
    }
    const text = textOf(section(parts, 'text')?.text);
    const isLarge = section(parts, 'large') !== undefined;
    return {
      kind: 'clone',
      remote: neutralise(remote),
      branch: neutralise(branch),
      tip,
      root: absolutePath(root),
      path,
      isNewBranch: isNew === 'yes',
      isLarge,
      ...(text === undefined ? {} : { text, sha256: createHash('sha256').update(text).digest('hex') }),
    };
  },
} satisfies Check<'gitFile'>;

/** Undefined where there is no such file, or none that is text. */
function textOf(encoded: string | undefined): string | undefined {
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(nonEmptyLines(encoded).join(''), 'base64');
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) && !text.includes('\0') ? text : undefined;
}
