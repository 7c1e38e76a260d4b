import { ParseError } from '../model/errors.ts';
import { fact, type Probe } from '../model/probe.ts';
import { nonEmptyLines } from './text.ts';

/**
 * What muster may do as root on the node: `root`, `sudo 12` (the number is sudo's latency in ms, where date(1) can measure it), or
 * `refused` and sudo's own words.
 */
export const privilege = {
  name: 'privilege',
  ask: {
    kind: 'child',
    brief: true,
    deadlineMs: 15_000,
    early: `
while read -r key real effective rest; do [ "$key" != Uid: ] || break; done < /proc/self/status
[ "$effective" = 0 ] && answer=root`,
    sh: `
uid=
while read -r key real effective rest; do [ "$key" != Uid: ] || { uid=$effective; break; }; done < /proc/self/status
if [ "\${uid:-$(id -u)}" = 0 ]; then echo root
elif ! command -v sudo >/dev/null 2>&1; then echo 'refused sudo is not installed'
else
  before=$(date +%s%N)
  if words=$(sudo -n true 2>&1 </dev/null); then
    after=$(date +%s%N)
    case $before$after in *[!0-9]*) echo sudo ;; *) echo "sudo $(( (after - before) / 1000000 ))" ;; esac
  else printf 'refused %s\\n' "$words"
  fi
fi`,
  },
  everyMs: 600_000,
  parse: ({ stdout }, { tookMs }) => {
    const said = nonEmptyLines(stdout).join(' ').trim();
    if (said === 'root') return fact({ kind: 'root' });
    const sudo = /^sudo(?: (\d{1,9}))?$/.exec(said);
    if (sudo !== null)
      return fact({ kind: 'sudo', latencyMs: sudo[1] === undefined ? (tookMs ?? 0) : Number(sudo[1]) });
    if (!said.startsWith('refused')) throw new ParseError('privilege', 1, stdout);
    return fact({ kind: 'refused', because: said.slice(8, 308) || 'sudo gave no reason' });
  },
} satisfies Probe<'privilege'>;
