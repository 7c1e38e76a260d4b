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
 * Lines of the kernel's log that matter here, newest last, as `dmesg -r` prints them: `<4>[74889.644138] NVRM: Xid (PCI:0000:02:00):
 * 79, …`. Where the kernel keeps its log from ordinary users and there is no sudo, dmesg's own words are the answer.
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
  lines=$({ \${sudo-} dmesg -r 2>&1 || printf '\\n== refused\\n'; } | grep -E '^(dmesg|sudo): |^== refused|${WANTED}')
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
