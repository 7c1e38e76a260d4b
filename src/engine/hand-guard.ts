import { ENDING } from './hand-ending.ts';
import { onDisk } from './hand-on-disk.ts';
import { STEP_OUTPUT_BYTES } from './limits.ts';

/** Kept of a step's output where df(1) does not say what is free. */
const UNKNOWN_ROOM_BYTES = 64 * 1024 * 1024;

/** Blocks of 512 bytes in a file of the end of an output, of which there are two; a sixteenth of the room where that is less. */
const END_BLOCKS = (1024 * 1024) / 512;

/**
 * Takes all that is said into `out`, up to \`m_head\` blocks, and writes to \`total\` how much it was. dd(1) limited to a number of reads takes no
 * byte too many, however short the reads are, and writes each at once; what they left free goes to the next one. That is one copy where
 * tee(1) and somebody who counts beside it are three. A disk that something else has filled ends the keeping: then the rest is counted, the
 * block that found no room as if it had been full.
 *
 * Past its limit, \`m_ends\` writes two files in turns, so that the last bytes are there when there are no more; they are added to \`out\` behind
 * a line that says what is missing, from the beginning of a line on, because half of a secret could not be masked. A dd that cannot count
 * bytes reads none: then wc(1) counts, and the end is not kept; nor is it on a full disk, where up to 64 KiB are not counted either. All this
 * reads through cat(1), so that it comes to its end when the cat does, whoever else still holds the pipe: \`m_cut\` sees to that.
 */
const KEEP = `m_bytes() {
m_b=0 m_reads=
while read -r m_w m_x m_p; do case $m_x in records) m_reads=\${m_reads:-$m_w};; byte|bytes) m_b=$m_w; break;; esac; done <stat
case $m_reads in *[!0-9+]*|'') m_reads=$m_most;; *) m_reads=$((\${m_reads%+*} + \${m_reads#*+}));; esac
}
m_rest() { cat "end$((m_i % 2))" "end$(((m_i + 1) % 2))"; }
m_number() { read -r m_b m_w <stat; }
m_blank() { printf '%200s\\n' '' 1<>stat; }
m_through() {
exec 3<&0
cat <&3 >count &
printf '%s\\n' $! 1<>through
exec <count 3<&-
}
m_keep() {
trap '' TERM HUP PIPE
m_left=$((m_head * 512)) m_total=0
while [ $m_left -gt 0 ] && [ -e open ]; do
m_bs=65536
while [ $((m_left / m_bs)) -lt 64 ] && [ $m_bs -gt 1 ]; do m_bs=$((m_bs / 2)); done
m_most=$((m_left / m_bs))
m_blank
if ! dd bs=$m_bs count=$m_most 2<>stat >>out; then
[ ! -e open ] || m_full
break
fi
m_bytes
m_total=$((m_total + m_b))
m_left=$((m_left - m_b))
[ $m_reads -ge $m_most ] && [ $m_b -gt 0 ] || break
done
[ $m_left -gt 0 ] || m_ends
printf '%s\\n' $m_total 1<>total
}
m_full() {
m_through
m_blank
wc -c 1<>stat
m_number
m_total=$((m_b + m_bs))
wc -c <out 1<>stat
m_number
m_total=$((m_total + m_b))
}
m_ends() {
m_through
m_i=0 m_old=0 m_new=0
while :; do
m_blank
if ! dd bs=65536 count=$((m_tail * 512)) iflag=fullblock,count_bytes of=end$((m_i % 2)) 2<>stat; then
m_bytes
m_total=$((m_total + m_b))
wc -c 1<>stat
m_number
m_total=$((m_total + m_b))
m_i=0
break
fi
m_bytes
m_old=$m_new
m_new=$m_b
m_total=$((m_total + m_b))
m_i=$((m_i + 1))
[ $m_new = $((m_tail * 512)) ] || break
done
if [ $m_i != 0 ]; then
wc -c <out 1<>stat
m_number
m_size=$m_b
if [ $((m_size + m_old + m_new)) = $m_total ]; then m_rest >>out
else
m_rest | sed 1d | wc -c 1<>stat
m_number
m_mark="
... here $((m_total - m_size - m_b)) bytes were left out: there was room for the beginning and the end ..."
{ printf '%s\\n' "$m_mark"; m_rest | sed 1d; } >>out
m_total=$((m_total + \${#m_mark} + 1))
fi
fi
rm -f end0 end1
}
m_lives() {
m_w=
{ read -r m_w <"/proc/$1/stat"; } 2>/dev/null
set -- \${m_w##*) }
case \${1:-Z} in [ZX]) return 1;; esac
}
m_cut() {
rm -f open
while m_lives $m_keeper; do
m_n=
{ read -r m_n <through; } 2>/dev/null
for m_f in /proc/[0-9]*/stat; do
{ read -r m_w <"$m_f"; } 2>/dev/null || continue
m_p=\${m_w%% *}
set -- \${m_w##*) }
[ "\${2-}" != $m_keeper ] || [ "\${m_n:-$m_p}" != "$m_p" ] || kill -s KILL "$m_p"
done
m_nap
done
}`;

