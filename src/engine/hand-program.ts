import type { Check, CheckName } from '../model/check.ts';
import type { ProbeSet, Question } from '../model/probe.ts';
import { quote } from '../model/quote.ts';
import { ENDING } from './hand-ending.ts';
import { guardProgram } from './hand-guard.ts';
import { NEWEST } from './hand-newest.ts';
import { LOCK, SPOOL, STEPS } from './hand-steps.ts';
import { CHILD, PREPARATION, SIGN_OF_LIFE, STOPPING } from './program.ts';

/** The checks a hand knows; a test may pass a few. */
export type KnownChecks = { readonly [C in CheckName]?: Check<C> };

/** What a hand asks and where it keeps what steps say. */
export interface HandProgram {
  readonly probes: ProbeSet;
  readonly checks: KnownChecks;
  /** Where root's spool lies; only tests have another. */
  readonly spool?: string;
  /** What says which filesystem a path is on; only tests have another. */
  readonly mounts?: string;
}

/** Where steps run by root keep their output, and where the node's lock is. It is gone after a boot, as are the steps. */
const SPOOL_FOLDER = '/run/muster';

/**
 * The program behind a `Hand`: POSIX sh, asked by lines on its stdin, as root wherever that can be had. Every question runs as a child,
 * so that all answers come on stderr and stdout belongs to the output of the step that is followed. `hand-protocol.ts` has the protocol.
 */
export function composeHandProgram({ probes, checks, spool = SPOOL_FOLDER, mounts }: HandProgram): string {
  const questions = [
    ...Object.entries(probes).map(([name, { ask }]) => ({ name: `probe_${name}`, sh: ask.sh, way: wayOf(ask) })),
    ...Object.entries(checks).map(([name, { sh }]) => ({ name: `check_${name}`, sh, way: 'm_child' })),
    { name: 'newest', sh: NEWEST, way: 'm_child' },
  ];
  for (const { name } of questions) {
    if (!/^[A-Za-z_]+$/.test(name)) throw new TypeError(`${JSON.stringify(name)} cannot name a shell function`);
  }
  return [
    RISING,
    PREPARATION,
    ...questions.map(({ name, sh }) => `q_${name}() {\n${sh.trim()}\n}`),
    STOPPING,
    CHILD,
    ENDING,
    `m_guard=${quote([guardProgram(mounts)])}\nm_root=${quote([spool])}`,
    SPOOL,
    STEPS,
    LOCK,
    SIGN_OF_LIFE,
    mainLoop(questions),
  ].join('\n');
}

const wayOf = (ask: Question): string => (ask.kind === 'child' && ask.brief === true ? 'm_brief' : 'm_child');

/**
 * First of all the program rises to root where it may: it says how, and waits for \`U BYTES\` (sudo), \`P BYTES\` (sudo with a password,
 * the next line) or anything else (stay as you are), then the program is sent once more. sudo's log gets one short line a connection
 * instead of one for each thing done. Read by a shell, byte by byte, so that nothing meant for sudo is read ahead.
 */
const RISING = `m_no=
if [ "\${1-}" != up ] && [ "$(id -u)" != 0 ]; then
LC_ALL=C
PATH=\${PATH:-/usr/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
export LC_ALL PATH
m_op=
if ! command -v sudo >/dev/null 2>&1; then m_no='sudo is not installed'
else
if m_no=$(sudo -n true 2>&1 </dev/null); then m_no=; printf '\\n# muster-hand 1 sudo\\n'
else
m_no=$(printf %s "\${m_no:-sudo gave no reason}" | tr -s '[:space:]' ' ')
printf '\\n# muster-hand 1 password %.300s\\n' "$m_no"
fi
read -r m_op m_id
fi
case $m_op in
U) exec sudo -n /bin/sh -c "eval \\"\\$(head -c $m_id)\\"" muster up;;
P) exec sudo -S -p '' /bin/sh -c "printf '\\\\n# muster-hand 1 send\\\\n'; eval \\"\\$(head -c $m_id)\\"" muster up;;
esac
fi`;

function mainLoop(questions: readonly { readonly name: string; readonly way: string }[]): string {
  return [
    'umask 077',
    'm_uid=$(id -u)',
    'm_boot=',
    '{ read -r m_boot </proc/sys/kernel/random/boot_id; } 2>/dev/null',
    'm_privilege=none',
    `[ "$m_uid" != 0 ] || { sudo=; m_privilege=root; [ "\${1-}" != up ] || m_privilege=sudo; }`,
    `printf '\\n# muster-hand 1 ready %s %.300s\\n' "$m_privilege" "$m_no"`,
    'while read -r m_op m_id m_q m_sum m_t; do',
    '[ -n "$m_alive" ] || [ "$m_op" = A ] || m_awake',
    'm_reap',
    'case $m_op in [SFTLUW]) m_room;; esac',
    'case $m_op in',
    'A) case $m_q in',
    ...questions.map(({ name, way }) => `${name}) ${way};;`),
    '*) m_unknown;; esac;;',
    'K) m_kill "$m_id";;',
    'P) m_say here;;',
    'S) m_take; ( m_start "$m_new" ) </dev/null >/dev/null;;',
    'F) ( m_follow ) </dev/null &;;',
    'T) ( m_stop ) </dev/null >/dev/null &;;',
    'L) ( m_lock ) </dev/null >/dev/null;;',
    'U) ( m_unlock ) </dev/null >/dev/null;;',
    'W) ( m_sweep ) </dev/null >/dev/null;;',
    'Q) break;;',
    '*) [ -z "$m_op" ] || m_unknown;;',
    'esac',
    'done',
    'm_bye',
    '',
  ].join('\n');
}
