const find = (
  told: (pid: string) => string,
): string => `\${sudo-} sh -c 'LC_ALL=C ls -l /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/exe /proc/[0-9]*/fd' 2>/dev/null |
MUSTER_AT=\${1%/} awk '
function entry(at) { at = substr(at, length(ENVIRON["MUSTER_AT"]) + 2); sub(/\\/.*/, "", at); sub(/ \\(deleted\\)$/, "", at); return at }
/^\\/proc\\/[0-9]+\\/fd:$/ { split($0, part, "/"); holder = part[3]; next }
{
  arrow = index($0, " -> "); if (!arrow) next
  path = substr($0, arrow + 4)
  if (path != ENVIRON["MUSTER_AT"] && index(path, ENVIRON["MUSTER_AT"] "/") != 1) next
  link = substr($0, 1, arrow - 1); at = index(link, "/proc/")
  if (at) { split(substr(link, at), part, "/"); print ${told('part[3]')} } else print ${told('holder')}
}'`;

/**
 * Prints the process ids, with repetitions, that have something open at or below `$1`; runs as root. Read from /proc alone: fuser(1) and lsof(8) ask
 * the filesystem itself, which a hung one never answers.
 */
export const FIND_USERS = find((pid) => pid);

/** The same, and after each process id the entry of `$1` it is; nothing for the directory itself. */
export const FIND_HOLDERS = find((pid) => `${pid} " " entry(path)`);

/** Sets `command` to what process `$pid` is; not even the command line of one in uninterruptible sleep is read. Goes on with the next in a loop where it is gone. */
export const READ_COMMAND = `state= command=
  { read -r state <"/proc/$pid/stat"; } 2>/dev/null || continue
  state=\${state##*) }
  case $state in D*) command='(in uninterruptible sleep)' ;; *) command=$(tr '\\000\\n' '  ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c 1-300) ;; esac
  [ -n "$command" ] || { read -r command <"/proc/$pid/comm"; } 2>/dev/null`;
