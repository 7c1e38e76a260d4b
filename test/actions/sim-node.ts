// A node that behaves: a disk gains a filesystem when mkfs runs, an automount mounts when it is touched. It answers needs with what it is now.
import { createHash } from 'node:crypto';
import type { World } from '../../src/demo/world.ts';
import type { CheckFacts, FileState, Need, Observed, ServiceState } from '../../src/model/check.ts';
import type { Facts, Mount } from '../../src/model/facts.ts';
import { absolutePath } from '../../src/model/ids.ts';
import { unitName } from '../../src/model/unit-name.ts';
import { parseExports } from '../../src/probes/exports-file.ts';
import { checkOfCards, factOfCards, simCards } from './sim-cards.ts';
import { contentsOf, holdersIn, leavings, processesOf } from './sim-contents.ts';
import { checkOfKube, type SimKube, simKube } from './sim-kube.ts';
import { kubeApplicationOf, kubeSharingOf } from './sim-sharing.ts';
import {
  blockDevices,
  extentOf,
  type NodeSpec,
  type SimDisk,
  type SimFile,
  type SimUnit,
  simDisk,
  simMount,
} from './sim-state.ts';

export interface SimNode {
  readonly name: string;
  readonly spec: NodeSpec;
  mounts: Mount[];
  readonly disks: SimDisk[];
  readonly files: Map<string, SimFile>;
  /** Unit files as systemd read them last. */
  readUnits: Map<string, string>;
  readonly units: Map<string, SimUnit>;
  kernelExports: string;
  threads: number | undefined;
  boot: number;
  readonly users: Map<string, readonly string[]>;
  readonly hung: Map<string, string>;
  nextId: number;
  /** Every command that ran, without its script. */
  readonly ran: string[];
  /** What was on a device when it was wiped or formatted. */
  readonly destroyed: string[];
  /** Whether a path is exported by the named node. */
  readonly isServed: (source: string) => boolean;
  /** The node's cards, in a world of their own. */
  readonly cards: World | undefined;
  /** The cluster its kubectl works on. */
  readonly kube: SimKube | undefined;
}

/** The moment every case plays at. */
export const NOW_MS = Date.UTC(2026, 10, 22, 12);

export const FOLDER = '/etc/systemd/system/';

export function simNode(name: string, spec: NodeSpec, isServed: SimNode['isServed']): SimNode {
  const files = new Map<string, SimFile>();
  const base = { owner: 'root', group: 'root' };
  for (const path of spec.directories ?? []) files.set(path, { kind: 'directory', mode: '0755', ...base });
  for (const [path, text] of Object.entries(spec.files ?? {}))
    files.set(path, { kind: 'file', text, mode: '0644', ...base });
  for (const [path, file] of leavings(spec, NOW_MS)) files.set(path, file);
  const node: SimNode = {
    name,
    spec,
    mounts: [],
    disks: (spec.disks ?? []).map(simDisk),
    files,
    readUnits: new Map(),
    units: new Map(),
    kernelExports: (spec.exported ?? []).map((line) => `${line}\n`).join(''),
    threads: spec.threads,
    boot: 1,
    users: new Map(Object.entries(spec.users ?? {})),
    hung: new Map(Object.entries(spec.hung ?? {})),
    nextId: 100,
    ran: [],
    destroyed: [],
    isServed,
    cards: spec.cards === undefined ? undefined : simCards(name, spec.cards),
    kube: spec.kube === undefined ? undefined : simKube(spec.kube),
  };
  reload(node);
  for (const line of spec.mounts ?? []) {
    const [source = '', target = '', type = '', options = ''] = line.split(' ');
    addMount(node, source, target, type, options.split(',').filter(Boolean));
  }
  for (const [unit, words] of Object.entries(spec.services ?? {})) {
    node.units.set(unit, {
      active: words.split(' ')[0] ?? 'inactive',
      enabled: words.includes('enabled'),
      invocation: 1,
    });
  }
  return node;
}

export function addMount(
  node: SimNode,
  source: string,
  target: string,
  type: string,
  options: readonly string[],
): void {
  node.mounts = [...node.mounts, simMount(node.nextId++, source, target, type, options)];
}

