/**
 * Prints the process ids, with repetitions, that have something open at or below `$1`; runs as root. Read from /proc alone: fuser(1) and lsof(8) ask
 * the filesystem itself, which a hung one never answers.
 */
export const FIND_USERS = `\${sudo-} sh -c 'LC_ALL=C ls -l /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/exe /proc/[0-9]*/fd' 2>/dev/null |
MUSTER_AT=\${1%/} awk '
/^\\/proc\\/[0-9]+\\/fd:$/ { split($0, part, "/"); holder = part[3]; next }
{
  arrow = index($0, " -> "); if (!arrow) next
  path = substr($0, arrow + 4)
  if (path != ENVIRON["MUSTER_AT"] && index(path, ENVIRON["MUSTER_AT"] "/") != 1) next
  link = substr($0, 1, arrow - 1); at = index(link, "/proc/")
  if (at) { split(substr(link, at), part, "/"); print part[3] } else print holder
}'`;
