import { type Command, cmd } from '../model/command.ts';

/** Times umount(8) is tried, and seconds each try has: the kernel ends waiting requests first, and whoever made them lets go a moment later. */
const TRIES = 3;
const TRY_SEC = 15;
/** Seconds for the goodbye to a server once the mount is out of the table. */
const GOODBYE_SEC = 3;

/**
 * The end of umount(8) says nothing here. The first try aborts what waits for the server and is told "busy" as long as those who waited have not let
 * go; another one takes the mount. The last mount of an NFSv4.1 server leaves the table at once, and then umount stays in the kernel in a goodbye that
 * a silent server never answers (`nfs4_proc_destroy_session`). So the table is asked, and what still waits after that is ended. `-c` because finding
 * the real path may ask the server, `-i` because the helper of NFS 2 and 3 does. `$1` target, `$2` flag, `$3` the target as the table writes it.
 */
export const detachScript = (table = '/proc/self/mountinfo', trySec = TRY_SEC): string => `
count() { n=0; while read -r x x x x at x; do [ "$at" != "$1" ] || n=$((n + 1)); done <'${table}'; }
now() { read -r t x </proc/uptime; t=\${t%%.*}; }
nap() { sleep 0.1 2>/dev/null || sleep 1; }
runs() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  case \${stat##*) } in [ZX]*) return 1 ;; esac
}
direct=
case $(umount --version 2>/dev/null) in *util-linux*) direct='-c -i' ;; esac
count "$3"
was=$n
try=0
while [ "$try" -lt ${TRIES} ]; do
  try=$((try + 1))
  umount $2 $direct "$1" &
  asked=$!
  now
  until=$((t + ${trySec}))
  while runs $asked && [ "$t" -lt "$until" ] && count "$3" && [ "$n" -ge "$was" ]; do nap; now; done
  count "$3"
  if [ "$n" -lt "$was" ]; then
    until=$((t + ${GOODBYE_SEC}))
    while runs $asked && [ "$t" -lt "$until" ]; do nap; now; done
    if runs $asked; then echo "$1 is out of the mount table; the server was silent at the goodbye"; kill -KILL $asked; fi
    exit 0
  fi
  if runs $asked; then echo "try $try: no end within ${trySec} s" >&2; kill -KILL $asked; fi
  [ "$try" = ${TRIES} ] || sleep 1
done
echo "still mounted after ${TRIES} tries; end those who use it (users: end), or detach it lazily (firmness: lazy)" >&2
exit 1`;

/** Takes the topmost mount at a target away without waiting for its server: by force, or lazily. */
export const detach = (target: string, flag: '-f' | '-l'): Command =>
  cmd('sh', '-c', detachScript(), 'muster-unmount', target, flag, asInTable(target));

/** proc_pid_mountinfo(5): blanks, tabs, newlines and backslashes as octal numbers. */
const asInTable = (path: string): string =>
  path.replaceAll(/[ \t\n\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