/** daemon-reload: systemd knows the unit files as they are now, and what fstab generates. */
export function reload(node: SimNode): void {
  node.readUnits = new Map(
    [...node.files].flatMap(([path, { text }]) =>
      path.startsWith(FOLDER) ? [[path.slice(FOLDER.length), text ?? '']] : [],
    ),
  );
  for (const line of (node.files.get('/etc/fstab')?.text ?? '').split('\n')) {
    const [what = '', where = '', type = '', options = ''] = line.split(' ');
    if (!where.startsWith('/')) continue;
    const unit = unitName(where, 'mount');
    if (!node.readUnits.has(unit)) {
      node.readUnits.set(unit, `Generated\nWhat=${what}\nWhere=${where}\nType=${type}\nOptions=${options}\n`);
    }
  }
}

/** A mount unit without a file is none any more once systemd has read its units again. */
export function forgetUnits(node: SimNode): void {
  for (const unit of [...node.units.keys()])
    if (/\.(auto)?mount$/.test(unit) && !node.readUnits.has(unit)) node.units.delete(unit);
}

export const realMounts = (node: SimNode, target: string): readonly Mount[] =>
  node.mounts.filter((mount) => mount.target === target && mount.fsType !== 'autofs');

/** Everything asked, as it is now. */
export function observe(node: SimNode, needs: readonly Need[], atMs: number): Observed {
  const facts: { -readonly [P in keyof Facts]?: Facts[P] } = {};
  const checks = new Map<string, CheckFacts[keyof CheckFacts]>();
  const failed = new Map<string, string>();
  const absent = new Map<string, string>();
  for (const need of needs) {
    if (need.kind === 'probe') observeFact(node, need.probe, need.target, facts, failed, absent);
    else observeCheck(node, need.check, need.target, checks, failed);
  }
  return { atMs, facts, checks, failed, absent };
}

function observeFact(
  node: SimNode,
  probe: string,
  target: string | undefined,
  facts: { -readonly [P in keyof Facts]?: Facts[P] },
  failed: Map<string, string>,
  absent: Map<string, string>,
): void {
  const { spec } = node;
  const silent = spec.silent?.[probe];
  if (silent !== undefined) {
    failed.set(target === undefined ? probe : `${probe} ${target}`, silent);
    return;
  }
  if (node.cards !== undefined && factOfCards(node.cards, probe, facts, failed, absent)) return;
  switch (probe) {
    case 'privilege':
      facts.privilege = spec.noRoot === undefined ? { kind: 'root' } : { kind: 'refused', because: spec.noRoot };
      return;
    case 'mounts':
      facts.mounts = node.mounts;
      return;
    case 'tools':
      facts.tools = spec.tools ?? TOOLS;
      return;
    case 'blockDevices':
      facts.blockDevices = blockDevices(node.disks, node.mounts);
      return;
    case 'units':
      if (spec.systemd === false) absent.set('units', 'no systemd on this node');
      else facts.units = { units: [...unitList(node)], failed: [] };
      return;
    case 'exports':
      if (node.threads === undefined) absent.set('exports', 'no NFS server on this node');
      else facts.exports = { files: exportFiles(node), kernel: parseExports(node.kernelExports, 'kernel').entries };
      return;
    case 'nfsServer':
      if (node.threads === undefined) absent.set('nfsServer', 'no NFS server on this node');
      else facts.nfsServer = { threads: node.threads, clients: [] };
      return;
    case 'identity':
      facts.identity = {
        hostname: node.name,
        osName: 'Debian',
        kernel: '6.1',
        architecture: 'x86_64',
        bootId: `boot-${node.boot}`,
        cpuCount: 4,
      };
      return;
    case 'gpus':
      if (spec.gpus === undefined) absent.set('gpus', 'no GPU on this node');
      else
        facts.gpus = Array.from({ length: spec.gpus }, (_, index) => ({
          index,
          uuid: `GPU-${index}`,
          name: 'H100',
          busId: '',
          driverVersion: '1',
          throttleReasons: [],
          migDevices: [],
        }));
      return;
    case 'gpuProcesses':
      facts.gpuProcesses = (spec.computing ?? []).map((line) => {
        const [pid = '', user = '', name = ''] = line.split(' ');
        return { gpuUuid: 'GPU-0', pid: Number(pid), user, name };
      });
      return;
    case 'usage':
      if (target !== undefined) observeUsage(node, target, facts, failed);
      return;
    default:
      failed.set(probe, 'not simulated');
  }
}

