import type { Lab } from './lab.ts';
import type { LabNode } from './lab-node.ts';
import { nodeIn, type PrintedNode, type Status, type Watched, watch } from './watch.ts';

/**
 * What the node itself says, asked over plain ssh with other tools than the probes use where there are any: findmnt, df, lsblk,
 * exportfs -v, systemctl list-units, dmesg, nvidia-smi. `stuck` mounts are left out of df, which would wait for them.
 */
export async function truthOf(node: LabNode, stuck: readonly string[] = []): Promise<Truth> {
  const usage =
    stuck.length === 0 ? 'df -B1 --output=target,size,avail' : 'df -B1 --output=target,size,avail -x nfs4 -x virtiofs';
  const { stdout: text } = await node.says(
    `section() { printf '\\n@@ %s\\n' "$1"; }
section mounts; awk '{ print $1, $2, $3, $4 }' /proc/self/mounts
section usage; timeout 20 ${usage} 2>/dev/null
section disks; lsblk -Pbp -o NAME,TYPE,SIZE,FSTYPE,LABEL,UUID,SERIAL,RO,MOUNTPOINT
section exports; exportfs -v 2>/dev/null | tr '\\n' ' ' | sed 's/) */)\\n/g'
section units; systemctl list-units --all --plain --no-legend --full --type=mount --type=automount | awk '{ print $1, $2, $3, $4 }'
section failed; systemctl list-units --plain --no-legend --full --state=failed | awk '{ print $1 }'
section nfsd; cat /proc/fs/nfsd/threads 2>/dev/null
section clients; sed -n 's/^address: "\\(.*\\):[0-9]*"/\\1/p' /proc/fs/nfsd/clients/*/info 2>/dev/null
section identity; hostname; uname -r; cat /proc/sys/kernel/random/boot_id; nproc; . /etc/os-release; echo "$PRETTY_NAME"
section memory; awk '/^MemTotal/ { print $2 * 1024 }' /proc/meminfo
section nfs; awk '/fstype nfs4? statvers/ { print $5, $2 }' /proc/self/mountstats
section log; dmesg | grep -cE 'NVRM: Xid|EXT4-fs error|not responding'
section gpus; [ -e /var/lib/lab-gpu/wedge/.gate ] || nvidia-smi --query-gpu=index,uuid,name,memory.total,driver_version,compute_mode --format=csv,noheader 2>/dev/null`,
    { withinMs: 60_000 },
  );
  return sectionsOf(text);
}

/** Lines by section. */
export type Truth = ReadonlyMap<string, readonly string[]>;

function sectionsOf(text: string): Truth {
  const found = new Map<string, readonly string[]>();
  for (const part of text.split('\n@@ ').slice(1)) {
    const [name = '', ...lines] = part.split('\n');
    found.set(
      name,
      lines.map((line) => line.trim()).filter((line) => line !== ''),
    );
  }
  return found;
}

const sorted = (lines: Iterable<string>): readonly string[] => [...lines].sort();

/** Blanks as /proc/self/mounts writes them. */
const octal = (text: string): string => text.replaceAll(' ', '\\040');

