/** Defines `as_login_user`, which runs its arguments as whoever logged in, where sudo made us root: clones and keys are theirs. */
export const AS_LOGIN_USER = `as_login_user() {
if [ -n "\${SUDO_UID-}" ] && [ "$SUDO_UID" != 0 ] && [ "$(id -u)" = 0 ]; then sudo -n -H -u "#$SUDO_UID" -- "$@"; else "$@"; fi
}`;

/**
 * Within a folder of a clone and with `branch` (`-`: what the clone's own branch follows) and a function `none` that says why not and ends:
 * sets `root`, `remote`, `base` (what the own branch follows), `own` and `branch`, and defines `at_tip`, which sets `tip` and `is_new`. git is told to
 * ask for nothing: a prompt that nobody sees would wait for ever. No single quotes, so that it may stand within some.
 */
export const IN_CLONE = `GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0
export GIT_TERMINAL_PROMPT GIT_OPTIONAL_LOCKS
command -v git >/dev/null 2>&1 || none "git is not installed here"
root=$(git rev-parse --show-toplevel 2>&1) || none "$root"
[ -n "$(git config core.sshCommand)" ] || { GIT_SSH_COMMAND=\${GIT_SSH_COMMAND:-ssh -o BatchMode=yes}; export GIT_SSH_COMMAND; }
own=$(git symbolic-ref -q --short HEAD) || none "$root is on no branch (detached HEAD)"
remote=$(git config "branch.$own.remote") || remote=origin
base=$(git config "branch.$own.merge") || base=refs/heads/$own
base=\${base#refs/heads/}
[ "$branch" != - ] || branch=$base
git check-ref-format "refs/heads/$branch" || none "$branch cannot name a branch"
at_tip() {
is_new=no
tip=$(git rev-parse -q --verify "refs/remotes/$remote/$branch^{commit}") && return
is_new=yes
tip=$(git rev-parse -q --verify "refs/remotes/$remote/$base^{commit}")
}`;
