import type { KernelEvent, KernelEventKind } from '../model/facts.ts';
import { absent, fact, type Probe } from '../model/probe.ts';
import { failedInWords, nonEmptyLines, present } from './text.ts';

const NAME = 'kernelLog';

/** Events kept, newest last. */
const KEPT = 200;

/** What is worth sending; the parser tells the kinds apart. */
const WANTED = [
  'NVRM: Xid',
  'fallen off the bus',
  'nfs: server .* (not responding|OK)',
  'I/O error',
  'EXT4-fs (error|warning)',
  'EXT4-fs .*(Remounting filesystem read-only|aborting journal)',
  'XFS .*(hutdown|hutting down|orruption)',
  'BTRFS.* (error|critical)',
  'Out of memory',
  'oom-kill:',
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
    deadlineMs: 10_000,
    sh: `
if command -v dmesg >/dev/null 2>&1; then
  echo '== log'
  { \${sudo-} dmesg -r 2>&1 || printf '\\n== refused\\n'; } | grep -E '^(dmesg|sudo): |^== refused|${WANTED}' | tail -n ${KEPT}
fi`,
  },
  everyMs: 10_000,
  parse: ({ stdout }) => {
    const lines = nonEmptyLines(stdout);
    if (lines.length === 0) return absent('no dmesg on this node');
    if (lines.includes('== refused')) {
      const words = lines.find((line) => /^(?:dmesg|sudo): /.test(line)) ?? '';
      throw failedInWords(NAME, words, 'the kernel log is refused to this user');
    }
    return fact(lines.flatMap((line) => parseEvent(line)).slice(-KEPT));
  },
} satisfies Probe<'kernelLog'>;

const KINDS: readonly (readonly [KernelEventKind, RegExp])[] = [
  [
    'xid',
    /NVRM: Xid \((?:PCI:)?(?<about>[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}(?:\.[0-7])?)\): (?<xid>\d{1,4})\b/,
  ],
  [
    'gpu-fallen-off-bus',
    /NVRM: GPU (?:at (?:PCI:)?)?(?<about>[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}(?:\.[0-7])?)?:?.*fallen off the bus/,
  ],
  ['nfs-not-responding', /nfs: server (?<about>\S+) not responding/],
  ['nfs-ok', /nfs: server (?<about>\S+) OK/],
  [
    'filesystem-error',
    /(?:EXT4-fs (?:error|warning) \(device |EXT4-fs \(|XFS \()(?<about>[^):\s]+)\)?.*(?:error|warning|hut(?:ting )?down|orruption|read-only|aborting)/,
  ],
  ['filesystem-error', /BTRFS(?::)? (?:error|critical) \(device (?<about>[^):\s]+)/],
  ['io-error', /I\/O error,? (?:on )?(?:dev|device) (?<about>[^\s,]+)/],
  ['io-error', /(?<about>\S+): .*I\/O error|I\/O error/],
  ['out-of-memory', /(?:Out of memory|oom-kill:).*?(?:Killed? process \d+ \((?<about>[^)]*)\))?(?:$|,| total)/],
  ['hung-task', /INFO: task (?<about>.+):\d+ blocked for more than/],
];

/** A line of interest, or nothing. Besides `dmesg -r` it reads kmsg records and the time styles of dmesg(1), as captures have them. */
function parseEvent(line: string): readonly KernelEvent[] {
  const { bootSec, text } = stripStamp(line.slice(0, 2_000));
  for (const [kind, pattern] of KINDS) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const { about, xid } = match.groups ?? {};
    const number = xid === undefined ? undefined : Number(xid);
    return [{ kind, bootSec, text, ...present<Partial<KernelEvent>>({ xid: number, about: about || undefined }) }];
  }
  return [];
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
