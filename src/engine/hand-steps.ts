import { LOCK_STALE_SEC } from './limits.ts';

/**
 * The spool: one folder nobody else can look into. Root's is `$m_root`. A plain user's is below /tmp and named after user and boot, so
 * that it outlives a session (/run/user does not) and a shared /tmp never mixes nodes; one that somebody else made first is not used.
 * `m_take` receives the step of an `S` line into a folder of its own. dd(1) is the one reader that takes no byte more than it is told to.
 */
export const SPOOL = `m_say() { printf 'L %s %.1000s\\nE %s 0 -\\n' "$m_id" "$1" "$m_id" >&2; }
m_unknown() { printf '! %s unknown\\n' "$m_id" >&2; }
m_flat() {
set -f
set -- $1
set +f
m_w="$*"
}
m_refuse() {
m_flat "$1"
m_say "refused $m_w"
}
m_dir=
m_why=
m_room() {
[ -z "$m_dir" ] || return 0
m_w=$m_root
[ "$m_uid" = 0 ] || m_w=/tmp/muster-$m_uid-$m_boot
m_why=$(mkdir -p -m 700 "$m_w" 2>&1 >/dev/null) || return 1
m_why="$m_w does not belong to this user alone; remove it"
[ -d "$m_w" ] && [ ! -L "$m_w" ] && [ -O "$m_w" ] || return 1
set -- $(ls -ld "$m_w")
case \${1-} in drwx------|drwx------.) m_dir=$m_w;; *) return 1;; esac
}
m_dd=
m_block() {
[ -n "$m_dd" ] || case $(dd --version 2>/dev/null) in *coreutils*) m_dd=fast;; *) m_dd=slow;; esac
if [ $m_dd = fast ]; then dd bs=65536 count="$1" iflag=fullblock,count_bytes 2>/dev/null
else dd ibs=1 obs=65536 count="$1" 2>/dev/null
fi
}
m_take() {
m_new=/dev/null
m_room && m_new=$m_dir/.new.$$.$m_id && mkdir "$m_new" 2>/dev/null && : >"$m_new/in"
m_w=\${m_sum##*:}
[ "$m_w" = 0 ] || m_block "$m_w" | tee "$m_new/in" >/dev/null 2>&1
}`;

/**
 * Steps. A step's folder is made whole under another name and then renamed, so it is there with everything or not at all; a folder that
 * is there already swallows the new one, which then goes. Whoever starts a step, only its guard's `ran` decides that it runs. A start that
 * failed links `never` there before it says so: then the step surely never runs. So does whoever is asked about a step nobody has seen: its
 * start may still be under way in a link that was cut, and must find that its time is over.
 */