function observeUsage(
  node: SimNode,
  target: string,
  facts: { -readonly [P in keyof Facts]?: Facts[P] },
  failed: Map<string, string>,
): void {
  const because = node.hung.get(target);
  if (because !== undefined) {
    failed.set(`usage ${target}`, because);
    return;
  }
  const usage = {
    target: absolutePath(target),
    sizeBytes: 1e12,
    usedBytes: 5e11,
    availableBytes: 5e11,
    inodes: 1000,
    inodesFree: 500,
  };
  facts.usage = { byTarget: { ...facts.usage?.byTarget, [target]: usage } };
}

const TOOLS = [
  'mount.nfs',
  'mount.nfs4',
  'systemctl',
  'exportfs',
  'lsblk',
  'wipefs',
  'parted',
  'mkfs.ext4',
  'mkfs.xfs',
  'udevadm',
  'sfdisk',
  'partx',
  'resize2fs',
  'xfs_growfs',
  'blkid',
];

function* unitList(node: SimNode): Generator<Facts['units']['units'][number]> {
  for (const [name, text] of node.readUnits) {
    const kind = name.endsWith('.automount') ? 'automount' : 'mount';
    const state = serviceOf(node, name);
    yield {
      name,
      kind,
      load: 'loaded',
      active: state.active,
      sub: state.sub,
      fileState: state.fileState,
      fragmentPath: FOLDER + name,
      where: settingOf(text, 'Where'),
      what: settingOf(text, 'What'),
    };
  }
}

