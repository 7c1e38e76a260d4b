import { Buffer } from 'node:buffer';
import { cmd } from '../model/command.ts';
import type { Condition } from '../model/condition.ts';
import { IN_CLONE } from '../model/git-shell.ts';
import type { AbsolutePath } from '../model/ids.ts';
import type { Step } from '../model/plan.ts';
import { sha256 } from './managed.ts';

/** How long a push may take, with the repository's own checks before it. */
const PUSH_MS = 600_000;

/**
 * Commits files on top of the remote branch and pushes that, without touching the clone's working tree or branches: the commit is built
 * from objects (git-hash-object(1), git-commit-tree(1)), so whatever is refused on the way leaves the clone as it was. `$1` its folder, `$2` the branch, `$3`
 * the message, `$4` a line of shell that tries the tree first, or nothing. Its input has a line a file: checksum before, path and text in base64.
 */
const PUSH = `set -u
LC_ALL=C
export LC_ALL
none() { printf "%s\\n" "$1" >&2; exit 1; }
branch=$2 message=$3 try=$4 index= work=
cd "$1" || exit 1
${IN_CLONE}
cd "$root" || exit 1
words=$(git fetch -q "$remote" 2>&1) || none "git fetch $remote: $words"
at_tip || none "$remote has neither $branch nor $base"
index=$(mktemp) || exit 1
trap '[ -z "$work" ] || git worktree remove --force "$work"; rm -rf "$index" "$work"' EXIT
GIT_INDEX_FILE=$index git read-tree "$tip" || exit 1
is_same=yes
while read -r before path text; do
  path=$(printf %s "$path" | base64 -d)
  blob=$(printf %s "$text" | base64 -d | git hash-object -w --stdin) || exit 1
  [ "$(git rev-parse -q --verify "$tip:$path")" != "$blob" ] || continue
  now=$(git cat-file blob "$tip:$path" | sha256sum | cut -d ' ' -f 1)
  [ "$now" = "$before" ] || none "$path changed in $remote/$branch since the plan was made; plan again"
  mode=$(git ls-tree "$tip" -- "$path" | cut -d ' ' -f 1)
  GIT_INDEX_FILE=$index git update-index --cacheinfo "$mode,$blob,$path" || exit 1
  is_same=no
done
[ "$is_same" = no ] || { echo "$remote/$branch has it already"; exit 0; }
tree=$(GIT_INDEX_FILE=$index git write-tree) || exit 1
sign=
[ "$(git config --type=bool commit.gpgsign)" != true ] || sign=-S
commit=$(printf '%s\\n' "$message" | git commit-tree $sign -p "$tip" "$tree") || exit 1
if [ -n "$try" ]; then
  work=$(mktemp -d) && git worktree add -q --detach "$work" "$commit" || exit 1
  ( cd "$work" && sh -c "$try" ) </dev/null || none "the repository's own check refuses the change; nothing was pushed"
fi
git diff --stat "$tip" "$commit"
words=$(git push "$remote" "$commit:refs/heads/$branch" 2>&1)
code=$?
printf '%s\\n' "$words"
if [ $code != 0 ]; then
  case $words in
  *'fetch first'*|*non-fast-forward*|*'cannot lock ref'*) none "somebody else pushed to $branch meanwhile; nothing of it is changed: plan again";;
  *'hook declined'*|*protected*) none "$remote refuses a push to $branch: $(printf '%s\\n' "$words" | sed -n 's/^remote: *//p' | tr -s ' \\n' ' ' | cut -c 1-300 | sed "s, *$,,"); choose another branch";;
  *)
    # The last lines are advice that git gives whatever it was.
    said=$(printf '%s\\n' "$words" | sed -n 's/^ERROR: *//p;s/^remote: *//p' | grep -m 1 .) ||
      said=$(printf '%s\\n' "$words" | grep -m 1 '^fatal: ') || said=$(printf '%s\\n' "$words" | tail -n 1)
    none "the push to $remote/$branch failed: $(printf %s "$said" | cut -c 1-300 | sed "s,\\.$,,"); mend that, then plan again";;
  esac
fi
git fetch -q "$remote"
[ "$branch" = "$base" ] || exit 0
git merge-base --is-ancestor HEAD "$commit" && [ -z "$(git status --porcelain -uno)" ] && git merge -q --ff-only "$commit" ||
  echo "$remote/$branch has it; the clone has work of its own and stays where it was: git pull --rebase there"`;

/** One file before and after. */
export interface PushedFile {
  /** Within the clone's working tree. */
  readonly file: AbsolutePath;
  /** Relative to the clone's root. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Where and how files are pushed. */
export interface PushWish {
  readonly files: readonly [PushedFile, ...PushedFile[]];
  readonly root: AbsolutePath;
  readonly remote: string;
  /** The remote's branch; `isDefault`: the one the clone's own branch follows. */
  readonly branch: string;
  readonly isDefault: boolean;
  readonly message: string;
  /** A line of shell, run in a tree of the new commit; nothing where none is wanted. */
  readonly check: string;
}

/** Commits and pushes files; its undo is a commit that takes the change back. */
export function pushStep(wish: PushWish): Step {
  const [first] = wish.files;
  const back = wish.files.map((one) => ({ ...one, before: one.after, after: one.before }));
  const undo: Step = {
    ...pushing({ ...wish, files: [back[0] ?? first, ...back.slice(1)], message: `Revert "${wish.message}"` }),
    undo: { never: 'undoing an undo is a plan of its own' },
  };
  return { ...pushing(wish), undo: [undo] };
}

function pushing(
  wish: PushWish,
): Omit<Step, 'undo' | 'risk' | 'guard'> & { readonly risk: 'changes'; readonly guard: readonly Condition[] } {
  const { files, root, remote, branch, isDefault, message, check } = wish;
  const ref = isDefault ? '-' : branch;
  const [first, ...others] = files;
  const held = ({ file }: PushedFile, text: string): Condition => ({
    kind: 'git-file',
    ref,
    path: file,
    sha256: sha256(text),
  });
  const lines = files.map(({ path, before, after }) => `${sha256(before)} ${encoded(path)} ${encoded(after)}\n`);
  return {
    title: `commit "${message}" and push it to ${remote}/${branch}`,
    run: { ...cmd('sh', '-c', PUSH, 'muster-push', root, branch, message, check), stdin: lines.join('') },
    as: 'login-user',
    risk: 'changes',
    guard: files.map((one) => held(one, one.before)),
    done: [held(first, first.after), ...others.map((one) => held(one, one.after))],
    timeoutMs: PUSH_MS,
    preview: files.map(({ path, before, after }) => ({ kind: 'file', path, before, after })),
    warnings: check === '' ? [] : [`tried first in a tree of its own with: ${check}`],
  };
}

const encoded = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