export const STEPS = `m_prepare() {
m_w=none
[ ! -f "$1/in" ] || m_w=0
[ ! -s "$1/in" ] || m_w=$(wc -c <"$1/in")
[ "\${m_w:-none}" -eq "\${m_sum##*:}" ] 2>/dev/null &&
printf %b "$m_t" >"$1/command" &&
printf '%s %s %s\\n' "$m_boot" "$m_as" "$m_timeout" >"$1/job" &&
printf '%s\\n' "$m_guard" >"$1/guard" &&
printf '%90s\\n' '' >"$1/end" &&
printf '%30s\\n' '' >"$1/total" &&
printf '%6s\\n' '' >"$1/over" &&
printf '%200s\\n' '' >"$1/stat" &&
printf '%20s\\n' '' >"$1/through" &&
: >"$1/open" &&
: >"$1/out" &&
mkfifo "$1/pipe" "$1/count" "$1/alive" &&
[ "$(cat "$1/guard"; echo x)" = "$m_guard\${m_nl}x" ]
}
m_wait_begun() {
m_n=0
while [ ! -e "$m_d/ran" ] && [ $m_n -lt 50 ]; do m_n=$((m_n + 1)); sleep 0.02 2>/dev/null || m_nap; done
}
m_program() {
. "$1/command"
command -v "$1" >/dev/null || { echo "no such program: $1"; return 1; }
}
m_start() {
m_as=\${m_sum%%:*}
m_timeout=\${m_sum#*:}
m_timeout=\${m_timeout%:*}
m_d=$m_dir/$m_q
if ! m_room; then m_refuse "$m_why"; return; fi
if [ -e "$m_d/ran" ]; then rm -rf "$1"; m_say known; return; fi
if [ "$m_as" = root ] && [ "$m_uid" != 0 ]; then rm -rf "$1"; m_refuse "\${m_no:-no root here}"; return; fi
if [ "$m_as" = user ] && [ "$m_privilege" = sudo ]; then m_as=\${SUDO_UID:--}; else m_as=-; fi
if ! m_why=$(m_prepare "$1" 2>&1); then rm -rf "$1"; m_refuse "no room for the step in $m_dir: $m_why"; return; fi
if ! m_why=$(m_program "$1"); then rm -rf "$1"; m_refuse "$m_why"; return; fi
if ! m_why=$(mv "$1" "$m_d" 2>&1); then rm -rf "$1"; m_refuse "$m_why"; return; fi
[ ! -e "$m_d/\${1##*/}" ] || rm -rf "$m_d/\${1##*/}"
if [ -e "$m_d/ran" ]; then m_say known; return; fi
if m_why=$(m_launch 2>&1); then m_wait_begun; m_say started; return; fi
m_wait_begun
if m_never 2>/dev/null; then m_refuse "$m_why"; else m_say started; fi
}
m_launch() {
if [ "$m_uid" = 0 ] && [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then
systemd-run --quiet --unit="muster-$m_q" -p KillMode=process -p IgnoreSIGPIPE=no /bin/sh "$m_d/guard" "$m_d" "$m_q" </dev/null
return
fi
if [ "$m_uid" != 0 ]; then case $(loginctl show-session -p KillUserProcesses 2>/dev/null) in *yes)
echo 'logind ends what a user leaves running here (KillUserProcesses=yes), so the step would not outlive the link'
return 1
esac; fi
if ! command -v setsid >/dev/null; then echo 'neither systemd nor setsid here: a step would not outlive the link'; return 1; fi
m_w='env --default-signal=INT,QUIT'
$m_w true 2>/dev/null || m_w=
setsid $m_w sh "$m_d/guard" "$m_d" "$m_q" </dev/null >/dev/null 2>&1 &
}
m_is_known() {
[ -n "$m_q" ] && m_room && m_d=$m_dir/$m_q && [ -d "$m_d" ] && { read -r m_w m_x <"$m_d/job"; } 2>/dev/null && [ "$m_w" = "$m_boot" ]
}
m_never() {
mkdir "$m_d" 2>/dev/null
[ -e "$m_d/ran" ] || { echo never >"$m_d/never" && ln "$m_d/never" "$m_d/ran"; }
m_is_never
}
m_is_never() {
m_w=
{ read -r m_w m_x <"$m_d/ran"; } 2>/dev/null
[ "$m_w" = never ]
}
m_skip() { [ "$1" = 0 ] || [ "$2" = 0 ] || dd bs="$2" count="$1" of=/dev/null <&5; }
m_copy() {
if [ -e "$m_d/exit" ]; then tail -c "+$((m_sum + 1))" "$m_d/out"; return; fi
read -r m_p <"$m_d/keeper.pid"
case $(tail --version 2>/dev/null) in *coreutils*) tail -c "+$((m_sum + 1))" -f -s 0.1 --pid="$m_p" "$m_d/out"; return;; esac
exec 5<"$m_d/out"
m_skip $((m_sum / 65536)) 65536
m_skip 1 $((m_sum % 65536))
while [ -d "/proc/$m_p" ]; do cat <&5; m_nap; done
cat <&5
}
m_follow() {
m_d=$m_dir/$m_q
if m_room && [ -e "$m_d/job" ] && ! m_is_known; then m_say 'unknown the node has booted since it was started'; return; fi
m_n=0
while [ -d "$m_d" ] && [ ! -s "$m_d/keeper.pid" ] && [ ! -e "$m_d/exit" ] && ! m_is_never && [ $m_n -lt 100 ]; do
m_n=$((m_n + 1))
sleep 0.02 2>/dev/null || m_nap
done
if [ ! -s "$m_d/keeper.pid" ] && [ ! -e "$m_d/exit" ]; then
if ! m_room; then m_say 'unknown no step was ever started here'
elif m_never 2>/dev/null; then m_say 'unknown it never began here'
else m_say 'lost it has been started, but nothing looks after it yet'
fi
return
fi
if [ "$m_sum" != 0 ] && [ "$(wc -c <"$m_d/out")" -lt "$m_sum" ]; then m_say 'unknown it has said less here than was read before'; return; fi
m_copy 2>/dev/null
[ -e "$m_d/exit" ] || ( exec 3<>"$m_d/alive" 4<"$m_d/alive" 3>&-; read -r m_w <&4 )
m_self=
while [ ! -e "$m_d/exit" ]; do
m_members "$m_d"
[ -n "$m_all" ] || break
sleep 1
done
m_w=
[ -e "$m_d/exit" ] || m_w="killed KILL 0 $(wc -c <"$m_d/out")"
[ ! -e "$m_d/exit" ] || read -r m_w <"$m_d/exit"
m_say "$m_w"
}
m_remains() {
m_x=
for m_p in $m_all; do
m_w=
{ read -r m_w <"/proc/$m_p/stat"; } 2>/dev/null
[ -z "$m_w" ] || { set -- "\${m_w##*) }"; m_x="$m_x, \${m_w%)*}) in state \${1%% *}"; }
done
m_flat "\${m_x#, }"
m_say "remains $m_w"
}
m_stop() {
m_d=$m_dir/$m_q
if ! m_room || [ -e "$m_d/exit" ] || m_never 2>/dev/null || ! m_is_known; then m_say was-over; return; fi
m_self=
m_round=0
while [ $m_round -lt 100 ]; do
m_end "$m_d" || { m_remains; return; }
m_p=none
{ read -r m_p <"$m_d/guard.pid"; } 2>/dev/null
if [ -e "$m_d/exit" ] || { [ $m_round -gt 9 ] && [ ! -d "/proc/$m_p" ]; }; then m_say stopped; return; fi
m_nap
m_round=$((m_round + 1))
done
m_say 'remains what looks after the step did not end' 
}
m_sweep() {
m_room || { m_say done; return; }
m_self=
for m_d in "$m_dir/$m_q"-*; do
[ -d "$m_d" ] || continue
[ ! -e "$m_d/job" ] || m_wait_begun
if [ ! -e "$m_d/exit" ] && ! m_never 2>/dev/null; then
m_members "$m_d"
m_p=
{ read -r m_p <"$m_d/guard.pid"; } 2>/dev/null
[ -z "$m_all" ] && [ ! -d "/proc/\${m_p:-none}" ] || continue
fi
rm -rf "$m_d" || rm -rf "$m_d"
done
for m_d in "$m_dir"/.new.*; do
m_p=\${m_d##*/.new.}
[ -d "/proc/\${m_p%%.*}" ] || rm -rf "$m_d"
done
rm -f "$m_dir/$m_q"-*.had
[ ! -d /run/systemd/system ] || systemctl reset-failed "muster-$m_q-*" 2>/dev/null
m_say done
}`;

