import type { ProbeSet, Question } from '../model/probe.ts';
import { ANSWER_BYTES, SIGN_OF_LIFE_SEC } from './limits.ts';

/**
 * The program that runs on a node: POSIX sh for dash, bash and busybox, one function per question, asked by lines on its stdin.
 * The protocol is described in `protocol.ts`. Names of its own begin with `m_`, because inline fragments share its variables.
 */
export function composeProgram(probes: ProbeSet): string {
  const questions = Object.entries(probes).map(([name, probe]) => ({ name, ask: probe.ask }));
  for (const { name } of questions) {
    if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name))
      throw new TypeError(`${JSON.stringify(name)} cannot name a shell function`);
  }
  return [
    PREPARATION,
    ...questions.map(({ name, ask }) => `q_${name}() {\n${ask.sh.trim()}\n}`),
    ...questions.flatMap(({ name, ask }) => (ask.early === undefined ? [] : [`e_${name}() {\n${ask.early.trim()}\n}`])),
    STOPPING,
    INLINE,
    EARLY,
    CHILD,
    SIGN_OF_LIFE,
    mainLoop(questions),
  ].join('\n');
}

/**
 * `set +eu` because an exported SHELLOPTS may say otherwise. The traps make a broken pipe end in the same clean-up as an end of
 * input. `$sudo` stays unset until the console has learnt what it may do.
 */
export const PREPARATION = `set +eu
unset sudo
IFS=' 	
'
m_nl='
'
LC_ALL=C
PATH=\${PATH:-/usr/bin}
for m_w in /usr/local/sbin /usr/sbin /usr/bin /sbin /bin; do
case :$PATH: in *:$m_w:*) ;; *) PATH=$PATH:$m_w;; esac
done
export LC_ALL PATH
cd /
m_live=' '
m_alive=
m_rs='\x1e'
[ -z "\${BASH_VERSION-}" ] || eval 'm_one() { m_out=\${m_out//$m_nl/$m_rs}; }'
trap m_bye HUP PIPE TERM`;

/**
 * `m_live` lists running asks as ` ID:PID `. A child is one shell with two children of its own: first the question with all it started,
 * last the part that reports. Killing all but the last makes the end of a killed question arrive like any other, and only when
 * its last process is really gone: one in uninterruptible sleep keeps the pipe open.
 *
 * Each process is stopped before its children are read, so that nothing is born meanwhile. Kernels without `children` files are
 * searched by parent. A process of sudo's takes sudo to kill. The ppid check keeps a recycled process id from harm. Our own group is
 * killed only when it is ours: a transport that made none must not be killed with us.
 *
 * Of a process that ends meanwhile no file is read, and then \`m_w\` must not hold the line of its stat read before: its words
 * were taken for children once, one of them the number of the program itself, which then stood still on its node for ever.
 */
export const STOPPING = `m_below() {
m_c= m_w=
if [ -e /proc/$$/task/$$/children ]; then
for m_f in /proc/$1/task/*/children; do { read -r m_w <"$m_f"; } 2>/dev/null; m_c="$m_c $m_w"; m_w=; done
else
for m_f in /proc/[0-9]*/stat; do { read -r m_w <"$m_f"; } 2>/dev/null && case \${m_w##*) } in ?" $1 "*) m_w=\${m_w%% *}; m_c="$m_c $m_w";; esac; done
fi
}
m_tree() {
case $1 in ''|*[!0-9]*|0|1|$$) return;; esac
kill -STOP "$1" 2>/dev/null
m_all="$m_all $1"
m_below "$1"
set -- $m_c
while [ $# -gt 0 ]; do m_tree "$1"; shift; done
}
m_slay() {
[ -n "$m_all" ] || return
kill -9 $m_all 2>/dev/null
[ -n "\${sudo-}" ] || return
m_w=$m_all
m_all=
for m_p in $m_w; do [ -d "/proc/$m_p" ] && m_all="$m_all $m_p"; done
[ -z "$m_all" ] || $sudo kill -9 $m_all </dev/null >/dev/null 2>&1 &
}
m_kill() {
case $m_live in *" $1:"*) ;; *) printf '! %s gone\\n' "$1" >&2; return;; esac
m_p=\${m_live##* $1:}
m_p=\${m_p%% *}
m_n=1
case $m_p in +*) m_n=0 m_p=\${m_p#+};; esac
m_w=
{ read -r m_w <"/proc/$m_p/stat"; } 2>/dev/null
case \${m_w##*) } in ?" $$ "*) ;; *) return;; esac
m_all=
m_below "$m_p"
set -- $m_c
while [ $# -gt $m_n ]; do m_tree "$1"; shift; done
m_slay
}
m_reap() {
jobs >/dev/null 2>&1
m_p=$m_live
m_live=' '
for m_w in $m_p; do kill -0 "\${m_w##*[:+]}" 2>/dev/null && m_live="$m_live$m_w "; done
}
m_bye() {
trap '' HUP PIPE TERM
m_all=
m_below $$
set -- $m_c
while [ $# -gt 0 ]; do m_tree "$1"; shift; done
m_slay
m_w=
{ read -r m_w <"/proc/$$/stat"; } 2>/dev/null
set -- \${m_w##*) }
[ "\${3-}" = $$ ] && kill -9 0
exit 0
}`;