export const settingOf = (text: string, key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? '';

function exportFiles(node: SimNode): Facts['exports']['files'] {
  return [...node.files].flatMap(([path, { text }]) =>
    path === '/etc/exports' || /^\/etc\/exports\.d\/.*\.exports$/.test(path)
      ? parseExports(text ?? '', path).entries
      : [],
  );
}

function observeCheck(
  node: SimNode,
  check: string,
  target: string,
  checks: Map<string, CheckFacts[keyof CheckFacts]>,
  failed: Map<string, string>,
): void {
  const key = `${check} ${target}`;
  if (node.spec.silent?.[check] !== undefined) {
    failed.set(key, node.spec.silent[check]);
    return;
  }
  if (node.cards !== undefined && checkOfCards(node.cards, check, target, checks, failed)) return;
  if (node.kube !== undefined && checkOfKube(node.kube, check, target, checks)) return;
  if (check === 'file') checks.set(key, fileState(node.files.get(target)));
  else if (check === 'entries') checks.set(key, entriesOf(node, target));
  else if (check === 'contents' || check === 'identities') checks.set(key, contentsOf(node, target));
  else if (check === 'processes') checks.set(key, processesOf(node, target));
  else if (check === 'holders') checks.set(key, holdersIn(node, target));
  else if (check === 'users')
    checks.set(
      key,
      (node.users.get(target) ?? []).map((line) => ({
        pid: Number(line.split(' ')[0]),
        user: line.split(' ')[1] ?? '',
        command: line.split(' ').slice(2).join(' '),
      })),
    );
  else if (check === 'service') checks.set(key, serviceOf(node, target));
  else if (check === 'extent') {
    const found = extentOf(node.disks, target);
    if (found === undefined) failed.set(key, 'no such block device');
    else checks.set(key, found);
  } else if (check === 'gitFile') checks.set(key, gitFileOf(node, target));
  else if (check === 'kubeSharing') checks.set(key, kubeSharingOf(node));
  else if (check === 'kubeApplication') checks.set(key, kubeApplicationOf(node));
  else {
    const disk = node.disks.find(({ path }) => path === target);
    const part = node.disks.flatMap(({ partitions }) => partitions).find(({ path }) => path === target);
    if (disk === undefined && part === undefined) failed.set(key, 'no such block device');
    else
      checks.set(key, [
        ...(disk === undefined ? [] : diskSignatures(disk)),
        ...(part === undefined ? [] : signature(part.path, part.content)),
      ]);
  }
}

/** Every file below /srv/gitops is one of a clone whose remote branch has it so. */
function gitFileOf(node: SimNode, target: string): CheckFacts['gitFile'] {
  const [branch = '', path = ''] = target.split(' ');
  if (!path.startsWith('/srv/gitops/')) return { kind: 'none', because: 'fatal: not a git repository' };
  const text = node.files.get(path)?.text;
  return {
    kind: 'clone',
    remote: 'origin',
    branch: branch === '-' ? 'main' : branch,
    isNewBranch: false,
    tip: 'a'.repeat(40),
    root: absolutePath('/srv/gitops'),
    path: path.slice('/srv/gitops/'.length),
    isLarge: false,
    ...(text === undefined ? {} : { text, sha256: createHash('sha256').update(text).digest('hex') }),
  };
}

const signature = (
  device: string,
  content: { type: string; label?: string; uuid?: string } | undefined,
): CheckFacts['signatures'] => (content === undefined ? [] : [{ device, offset: '0x438', ...content }]);

const diskSignatures = (disk: SimDisk): CheckFacts['signatures'] => [
  ...(disk.table === undefined ? [] : [{ device: disk.path, offset: '0x200', type: disk.table }]),
  ...signature(disk.path, disk.content),
  ...disk.partitions.flatMap(({ path, content }) => signature(path, content)),
];

function fileState(file: SimFile | undefined): FileState {
  if (file === undefined) return { kind: 'none' };
  const { kind, text, mode, owner, group } = file;
  const base = {
    kind,
    uid: owner === 'root' ? 0 : 1000,
    gid: group === 'root' ? 0 : 1000,
    owner,
    group,
    mode,
    sizeBytes: text?.length ?? 4096,
    modifiedAtMs: 0,
  };
  return text === undefined ? base : { ...base, text, sha256: createHash('sha256').update(text).digest('hex') };
}

const entriesOf = (node: SimNode, folder: string): CheckFacts['entries'] =>
  [...node.files].flatMap(([path, { kind, text, owner }]) =>
    path.startsWith(`${folder}/`) && !path.slice(folder.length + 1).includes('/')
      ? [{ name: path.slice(folder.length + 1), kind, sizeBytes: text?.length ?? 4096, modifiedAtMs: 0, owner }]
      : [],
  );

export function serviceOf(node: SimNode, name: string): ServiceState {
  const known = node.units.get(name);
  const text = node.readUnits.get(name);
  const where = settingOf(text ?? '', 'Where');
  const isMount = name.endsWith('.mount');
  const active =
    isMount && where !== ''
      ? realMounts(node, where).length > 0
        ? 'active'
        : 'inactive'
      : (known?.active ?? 'inactive');
  const hasInstall = text?.includes('[Install]') === true || (text === undefined && known !== undefined);
  const isLoaded = text !== undefined || known !== undefined;
  return {
    load: isLoaded ? 'loaded' : 'not-found',
    active,
    sub: active === 'active' ? (isMount ? 'mounted' : 'running') : 'dead',
    result: 'success',
    fileState: !isLoaded
      ? ''
      : text?.startsWith('Generated') === true
        ? 'generated'
        : !hasInstall
          ? 'static'
          : known?.enabled === true
            ? 'enabled'
            : 'disabled',
    killMode: 'control-group',
    mainPid: active === 'active' ? 100 : 0,
    invocationId: known === undefined || known.invocation === 0 ? '' : `run-${known.invocation}`,
    isStale: text !== undefined && !text.startsWith('Generated') && node.files.get(FOLDER + name)?.text !== text,
    description: name,
    lastLines: [],
    neededBy: [],
  };
}