/**
 * The lock is the file \`lock.N\` with the highest N: its first word is the node's uptime at the last sign of life, or \`free\`. Whoever
 * finds it free or stale links \`lock.N+1\` into place, which only one can do, and has it if no higher one is there afterwards. The highest
 * is never removed, so that holds whatever came between. The uptime is one clock for all consoles, and setting the date does not move it.
 * A sign of life overwrites its own bytes, which a full disk cannot prevent.
 *
 * Steps are named by rollout, stage and number: a machine that an inventory has twice would run each once and tell both names of it. So
 * `ROLLOUT-STAGE.had`, which only one can link into place, says under which name the stage has the machine, until the rollout is swept.
 */
export const LOCK = `m_top() {
m_n=0
for m_f in "$m_dir"/lock.[0-9]*; do m_f=\${m_f##*/lock.}; case $m_f in *[!0-9]*) ;; *) [ "$m_f" -le $m_n ] || m_n=$m_f;; esac; done
m_seen=free m_holder= m_since=
{ read -r m_seen m_holder m_b m_since <"$m_dir/lock.$m_n"; } 2>/dev/null
}
m_is_stale() {
case $m_seen in ''|*[!0-9]*) return 0;; esac
[ "$m_b" != "$m_boot" ] || [ $((m_up - m_seen)) -gt ${LOCK_STALE_SEC} ]
}
m_same() {
m_had=$m_dir/$m_q-\${m_t##* }.had
m_t=\${m_t% *}
[ -e "$m_had" ] || { printf '%s\\n' "$m_name" >"$m_new" && { ln "$m_new" "$m_had" 2>/dev/null; rm -f "$m_new"; }; }
m_w=
{ read -r m_w <"$m_had"; } 2>/dev/null
}
m_lock() {
if ! m_room; then m_refuse "$m_why"; return; fi
m_new=$m_dir/.lock.$$
m_name=\${m_t##* }
m_t=\${m_t% *}
m_same
if [ -z "$m_w" ]; then rm -f "$m_new"; m_refuse "no room in $m_dir for the lock"; return; fi
if [ "$m_w" != "$m_name" ]; then m_say "twin $m_w"; return; fi
m_try=0
while [ $m_try -lt 50 ]; do
m_try=$((m_try + 1))
read -r m_up m_w </proc/uptime
m_up=\${m_up%%.*}
m_top
m_was=$m_n
if [ "$m_holder" = "$m_q" ] && [ "$m_seen" != free ]; then
printf '%-12s' "$m_up" 1<>"$m_dir/lock.$m_n"
m_top
[ $m_n != $m_was ] || { m_say locked; return; }
elif ! m_is_stale; then m_say "held $m_holder $m_since"; return
else
if ! printf '%-12s %s %s %s %s\\n' "$m_up" "$m_q" "$m_boot" "$m_sum" "$m_t" >"$m_new"; then rm -f "$m_new"; m_refuse "no room in $m_dir for the lock"; return; fi
m_was=$((m_n + 1))
ln "$m_new" "$m_dir/lock.$m_was" 2>/dev/null || continue
rm -f "$m_new"
m_top
if [ $m_n = $m_was ]; then
for m_f in "$m_dir"/lock.[0-9]*; do case \${m_f##*/lock.} in *[!0-9]*) ;; *) [ "\${m_f##*/lock.}" -ge $m_was ] || rm -f "$m_f";; esac; done
m_say locked
return
fi
rm -f "$m_dir/lock.$m_was"
fi
done
rm -f "$m_new"
m_refuse "$m_dir takes no lock"
}
m_unlock() {
if m_room; then
m_top
[ "$m_holder" != "$m_q" ] || printf '%-12s' free 1<>"$m_dir/lock.$m_n"
fi
m_say done
}`;
