import type { KernelEvent, KernelEventKind } from './facts.ts';
import { busId } from './pci-address.ts';

const BUS_ID = '(?<about>[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}(?:\\.[0-7])?)';

/** By kind, what a line must hold, and what tells whom it is about. Every pattern is linear: a line may be hostile. */
const KINDS: readonly {
  readonly kind: KernelEventKind;
  readonly holds: RegExp;
  readonly about: readonly RegExp[];
}[] = [
  {
    kind: 'xid',
    holds: /NVRM: Xid \((?:PCI:)?[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}(?:\.[0-7])?\): (?<xid>\d{1,5})\b/,
    about: [new RegExp(`Xid \\((?:PCI:)?${BUS_ID}`)],
  },
  {
    kind: 'gpu-fallen-off-bus',
    holds: /fallen off the bus/,
    about: [new RegExp(`(?:NVRM|nvidia)\\b.{0,80}?${BUS_ID}`)],
  },
  {
    kind: 'nfs-not-responding',
    holds: /nfs: server \S{1,300} not responding/,
    about: [/nfs: server (?<about>\S{1,300})/],
  },
  { kind: 'nfs-ok', holds: /nfs: server \S{1,300} OK/, about: [/nfs: server (?<about>\S{1,300})/] },
  {
    kind: 'out-of-memory',
    holds: /[Oo]ut of memory: Kill/,
    about: [/process \d{1,10}(?:, UID \d{1,10},)? \((?<about>[^)]{1,64})\)/],
  },
  { kind: 'hung-task', holds: /blocked for more than/, about: [/task (?<about>.{1,64}):\d{1,10} blocked/] },
  {
    kind: 'filesystem-error',
    holds:
      /EXT4-fs (?:error|\([^)]{1,64}\): (?:Remounting|.{0,40}abort))|XFS \([^)]{1,64}\): .{0,80}(?:hut ?down|hutting down|orruption)|BTRFS:? (?:error|critical)/,
    about: [/\(device (?<about>[^):\s]{1,64})/, /(?:EXT4-fs|XFS) \((?<about>[^)]{1,64})\)/],
  },
  {
    kind: 'io-error',
    holds: /I\/O error/,
    about: [
      /\b(?:dev|device) (?<about>[^\s,:)]{1,64})/,
      /(?:XFS|EXT4-fs) \((?<about>[^)]{1,64})\)/,
      /^(?<about>[A-Za-z0-9._-]{1,32}): /,
    ],
  },
];

/** What a line of the kernel's log tells that matters here, its stamp taken off; undefined for all others. */
export function kernelEventOf(text: string): Omit<KernelEvent, 'bootSec'> | undefined {
  for (const { kind, holds, about } of KINDS) {
    const match = holds.exec(text);
    if (match === null) continue;
    const xid = match.groups?.['xid'];
    const whom = about.map((pattern) => pattern.exec(text)?.groups?.['about']).find((found) => found !== undefined);
    const whose = kind === 'xid' || kind === 'gpu-fallen-off-bus' ? busId(whom) : whom;
    return {
      kind,
      text,
      ...(xid === undefined ? {} : { xid: Number(xid) }),
      ...(whose === undefined ? {} : { about: whose }),
    };
  }
  return undefined;
}