/**
 * Inline answers: \`m_put\` sends what stands in \`m_out\`. Its checksum is the number of the ask that sent this text, which costs nothing.
 * The answer of a captured fragment ends in \`x\` and its exit code, so that newlines at the end survive the substitution and an \`exit\`
 * in the fragment ends only itself.
 */
const INLINE = `m_put() {
if [ \${#m_out} -gt ${ANSWER_BYTES} ]; then printf '! %s too-long\\n' "$m_id"; return; fi
eval "m_last=\\\${m_last_$m_q-} m_had=\\\${m_sum_$m_q-}"
if [ "$m_sum" != - ] && [ "$m_sum" = "$m_had" ] && [ "$m_last" = "$m_code:$m_out" ]; then printf '~ %s\\n' "$m_id"; return; fi
eval "m_last_$m_q=\\$m_code:\\$m_out m_sum_$m_q=$m_id"
printf '= %s %s %s %s\\n%s\\n' "$m_id" "$m_code" "\${#m_out}" "$m_id" "$m_out"
}
m_fast() {
answer=
q_$m_q "$m_t" </dev/null >/dev/null 2>&1
m_code=$?
m_out=$answer$m_nl
m_put
}
m_inline() {
m_out=$(trap 'printf x$?' 0; [ -z "$m_t" ] || m_target; q_$m_q "$m_t" </dev/null 2>/dev/null)
m_code=\${m_out##*x}
m_out=\${m_out%x*}
m_put
}`;

/**
 * Answers that need no process. A program is looked for in the folders every system has, and only where PATH names no others: one of those
 * may lie on a server that is gone, and then the loop would hang where a child may.
 */
const EARLY = `m_usual=yes
m_w=$IFS
IFS=:
for m_p in $PATH; do
case $m_p in /bin|/sbin|/usr/bin|/usr/sbin|/usr/local/bin|/usr/local/sbin|/usr/games|/usr/local/games|/snap/bin) ;; *) m_usual=;; esac
done
IFS=$m_w
lacks() { [ -n "$m_usual" ] && ! command -v "$1"; }
m_early() {
answer=
e_$m_q "$m_t" </dev/null >/dev/null 2>&1 || return
m_code=0
m_out=\${answer:+$answer$m_nl}
m_put
return 0
}`;

/**
 * Children. `m_brief` captures the question's answer in one substitution and reports it: two forks. `m_child` is for answers that might
 * never end or whose stderr is worth hearing: the question writes into a pipe before `head`; what it says on stderr is gathered to its
 * last line and follows the exit code, so that it can never split a frame of another child.
 *
 * An answer that fits into one atomic write goes in one piece. bash writes its output line by line, so there newlines travel as record
 * separators within one line. Longer answers go line by line, and `fold` cuts lines that would not fit. Short answers carry no checksum,
 * because computing one costs more than sending them, and first ones none, because it might never be needed.
 */
