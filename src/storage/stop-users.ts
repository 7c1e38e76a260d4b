import { cmd } from '../model/command.ts';
import { FIND_USERS } from '../model/find-users.ts';
import { absolutePath } from '../model/ids.ts';
import type { Preview, Step } from '../model/plan.ts';
import { CHANGE } from './local-steps.ts';

/** Seconds between asking processes to end and making them. */
export const GRACE_SEC = 15;

/** The end of a script: asks all processes that a line of shell finds to end, and ends by force what it still finds after a while. */
export const endFound = (find: string): string => `waited=0
while found=$(${find}) && [ -n "$found" ]; do
  [ "$waited" -le ${GRACE_SEC} ] || { echo "still there: $found" >&2; exit 1; }
  if [ "$waited" -eq 0 ]; then echo "asking to end: $found"; kill -TERM $found 2>/dev/null
  elif [ "$waited" -eq ${GRACE_SEC} ]; then echo "ending by force: $found"; kill -KILL $found 2>/dev/null
  fi
  sleep 1
  waited=$((waited + 1))
done
exit 0`;

/** Asks everything that has files open below `$1` to end, and ends by force what is still there after a while. */
const STOP = `find_users() { ${FIND_USERS}; }
sudo=
${endFound(`find_users "$1" | sort -un | tr '\\n' ' '`)}`;

/** Ends the processes that have files open at a mount point, named in the preview. */
export function stopUsersStep(target: string, users: readonly string[]): Step {
  return {
    ...CHANGE,
    title: `end what has files open below ${target}`,
    run: cmd('sh', '-c', STOP, 'muster-stop-users', target),
    risk: 'interrupts-users',
    done: [{ kind: 'no-users', target: absolutePath(target) }],
    preview: [{ kind: 'state', now: users.join('; '), after: `asked to end, after ${GRACE_SEC} s made to` }],
    undo: { never: 'programs that were ended are not started again' },
    warnings: [
      `${users.length === 1 ? 'one process is' : `${users.length} processes are`} ended; what they had not saved is lost`,
    ],
  };
}

/**
 * Ends the processes of its input, `PID START-TICKS` a line, each looked at right before it is told: a number is given to another process once its own has
 * ended. One that has ended and was not collected yet has ended.
 */
const END = `list=$(cat)
same() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  want=$2
  set -- \${stat##*) }
  [ "\${20-}" = "$want" ] && [ "$1" != Z ]
}
each() {
  left=
  while read -r pid start; do
    case $pid in '' | 1 | *[!0-9]*) continue ;; esac
    same "$pid" "$start" || continue
    left="$left $pid"
    [ -z "$1" ] || kill -s "$1" "$pid"
  done <<LIST
$list
LIST
}
each TERM
[ -z "$left" ] || echo "asked to end:$left"
waited=0
while each '' && [ -n "$left" ] && [ "$waited" -lt ${GRACE_SEC} ]; do sleep 1; waited=$((waited + 1)); done
[ -n "$left" ] || exit 0
each KILL
echo "ended by force:$left"
waited=0
while each '' && [ -n "$left" ] && [ "$waited" -lt 5 ]; do sleep 1; waited=$((waited + 1)); done
[ -z "$left" ] || { echo "still there:$left" >&2; exit 1; }`;

/** Ends processes that are left over. */
export function endProcessesStep(
  pattern: string,
  processes: readonly { readonly pid: number; readonly startTicks: number }[],
  title: string,
  preview: Preview,
): Step {
  return {
    ...CHANGE,
    title,
    run: {
      ...cmd('sh', '-c', END, 'muster-end-processes'),
      stdin: processes.map(({ pid, startTicks }) => `${pid} ${startTicks}\n`).join(''),
    },
    risk: 'interrupts-users',
    done: [{ kind: 'processes-gone', pattern, processes }],
    preview: [preview],
    undo: { never: 'programs that were ended are not started again' },
    warnings: ['what they had not saved is lost'],
  };
}