/**
 * What runs a step in its folder (\`$1\`, its name is \`$2\`) and writes down how it ended. It is the first process of the step's unit, or of
 * its session where there is no systemd. The link \`ran\` is what keeps a step from running twice, however often it is started.
 *
 * Output goes through \`m_keep\`, limited in blocks of 512 bytes; with its end it takes at most as many as KiB are free, which is half of the
 * room. Past the limit, or on a full disk, it reads on, so a step never dies of its own words. The
 * files written at the end were given their room at the start, so a full disk cannot hide how a step ended. A guard holds \`alive\` open: who reads it wakes up when the guard is gone, however it went. Whoever
 * waits for the other end of the pipe has let go of it before, else a guard killed meanwhile would seem to live.
 *
 * A signal that reaches a child between its fork and its own trap, or before its exec, ends in the handler it inherited and is lost: so the
 * one who watches the time is told by the file \`over\`, too, and its sleep(1) is ended by KILL. Of 60 short steps on a busy node two were
 * told as late, a minute after they had ended well.
 *
 * A command that ended well and names what must outlive a power cut is followed by `m_on_disk`, as a part of the step: its time limit holds, and its
 * failure is the step's.
 *
 * The command is no background job: a shell makes those ignore SIGINT, and with them all they start. What a step leaves running when
 * it ends goes on (the daemon of a FUSE mount must); if it still holds the output, that is read and dropped from then on.
 */
export const guardProgram = (mounts?: string): string => `set +eu
IFS=' 	
'
m_d=$1
m_self=
cd "$1" || exit 0
exec </dev/null >/dev/null 2>&1
LC_ALL=C
PATH=\${PATH:-/usr/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
HOME=\${HOME:-/root}
export LC_ALL PATH HOME
umask 077
ln job ran || exit 0
${ENDING}
${KEEP}
${onDisk(mounts)}
m_after() {
m_s= m_x=
(
trap 'm_x=1; [ -z "$m_s" ] || kill -s KILL "$m_s"' TERM
{ read -r m_w <over; } 2>/dev/null
[ "$m_w" != "$2" ] || exit 0
sleep "$1" &
m_s=$!
[ -z "$m_x" ] || kill -s KILL "$m_s"
wait "$m_s" || exit 0
read -r m_self m_w </proc/self/stat
$2
) 7<&- 8<&- 9>&- &
}
m_late() {
: >timed
m_end "$m_d"
}
m_wake() { [ -e exit ] || kill -s ALRM $$; }
read -r m_w m_as m_timeout <job
printf '%s\\n' $$ >guard.pid
while IFS=: read -r m_w m_x m_p; do
case "$m_w:$m_x:$m_p" in 0:*"muster-$2."*|*:name=systemd:*"muster-$2."*) printf '%s\\n' "$m_p" >cgroup;; esac
done </proc/self/cgroup
trap : TERM HUP ALRM
m_room=$(df -Pk . | { read -r m_w; read -r m_w m_x m_x m_p m_x; echo "$m_p"; })
case $m_room in ''|*[!0-9]*) m_room=${UNKNOWN_ROOM_BYTES / 512};; esac
[ $m_room -le ${STEP_OUTPUT_BYTES / 512} ] || m_room=${STEP_OUTPUT_BYTES / 512}
m_tail=$((m_room / 16))
[ $m_tail -le ${END_BLOCKS} ] || m_tail=${END_BLOCKS}
m_head=$((m_room - 4 * m_tail))
exec 9<>alive
( m_keep ) 9>&- <pipe &
m_keeper=$!
printf '%s\\n' $m_keeper >keeper.pid
m_after "$m_timeout" m_late
m_dog=$!
exec 8<in
rm -f in
m_lasts=
m_setsid=setsid
command -v setsid || m_setsid=
. ./command
[ -z "$m_lasts" ] || exec 5>pipe
(
read -r m_p m_w </proc/self/stat
printf '%s\\n' "$m_p" >main.pid
cd /
umask 022
MUSTER_STEP=$m_d.
export MUSTER_STEP
unset m_w
[ "$m_as" != - ] || exec $m_setsid "$@"
exec $m_setsid sudo -n -H -u "#$m_as" -- /bin/sh -c 'MUSTER_STEP=$1; export MUSTER_STEP; shift; exec "$@"' sh "$MUSTER_STEP" "$@"
) <&8 >pipe 2>&1 5>&- 8<&- 9>&-
m_code=$?
if [ -n "$m_lasts" ]; then
[ $m_code != 0 ] || (
MUSTER_STEP=$m_d.
export MUSTER_STEP
eval "$m_lasts"
) >&5 2>&1 5>&- 8<&- 9>&- || m_code=1
exec 5>&-
fi
exec 8<&-
printf '%s\\n' m_late 1<>over
[ -e timed ] || kill -s TERM $m_dog
wait $m_dog
m_dog=
if m_lives $m_keeper; then
m_after 1 m_wake
m_dog=$!
fi
wait $m_keeper
if [ $? -gt 128 ]; then
exec 6<>pipe 7<pipe 6>&-
cat <&7 9>&- &
m_cut
exec 7<&-
wait $m_keeper
else [ -z "$m_dog" ] || kill -s TERM $m_dog
fi
set -- $(wc -c <out)
m_size=\${1:-0}
read -r m_total m_w <total
case $m_total in ''|*[!0-9]*) m_total=$m_size;; esac
[ $m_total -ge $m_size ] || m_total=$m_size
m_how="exited $m_code"
[ $m_code -lt 129 ] || [ $m_code -gt 159 ] || m_how="killed $(kill -l $((m_code - 128)))"
[ ! -e timed ] || m_how='timed-out -'
printf '%s %s %s\\n' "$m_how" $((m_total - m_size)) "$m_size" 1<>end
mv end exit
exit 0`;
