import { ParseError } from '../model/errors.ts';
import type { NfsMountStats } from '../model/facts.ts';
import type { AbsolutePath } from '../model/ids.ts';
import { fact, type Probe } from '../model/probe.ts';
import { MAX_ROWS, nothing, ownText, present, unescapeOctal } from './text.ts';

const NAME = 'nfsStats';

/** Counters of one mount that are summed over the operations, before rates are known. */
type Counters = Omit<NfsMountStats, 'recent' | 'backlog'>;

/**
 * Counters of every NFS mount and their rates since the last answer. /proc/self/mountstats; nfs-utils' mountstats(8) names the
 * columns. sed keeps the NFS blocks only: a Kubernetes node has thousands of other mounts.
 */
export const nfsStats = {
  name: NAME,
  ask: {
    kind: 'inline',
    early: '[ ! -e /proc/fs/nfsfs ]',
    // Without the client in the kernel there is nothing to look for.
    sh: "[ ! -e /proc/fs/nfsfs ] || [ ! -r /proc/self/mountstats ] || sed -n '/ with fstype nfs/,/^$/p' /proc/self/mountstats",
  },
  everyMs: 10_000,
  parse: ({ stdout, exitCode }, { atMs, previous }) => {
    const blocks = nfsBlocks(stdout);
    if (blocks.length === 0) return nothing(NAME, exitCode, 'no NFS is mounted on this node');
    const before = new Map((previous?.value ?? []).map((stats) => [stats.target, stats]));
    const seconds = previous === undefined ? 0 : (atMs - previous.atMs) / 1_000;
    return fact(
      blocks.map((block) => {
        const now = countersOf(block);
        const last = before.get(now.target);
        const earlier =
          last !== undefined && now.ageSec >= last.ageSec && now.source === last.source ? last : undefined;
        return {
          ...now,
          ...present<Partial<NfsMountStats>>({
            recent: ratesSince(earlier, now, seconds),
            backlog: backlogSince(earlier?.transport, now.transport),
          }),
        };
      }),
    );
  },
} satisfies Probe<'nfsStats'>;

/** Lines of one mount; NFSv4.2 has some 80 operations. */
const MAX_BLOCK_LINES = 500;

interface Block {
  readonly source: string;
  readonly target: AbsolutePath;
  readonly lines: readonly string[];
  /** 1-based line of the answer that names the mount. */
  readonly at: number;
}

const HEAD = /^device (\S*) mounted on (\S+) with fstype (\S+)(?: statvers=(\S+))?$/;

/** Only NFS mounts with statistics. A mount hidden below another shows under the same target; the later one is the visible one. */
function nfsBlocks(stdout: string): readonly Block[] {
  const byTarget = new Map<string, Block>();
  let lines: string[] | undefined;
  let number = 0;
  for (const line of stdout.split('\n')) {
    number += 1;
    if (!line.startsWith('device ')) {
      if (lines !== undefined && lines.push(line) > MAX_BLOCK_LINES) throw new ParseError(NAME, number, line);
      continue;
    }
    lines = undefined;
    const [, source = '', target = '', fsType = '', version] = HEAD.exec(line) ?? [];
    if (fsType !== 'nfs' && fsType !== 'nfs4') continue;
    const path = unescapeOctal(target);
    if (version === undefined || !version.startsWith('1.') || !path.startsWith('/') || path.includes('\0')) {
      throw new ParseError(NAME, number, line);
    }
    if (byTarget.size >= MAX_ROWS) break;
    lines = [];
    byTarget.delete(path);
    byTarget.set(path, {
      source: ownText(unescapeOctal(source)),
      target: ownText(path) as AbsolutePath,
      lines,
      at: number,
    });
  }
  return [...byTarget.values()];
}

/** An operation that was never done: sixty of eighty, and nothing to add up. */
const IDLE_OPERATION = /^\s*\w+:(?: 0){7,}\s*$/;
/** What is read before the operations. */
const TELLING = /^\s*(?:age:|bytes:|xprt:|per-op\b)/;