/** Everything muster says of the node that differs from what the node says, as lines `fact: muster …, node …`. */
export function differences(printed: PrintedNode, truth: Truth, stuck: readonly string[] = []): readonly string[] {
  const { facts } = printed;
  const of = (section: string): readonly string[] => truth.get(section) ?? [];
  const found: string[] = [];
  const same = (about: string, muster: unknown, node: unknown): void => {
    const [ours, theirs] = [JSON.stringify(muster), JSON.stringify(node)];
    if (ours !== theirs) found.push(`${about}: muster ${ours}, node ${theirs}`);
  };
  const isMode = (word: string): boolean => word === 'rw' || word === 'ro';
  // The kernel's older table says once for mount and superblock together whether one may write.
  const options = (own: readonly string[], superblock: readonly string[]): string => {
    const mode = [...own, ...superblock].includes('ro') ? 'ro' : 'rw';
    return [...new Set([mode, ...[...own, ...superblock].filter((word) => !isMode(word))])].sort().join();
  };
  same(
    'mounts',
    (facts.mounts?.value ?? []).map((mount) =>
      [octal(mount.source), octal(mount.target), mount.fsType, options(mount.options, mount.superOptions)].join(' '),
    ),
    of('mounts').map((line) => {
      const [source = '', target = '', fsType = '', words = ''] = line.split(' ');
      return [source, target, fsType, [...new Set(words.split(','))].sort().join()].join(' ');
    }),
  );
  for (const [target, fact] of Object.entries(facts.usage ?? {})) {
    if (stuck.includes(target)) continue;
    const line = of('usage').find((one) => one.split(/\s+/)[0] === target);
    const [, size = 'none', available = '0'] = line?.split(/\s+/) ?? [];
    same(`size of ${target}`, String(fact.value?.sizeBytes ?? fact.state), size);
    const gap = Math.abs(Number(available) - (fact.value?.availableBytes ?? 0));
    // A journal or a log line may be written between the two looks.
    if (gap > 2 ** 21) same(`space left on ${target}`, fact.value?.availableBytes, Number(available));
  }
  same(
    'disks',
    sorted(
      (facts.blockDevices?.value ?? []).map((device) =>
        [device.path, device.kind, device.sizeBytes, device.fsType, device.label, device.uuid, device.serial].join(' '),
      ),
    ),
    sorted(
      of('disks').map((line) => {
        const values = new Map(
          [...line.matchAll(/([A-Z-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
        );
        return ['NAME', 'TYPE', 'SIZE', 'FSTYPE', 'LABEL', 'UUID', 'SERIAL'].map((key) => values.get(key)).join(' ');
      }),
    ),
  );
  same(
    'exports',
    sorted((facts.exports?.value?.kernel ?? []).map(({ path, client }) => `${path} ${client}`)),
    sorted(of('exports').flatMap((line) => /^(\S+)\s+(\S+?)\(/.exec(line)?.slice(1, 3).join(' ') ?? [])),
  );
  const units = (facts.units?.value?.units ?? []).map(({ name, load, active, sub }) =>
    [name, load, active, sub].join(' '),
  );
  same('units', sorted(units), sorted(of('units')));
  same('failed units', sorted(facts.units?.value?.failed ?? []), sorted(of('failed')));
  same(
    'nfsd threads',
    facts.nfsServer?.state === 'ok' ? (facts.nfsServer.value?.threads ?? 0) : 0,
    Number(of('nfsd')[0] ?? 0),
  );
  const clients = facts.nfsServer?.state === 'ok' ? (facts.nfsServer.value?.clients ?? []) : [];
  same('nfsd clients', sorted(clients.map(({ address }) => address)), sorted(of('clients')));
  const who = facts.identity?.value;
  same('identity', [who?.hostname, who?.kernel, who?.bootId, String(who?.cpuCount), who?.osName], of('identity'));
  same('memory', String(facts.load?.value?.memoryTotalBytes), of('memory')[0]);
  const nfs = facts.nfsStats?.state === 'ok' ? (facts.nfsStats.value ?? []) : [];
  same('NFS mounts', sorted(nfs.map(({ target, source }) => `${target} ${source}`)), sorted(of('nfs')));
  const said = (facts.kernelLog?.value ?? []).filter(({ text }) => /NVRM: Xid|EXT4-fs error|not responding/.test(text));
  same('kernel log', said.length, Math.min(200, Number(of('log')[0] ?? 0)));
  if (facts.gpus?.state === 'ok') {
    same(
      'GPUs',
      (facts.gpus.value ?? []).map((gpu) =>
        [
          gpu.index,
          gpu.uuid,
          gpu.name,
          `${(gpu.memoryTotalBytes ?? 0) / 2 ** 20} MiB`,
          gpu.driverVersion,
          gpu.computeMode,
        ].join(', '),
      ),
      of('gpus'),
    );
  }
  return found;
}

/** How long one look at a node is compared with what muster prints, before the node is looked at again. */
const LOOK_MS = 25_000;

/** Where muster and the nodes may differ: mounts that hang, by node, and differences that a fault explains. */
interface Allowed {
  readonly stuck?: { readonly [node: string]: readonly string[] };
  readonly isLeftOut?: (node: string, difference: string) => boolean;
  readonly withinMs?: number;
}

/**
 * Waits until muster and the nodes say the same of all facts. The node is asked again and again, because it changes by itself, too: a
 * client comes to the server, a line into the log. Gives what the nodes said; throws with the last differences.
 */
export async function agreement(
  lab: Lab,
  muster: Watched,
  names: readonly string[],
  { stuck = {}, isLeftOut = () => false, withinMs = 480_000 }: Allowed = {},
): Promise<ReadonlyMap<string, Truth>> {
  const endMs = Date.now() + withinMs;
  const agree = async (name: string): Promise<readonly [string, Truth]> => {
    for (;;) {
      let last: readonly string[] = ['no document came'];
      const truth = await truthOf(lab.node(name), stuck[name]);
      const same = (status: Status): boolean => {
        const all = differences(nodeIn(status, name), truth, stuck[name]);
        last = all.filter((difference) => !isLeftOut(name, difference));
        return last.length === 0;
      };
      const isSame = await muster.see('agreement', same, LOOK_MS, 1).then(
        () => true,
        () => false,
      );
      if (isSame) return [name, truth];
      if (Date.now() > endMs) throw new Error(`${name} and muster differ:\n${last.join('\n')}`);
    }
  };
  return new Map(await Promise.all(names.map(agree)));
}

/** As `agreement`, by a program that starts anew: nothing that was seen before a fault is known to it. */
export async function agreementAnew(lab: Lab, names: readonly string[], more: Allowed = {}): Promise<void> {
  const muster = watch(lab);
  await agreement(lab, muster, names, more).finally(() => muster.close());
}
