import type { KernelEvent } from '../model/facts.ts';
import { kernelEventOf } from '../model/kernel-line.ts';
import { fact, type Probe } from '../model/probe.ts';
import { failedInWords, nonEmptyLines, nothing } from './text.ts';

const NAME = 'kernelLog';

/** Events kept, newest last. */
const KEPT = 200;

/** Characters of a line that are read; the kernel cuts its own lines at 1,024. */
const MAX_LINE = 1_100;

/** Below this many characters there is nothing to cut: the parser keeps the newest anyway. */
const FEW_CHARACTERS = 16_000;

/** What is worth sending; the parser tells the kinds apart. */
const WANTED = [
  'NVRM: Xid',
  'fallen off the bus',
  'nfs: server .* (not responding|OK)',
  'I/O error',
  'EXT4-fs error|EXT4-fs .*(Remounting|abort)',
  'XFS .*(hut ?down|hutting down|orruption)',
  'BTRFS:? (error|critical)',
  '[Oo]ut of memory: Kill',
  'blocked for more than',
].join('|');

/**
 * What is wanted is said at `notice` or above, and what is said at no level (the NVIDIA driver's Xids) gets the kernel's default, `warn` as
 * shipped. So most of the log need not be printed and searched: it comes in one system call instead of one a line (`-S`, into a buffer
 * larger than any log), and dmesg leaves out the rest.
 */
const QUICK = 'dmesg -S -s 16777216 -l emerg,alert,crit,err,warn,notice';

/** A default below `notice`, in the line of /proc/sys/kernel/printk; dash cannot read that file, which gives all in one read or nothing. */
const QUIET_DEFAULT = '^[0-9]+[[:space:]]+[6-9][[:space:]]';

/**
 * Lines of the kernel's log that matter here, newest last: `[74889.644138] NVRM: Xid (PCI:0000:02:00): 79, …`, or with `<4>` before it
 * where dmesg(1) is too old or too small for levels and prints all (`-r`). Where the kernel keeps its log from ordinary users and there is no
 * sudo, dmesg's own words are the answer.
 */
export const kernelLog = {
  name: NAME,
  ask: {
    kind: 'child',
    brief: true,
    deadlineMs: 10_000,
    sh: `
if command -v dmesg >/dev/null 2>&1; then
  echo '== log'
  whole() { \${sudo-} dmesg -r 2>&1 || printf '\\n== refused\\n'; }
  wanted() { grep -shE '${QUIET_DEFAULT}|^(dmesg|sudo): |^== refused|${WANTED}' "$@"; }
  lines=$({ \${sudo-} ${QUICK} 2>/dev/null || whole; } | wanted - /proc/sys/kernel/printk)
  case \${lines##*
} in [0-9]*) lines=$(whole | wanted -) ;; esac
  if [ \${#lines} -gt ${FEW_CHARACTERS} ]; then printf '%s\\n' "$lines" | tail -n ${KEPT}; else printf '%s\\n' "$lines"; fi
fi`,
  },
  everyMs: 10_000,
  parse: ({ stdout, exitCode }) => {
    const lines = nonEmptyLines(stdout);
    if (lines.length === 0) return nothing(NAME, exitCode, 'no dmesg on this node');
    if (lines.includes('== refused')) {
      const words = lines.find((line) => /^(?:dmesg|sudo): /.test(line)) ?? '';
      throw failedInWords(NAME, words, 'the kernel log is refused to this user');
    }
    return fact(
      lines
        .slice(-5 * KEPT)
        .flatMap(parseEvent)
        .slice(-KEPT),
    );
  },
} satisfies Probe<'kernelLog'>;

/** A line of interest, or nothing. Besides `dmesg -r` it reads kmsg records and the time styles of dmesg(1), as captures have them. */
function parseEvent(line: string): readonly KernelEvent[] {
  const { bootSec, text } = stripStamp(line.slice(0, MAX_LINE));
  const event = kernelEventOf(text);
  return event === undefined ? [] : [{ ...event, bootSec }];
}

/** Seconds since boot and the message. A wall-clock stamp has no boot time: it counts as 0. */
function stripStamp(line: string): { readonly bootSec: number; readonly text: string } {
  const kmsg = /^\d{1,6},\d{1,20},(\d{1,18}),[^;]{0,40};(.*)$/s.exec(line);
  if (kmsg !== null) return { bootSec: Number(kmsg[1]) / 1_000_000, text: kmsg[2] ?? '' };
  const raw = /^(?:<\d{1,3}>)?(?:[a-z]+ *:[a-z]+ *: )?\[ *(\d{1,12}(?:\.\d{1,9})?)\](?:\[[^\]]{1,20}\])? (.*)$/s.exec(
    line,
  );
  if (raw !== null) return { bootSec: Number(raw[1]), text: raw[2] ?? '' };
  return { bootSec: 0, text: line.replace(/^<\d{1,3}>/, '') };
}
