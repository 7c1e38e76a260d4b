import { STOP_KILL_SEC, STOP_TERM_SEC } from './limits.ts';

/**
 * Finding and ending all that belongs to a step: what stands in its unit's cgroup, in its session, or carries its mark in the environment
 * (which finds what has left the session). `m_own` and the children of `m_self` and `m_keeper` are spared: those who look after the step.
 */
export const ENDING = `m_nap() { sleep 0.1 2>/dev/null || sleep 1; }
m_now() {
read -r m_t m_w </proc/uptime
m_t=\${m_t%%.*}
}
m_add() {
m_w=
{ read -r m_w <"/proc/$1/stat"; } 2>/dev/null
[ -n "$m_w" ] || return 0
set -- "$1" \${m_w##*) }
case $2 in [ZX]) return 0;; esac
case " $m_own $m_all " in *" $1 "*) return 0;; esac
[ "$3" = "$m_self" ] || [ "$3" = "$m_keeper" ] || m_all="$m_all $1"
}
m_in_session() {
for m_f in /proc/[0-9]*/stat; do
{ read -r m_w <"$m_f"; } 2>/dev/null || continue
m_p=\${m_w%% *}
set -- "$1" \${m_w##*) }
[ "$5" != "$1" ] || m_add "$m_p"
done
}
m_members() {
m_all=
m_own=$m_self
for m_f in guard keeper; do { read -r m_w <"$1/$m_f.pid"; } 2>/dev/null && m_own="$m_own $m_w"; done
m_keeper=
{ read -r m_keeper <"$1/keeper.pid"; } 2>/dev/null
m_g=
{ read -r m_g <"$1/cgroup"; } 2>/dev/null
[ -z "$m_g" ] || for m_f in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
[ ! -r "$m_f$m_g/cgroup.procs" ] || while read -r m_p; do m_add "$m_p"; done <"$m_f$m_g/cgroup.procs"
done
m_g=
{ read -r m_g <"$1/main.pid"; } 2>/dev/null
[ -z "$m_g" ] || m_in_session "$m_g"
for m_f in $(grep -lsF "MUSTER_STEP=$1." /proc/[0-9]*/environ); do m_f=\${m_f%/environ}; m_add "\${m_f##*/}"; done
}
m_end() {
m_members "$1"
[ -n "$m_all" ] || return 0
kill -s TERM $m_all 2>/dev/null
kill -s CONT $m_all 2>/dev/null
m_now
m_until=$((m_t + ${STOP_TERM_SEC}))
while [ $m_t -lt $m_until ]; do m_nap; m_members "$1"; [ -n "$m_all" ] || return 0; m_now; done
m_until=$((m_t + ${STOP_KILL_SEC}))
while [ $m_t -lt $m_until ]; do kill -s KILL $m_all 2>/dev/null; m_nap; m_members "$1"; [ -n "$m_all" ] || return 0; m_now; done
return 1
}`;
