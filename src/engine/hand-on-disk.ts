/** Where the kernel says what is mounted. proc_pid_mountinfo(5) */
const MOUNTS = '/proc/self/mountinfo';

/** Filesystems of a machine's own disks: fsync(2) of one never waits for another machine. Overlays are what containers and live systems run on. */
const LOCAL = 'ext[234]|xfs|btrfs|zfs|bcachefs|f2fs|jfs|nilfs2|reiserfs|vfat|exfat|overlay';

/**
 * `m_on_disk PATH…` brings to the disk what a command has made, moved or removed: each path that is a directory, and every folder above it, because
 * a name is there after a power cut only when its folder is. `FOLDER/*` is all files in it, with a slash behind it all directories.
 *
 * Never sync(1) without a path: it waits for every filesystem, and a hung mount holds it for ever. So the mount table is asked which paths lie on a
 * disk of the node before anything of them is touched. `/.` behind a directory opens nothing else, whatever was put in its place meanwhile.
 *
 * Which sync(1) it is, its help tells: uutils up to 0.8 (Ubuntu 26.04) takes paths and syncs everything for all that, but knows `-f`; GNU before 8.24 and
 * a busybox without FEATURE_SYNC_FANCY know no paths. There a new file in the directory is synced by dd(1): ext4 and xfs write their
 * log in order, so that whatever was done before is on the disk as well.
 */
export const onDisk = (mounts = MOUNTS): string => `m_beside() {
for m_p in "$@"; do
if [ ! -w "$m_p" ]; then continue
elif [ -d "$m_p" ]; then
m_w=$m_p/.muster-sync.$$
rm -f -- "$m_w"
( set -C; dd if=/dev/null conv=fsync >"$m_w" )
m_x=$?
rm -f -- "$m_w"
[ $m_x = 0 ] || return
else dd if=/dev/null of="$m_p" conv=notrunc,fsync || return
fi
done
}
m_on_disk() {
m_n=$#
while [ $m_n -gt 0 ]; do
m_n=$((m_n - 1))
m_p=$1
shift
set -- "$@" "$m_p"
m_p=\${m_p%/}
while [ -n "$m_p" ]; do m_p=\${m_p%/*}; set -- "$@" "\${m_p:-/}"; done
done
m_x=$(awk 'BEGIN {
while ((getline line < "${mounts}") > 0) {
split(line, word, " "); at = word[5]
gsub(/\\\\040/, " ", at); gsub(/\\\\011/, "\\t", at); gsub(/\\\\012/, "\\n", at); gsub(/\\\\134/, "\\\\", at)
sub(/^.* - /, "", line); sub(/ .*/, "", line); type[at] = line
}
for (i = 1; i < ARGC; i++) {
for (at = ARGV[i]; !(at in type) && at != "/"; ) if (!sub(/\\/[^\\/]*$/, "", at) || at == "") at = "/"
printf "%d", type[at] ~ /^(${LOCAL})$/ && !seen[ARGV[i]]++
}
}' "$@") || { echo 'it ran, but awk cannot tell which disk what it changed is on'; return 1; }
m_n=$#
while [ $m_n -gt 0 ]; do
m_n=$((m_n - 1))
m_p=$1
shift
m_f=$m_x
m_x=\${m_x#?}
case $m_f in 0*) continue;; esac
case $m_p in
*'/*/') for m_w in "\${m_p%??}"*; do [ ! -d "$m_w" ] || [ -L "$m_w" ] || set -- "$@" "$m_w/."; done;;
*'/*') for m_w in "\${m_p%?}"*; do [ ! -f "$m_w" ] || [ -L "$m_w" ] || set -- "$@" "$m_w"; done;;
*)
[ ! -L "$m_p" ] || { m_w=$(readlink -f -- "$m_p") && set -- "$@" "\${m_w%/*}/."; }
[ ! -d "$m_p" ] || set -- "$@" "$m_p/."
esac
done
[ $# -gt 0 ] || return 0
case $(sync --help 2>&1) in
*'[FILE]'*) m_w=$(sync -- "$@" 2>&1);;
*file-system*) m_w=$(sync -f -- "$@" 2>&1);;
*) m_w=$(m_beside "$@" 2>&1);;
esac && return
printf 'it ran, but what it changed is not surely on the disk: %s\\n' "$(printf '%s\\n' "$m_w" | sed 1q)"
return 1
}`;