function countersOf({ source, target, lines, at }: Block): Counters {
  let ageSec: number | undefined;
  let bytes: readonly number[] = [];
  let transport: NfsMountStats['transport'];
  let inOperations = false;
  const sum = { operations: 0, transmissions: 0, queueMs: 0, roundTripMs: 0 };
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (inOperations) {
      if (!IDLE_OPERATION.test(line) && !addOperation(sum, line)) throw new ParseError(NAME, at + index + 1, line);
      continue;
    }
    if (!TELLING.test(line)) continue;
    const [name, ...words] = line.trim().split(/\s+/);
    const values = words.map(counter);
    if (name === 'age:') ageSec = values[0];
    else if (name === 'bytes:') bytes = values.flatMap((value) => (value === undefined ? [] : [value]));
    else if (name === 'xprt:') transport = withConnection(transport, words[0], values);
    else if (name === 'per-op') inOperations = true;
  }
  if (ageSec === undefined || !inOperations) throw new ParseError(NAME, at, `${source} on ${target}`);
  return {
    target,
    source,
    ageSec,
    operations: sum.operations,
    retransmissions: sum.transmissions - sum.operations,
    roundTripMsTotal: sum.roundTripMs,
    queueMsTotal: sum.queueMs,
    // serverreadbytes and serverwritebytes: what crossed the wire, direct I/O and page cache alike.
    readBytes: bytes[4] ?? 0,
    writtenBytes: bytes[5] ?? 0,
    ...present<Pick<Counters, 'transport'>>({ transport }),
  };
}

type Sum = { [what in 'operations' | 'transmissions' | 'queueMs' | 'roundTripMs']: number };

/** `        READ: 3 3 0 408 1500 0 2 2 0`: calls, transmissions, timeouts, bytes out and in, ms waited, ms under way. False where figures are missing. */
function addOperation(sum: Sum, line: string): boolean {
  const colon = line.indexOf(':');
  if (colon < 0 || line.lastIndexOf(' ', colon - 1) > line.search(/\S/)) return true;
  const words = line
    .slice(colon + 1)
    .trimStart()
    .split(' ', 7);
  const operations = counter(words[0] ?? '');
  const transmissions = counter(words[1] ?? '');
  const queueMs = counter(words[5] ?? '');
  const roundTripMs = counter(words[6] ?? '');
  if (operations === undefined || transmissions === undefined || queueMs === undefined || roundTripMs === undefined)
    return false;
  sum.operations += operations;
  // The kernel counts a transmission late, so a running call may have fewer transmissions than calls.
  sum.transmissions += Math.max(operations, transmissions);
  sum.queueMs += queueMs;
  sum.roundTripMs += roundTripMs;
  return true;
}

/** A kernel counter. Negative differences the kernel prints as unsigned (a known quirk of queue times) count as 0. */
function counter(text: string): number | undefined {
  if (!/^\d{1,20}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= 2 ** 63 ? 0 : value;
}

/** Adds one connection (a mount with nconnect= has several): `tcp port bind connects connect_time idle sends recvs bad_xids req_u bklog_u …`. */
function withConnection(
  sum: NfsMountStats['transport'],
  protocol: string | undefined,
  values: readonly (number | undefined)[],
): NfsMountStats['transport'] {
  const [sends, backlogTotal] = protocol === 'udp' ? [values[3], values[7]] : [values[6], values[10]];
  if (sends === undefined || backlogTotal === undefined) return sum;
  return { sends: (sum?.sends ?? 0) + sends, backlogTotal: (sum?.backlogTotal ?? 0) + backlogTotal };
}

function backlogSince(before: NfsMountStats['transport'], now: NfsMountStats['transport']): number | undefined {
  if (now === undefined) return undefined;
  const hasRun = before !== undefined && now.sends >= before.sends && now.backlogTotal >= before.backlogTotal;
  const sends = now.sends - (hasRun ? before.sends : 0);
  const backlog = now.backlogTotal - (hasRun ? before.backlogTotal : 0);
  return sends > 0 ? backlog / sends : 0;
}

function ratesSince(before: NfsMountStats | undefined, now: Counters, seconds: number): NfsMountStats['recent'] {
  if (before === undefined || seconds <= 0) return undefined;
  const operations = now.operations - before.operations;
  const retransmissions = now.retransmissions - before.retransmissions;
  const readBytes = now.readBytes - before.readBytes;
  const writtenBytes = now.writtenBytes - before.writtenBytes;
  // A counter that ran backwards was reset with the transport: there is no rate to tell.
  if (operations < 0 || readBytes < 0 || writtenBytes < 0) return undefined;
  const mean = (total: number): number | undefined => (operations > 0 && total >= 0 ? total / operations : undefined);
  return {
    operationsPerSec: operations / seconds,
    retransmissionsPerSec: Math.max(0, retransmissions) / seconds,
    readBytesPerSec: readBytes / seconds,
    writtenBytesPerSec: writtenBytes / seconds,
    ...present<{ roundTripMs?: number; queueMs?: number }>({
      roundTripMs: mean(now.roundTripMsTotal - before.roundTripMsTotal),
      queueMs: mean(now.queueMsTotal - before.queueMsTotal),
    }),
  };
}