export const CHILD = `m_target() {
m_t=$(printf %b. "$m_t")
m_t=\${m_t%.}
}
m_line() {
if [ \${#2} -le 3500 ]; then printf '%s %s %s\\n' "$1" "$m_id" "$2" >&2; return; fi
printf %s "$2" | fold -b -w 3500 | while IFS= read -r m_w || [ -n "$m_w" ]; do printf 'l %s %s\\n' "$m_id" "$m_w" >&2; done
[ "$1" = l ] || printf 'L %s \\n' "$m_id" >&2
}
m_lines() { while IFS= read -r m_l; do m_line L "$m_l"; done; [ -z "$m_l" ] || m_line l "$m_l"; }
m_noise() {
m_n=
while IFS= read -r m_l || [ -n "$m_l" ]; do [ -z "$m_l" ] || m_n=$m_l; done
printf '\\n%.300s.' "$m_n"
}
m_tell() {
if [ \${#m_out} -gt ${ANSWER_BYTES} ]; then printf '! %s too-long\\n' "$m_id" >&2; return; fi
m_new=-
if [ \${#m_out} -gt 512 ] && [ "$m_sum" != - ]; then
set -- $(printf '%s:%s' "$m_code" "$m_out" | cksum 2>/dev/null)
[ $# -lt 2 ] || m_new=$1.$2
if [ "$m_new" != - ] && [ "$m_new" = "$m_sum" ]; then printf 'S %s\\n' "$m_id" >&2; return; fi
fi
if [ -z "$m_n" ] && [ \${#m_out} -le 3500 ]; then
if [ -z "\${BASH_VERSION-}" ]; then
printf '= %s %s %s %s\\n%s\\n' "$m_id" "$m_code" "\${#m_out}" "$m_new" "$m_out" >&2
return
fi
case $m_out in *"$m_rs"*) ;; *)
m_one
printf 'e %s %s %s %s\\n' "$m_id" "$m_code" "$m_new" "$m_out" >&2
return;;
esac
fi
printf %s "$m_out" | m_lines
[ -z "$m_n" ] || printf 'N %s %s\\n' "$m_id" "$m_n" >&2
printf 'E %s %s %s\\n' "$m_id" "$m_code" "$m_new" >&2
}
m_report() {
m_out=$(head -c ${ANSWER_BYTES + 1024})
if [ \${#m_out} -gt ${ANSWER_BYTES} ]; then m_tell; return; fi
m_n=\${m_out##*"$m_nl"}
m_n=\${m_n%.}
m_out=\${m_out%"$m_nl"*}
m_code=\${m_out##*x}
case $m_code in ''|*[!0-9]*) m_code=137; m_n=;; esac
m_out=\${m_out%x*}
m_tell
}
m_ask() {
trap 'printf x$?' 0
[ -z "$m_t" ] || m_target
q_$m_q "$m_t"
}
m_child() {
( { { (m_ask) 2>&1 >&3 3>&- 4>&- </dev/null | m_noise; } 3>&1 | m_report 2>&4; } ) 4>&2 2>/dev/null </dev/null >/dev/null &
m_live="$m_live$m_id:$! "
}
m_brief() {
(
m_out=$({ [ -z "$m_t" ] || m_target; q_$m_q "$m_t"; } 2>/dev/null 4>&-)
m_code=$? m_n=
[ $m_code -ne 137 ] || m_out=
[ -z "$m_out" ] || m_out=$m_out$m_nl
m_tell 2>&4
) 4>&2 2>/dev/null </dev/null >/dev/null &
m_live="$m_live$m_id:+$! "
}`;

/**
 * An empty line now and then. A link that was cut leaves the node's sshd waiting for a console that is gone, for hours; the first thing
 * written after that brings the answer that nobody is there, and with it the end of input that ends the program. It begins when the
 * console comes back with an answer in hand: one that looks once and goes saves the node two processes.
 */
export const SIGN_OF_LIFE = `m_awake() {
m_alive=yes
( while sleep ${SIGN_OF_LIFE_SEC}; do echo >&2 || exit; done ) </dev/null >/dev/null &
}`;

/** The questions by the way they are asked, then the loop: it waits for the console, so its pace is the console's and the node keeps no time. */
function mainLoop(questions: readonly { readonly name: string; readonly ask: Question }[]): string {
  const line = (shell: string, those: typeof questions) =>
    those.length === 0 ? [] : [`${those.map(({ name }) => name).join('|')}) ${shell};;`];
  const way = (shell: string, belongs: (ask: Question) => boolean) => {
    const asked = questions.filter(({ ask }) => belongs(ask));
    return [
      ...line(
        `m_early || ${shell}`,
        asked.filter(({ ask }) => ask.early !== undefined),
      ),
      ...line(
        shell,
        asked.filter(({ ask }) => ask.early === undefined),
      ),
    ];
  };
  return [
    "printf '\\n# muster 1 %s\\n' $$",
    'while read -r m_op m_id m_q m_sum m_t; do',
    '[ "$m_live" = \' \' ] || m_reap',
    'case $m_op in',
    'A) [ -n "$m_alive" ] || [ "$m_sum" = - ] || m_awake',
    'case $m_q in',
    ...way('m_fast', (ask) => ask.kind === 'inline' && ask.builtinsOnly === true),
    ...way('m_inline', (ask) => ask.kind === 'inline' && ask.builtinsOnly !== true),
    ...way('m_brief', (ask) => ask.kind === 'child' && ask.brief === true),
    ...way('m_child', (ask) => ask.kind === 'child' && ask.brief !== true),
    '*) printf \'! %s unknown\\n\' "$m_id";;',
    'esac;;',
    'K) m_kill "$m_id";;',
    "V) case $m_id in root) sudo=;; sudo) sudo='sudo -n';; *) unset sudo;; esac;;",
    'Q) break;;',
    'esac',
    'done',
    'm_bye',
    '',
  ].join('\n');
}
