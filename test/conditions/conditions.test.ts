// Every kind of condition: what it says when it holds, when it does not, and when the node could not say.
import { describe, expect, test } from 'vitest';
import { sumOf } from '../../src/actions/kube-steps.ts';
import { judgeAll, needsOf, wordsOf } from '../../src/conditions/judge.ts';
import { conditions } from '../../src/conditions/registry.ts';
import type { Need, Observed } from '../../src/model/check.ts';
import type { Condition } from '../../src/model/condition.ts';
import { absolutePath, devicePath } from '../../src/model/ids.ts';
import { contentsOf } from '../actions/sim-contents.ts';
import { observe, simNode } from '../actions/sim-node.ts';
import type { NodeSpec } from '../actions/sim-state.ts';

const NODE: NodeSpec = {
  disks: [
    { path: '/dev/sdb', serial: 'S1', table: 'gpt', partitions: [{ fs: 'ext4 data 11-22' }] },
    { path: '/dev/sdc', serial: 'S2' },
  ],
  mounts: ['/dev/sdb1 /data ext4 rw,noatime', 'nfs-a:/srv /share nfs4 hard,vers=4.2,addr=10.0.0.5'],
  files: { '/etc/x': 'text', '/srv/gitops/x': 'text' },
  directories: ['/data'],
  threads: 8,
  exported: ['/data 10.0.0.0/8(rw,no_subtree_check)'],
  users: { '/data': ['7 eve cat'], '/pile/b': ['8 eve less'] },
  services: { 'ssh.service': 'active enabled' },
  gpus: 2,
  kube: {
    nodes: { 'gpu-0': 'cordoned', 'gpu-1': 'ready' },
    pods: ['ai/web gpu-0 ReplicaSet web', 'ai/bare gpu-0 - -', 'ops/agent gpu-1 DaemonSet agent'],
  },
  running: ['70 500 9 bob /user.slice rsync x'],
  leavings: { '/pile': 'directory 0 1d root', '/pile/a': 'directory 1G 9d root', '/pile/b': 'file 1G 9d root' },
};
const CLUSTER: NodeSpec = {
  cluster: {
    nodes: { 'gpu-0': '2 any', 'gpu-1': '4' },
    maps: { slices: { any: 'version: v1\n' } },
    reads: 'slices',
    default: 'any',
    policy: 'argocd gpu-operator',
    argo: 'automated',
  },
};
const CARDS: NodeSpec = {
  cards: {
    model: 'h100',
    count: 2,
    mig: { '1': ['3g.40gb', '1g.10gb bare'] },
    computing: ['0 4711 alice 9000 python'],
    open: ['0 7 root 0 nvidia-cuda-mps-server'],
  },
};
const node = simNode('nfs-a', NODE, () => true);
const now = (needs: readonly Need[]): Observed => observe(node, needs, 1);
const cards = simNode('gpu01', CARDS, () => true);
const cluster = simNode('deploy', CLUSTER, () => true);
const nothing: Observed = { atMs: 1, facts: {}, checks: new Map(), failed: new Map(), absent: new Map() };

const [sdb, sdb1, sdc] = ['/dev/sdb', '/dev/sdb1', '/dev/sdc'].map(devicePath) as [never, never, never];
const values = absolutePath('/srv/gitops/x');
const [data, share, x, none] = ['/data', '/share', '/etc/x', '/none'].map(absolutePath) as [never, never, never, never];
const pile = absolutePath('/pile');
const IDS = contentsOf(node, '/pile');
const folderId = IDS.kind === 'directory' ? IDS.id : '';
const entries = IDS.kind === 'directory' ? IDS.entries.map(({ name, id }) => ({ name, id })) : [];
const strangers = entries.map(({ name }) => ({ name, id: '1:1' }));
const SUM = '982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1';

/** Those about cards, asked of a node with two of them. */
function gpuCases(): readonly (readonly [Condition, string])[] {
  const card = (index: number) => ({ gpu: `GPU-${index}`, about: `gpu${index}` });
  return [
    [{ kind: 'gpu-set', ...card(0), computeMode: 'Default', powerLimitW: 700, persistence: true }, 'holds'],
    [{ kind: 'gpu-set', ...card(0), powerLimitW: 320 }, 'gpu0 has power limit 700'],
    [{ kind: 'gpu-set', ...card(1), mig: false, migPending: false }, 'gpu1 has MIG mode on'],
    [{ kind: 'gpu-set', ...card(0), timeSlice: 'long' }, 'gpu0 has time-slice default'],
    [{ kind: 'gpu-set', gpu: 'GPU-9', about: 'gpu9', mig: true }, 'nvidia-smi does not show gpu9 (GPU-9)'],
    [{ kind: 'gpu-unused', ...card(1) }, 'holds'],
    [{ kind: 'gpu-unused', ...card(0) }, 'gpu0 is in use by 7 root nvidia-cuda-mps-server; 4711 alice python'],
    [{ kind: 'gpu-unused', about: 'the driver', except: 'mps' }, 'the driver is in use by 4711 alice python'],
    [{ kind: 'gpu-answers', busId: '0000:1b:00.0', about: 'gpu0' }, 'holds'],
    [{ kind: 'gpu-answers', busId: '0000:99:00.0', about: 'gpu9' }, 'nvidia-smi does not show gpu9'],
    [{ kind: 'gpu-memory-free', ...card(1) }, 'holds'],
    [{ kind: 'gpu-memory-free', ...card(0) }, 'gpu0 holds 8.8G'],
    [{ kind: 'mig-offers', ...card(1), profile: '3g.40gb' }, 'holds'],
    [{ kind: 'mig-offers', ...card(0), profile: '3g.40gb' }, 'gpu0 lists no MIG profiles'],
    [{ kind: 'mig-count', ...card(1), profile: '3g.40gb', leastWhole: 1, mostWhole: 1, most: 1 }, 'holds'],
    [
      { kind: 'mig-count', ...card(1), profile: '1g.10gb', notBare: 2 },
      'gpu1 has 0 of MIG 1g.10gb and 1 without a compute instance',
    ],
    [{ kind: 'mps', runs: false }, 'holds'],
    [{ kind: 'mps', runs: true }, 'no MPS control daemon runs'],
    [{ kind: 'gpu-module' }, 'holds'],
  ];
}

/** Those about a cluster, asked of the node its kubectl runs on. */
function kubeCases(): readonly (readonly [Condition, string])[] {
  const way = { cluster: 'talos', context: '-', kubeconfig: '-', namespace: '-' };
  const sum = sumOf('version: v1');
  const application = { namespace: 'argocd', name: 'gpu-operator' };
  return [
    [{ kind: 'kube-map', way, map: 'slices', key: 'any', sha256: sum }, 'holds'],
    [{ kind: 'kube-map', way, key: 'any', sha256: sum }, 'holds'],
    [{ kind: 'kube-map', way, map: 'slices', key: 'none' }, 'holds'],
    [{ kind: 'kube-map', way, map: 'slices', key: 'any' }, 'ConfigMap gpu-operator/slices has the key any'],
    [
      { kind: 'kube-map', way, map: 'slices', key: 'any', sha256: '0' },
      'ConfigMap gpu-operator/slices has another text under the key any',
    ],
    [{ kind: 'kube-map', way, map: 'other', key: 'any', sha256: sum }, 'there is no ConfigMap gpu-operator/other'],
    [{ kind: 'kube-policy', way, policy: 'cluster-policy', configMap: 'slices', defaultKey: 'any' }, 'holds'],
    [
      { kind: 'kube-policy', way, policy: 'cluster-policy', configMap: 'slices', defaultKey: '0' },
      'ClusterPolicy cluster-policy names ConfigMap slices, default any',
    ],
    [{ kind: 'kube-labels', way, labels: [{ node: 'gpu-0', value: 'any' }, { node: 'gpu-1' }] }, 'holds'],
    [
      { kind: 'kube-labels', way, labels: [{ node: 'gpu-0' }, { node: 'gpu-9' }] },
      'label nvidia.com/device-plugin.config: gpu-0 has any, gpu-9 is not there',
    ],
    [{ kind: 'kube-fresh', way, map: 'slices' }, 'holds'],
    [{ kind: 'kube-fresh', way, map: 'other' }, 'DaemonSet nvidia-device-plugin-daemonset reads ConfigMap slices'],
    [{ kind: 'kube-offers', way, offers: [{ node: 'gpu-0', resource: 'nvidia.com/gpu', amount: 2 }] }, 'holds'],
    [
      { kind: 'kube-offers', way, offers: [{ node: 'gpu-1', resource: 'nvidia.com/gpu', amount: 16 }] },
      'gpu-1 offers 4 nvidia.com/gpu instead of 16',
    ],
    [{ kind: 'kube-synced', way, application }, 'holds'],
  ];
}

/** The condition, and what it comes to: `holds` or the reason. */
const CASES: readonly (readonly [Condition, string])[] = [
  [{ kind: 'entries-same', folder: pile, folderId, entries }, 'holds'],
  [{ kind: 'entries-same', folder: pile, folderId, entries: strangers }, '/pile/a is another one than the plan showed'],
  [{ kind: 'entries-same', folder: pile, folderId, entries: [{ name: 'c', id: '1:1' }] }, 'there is no /pile/c'],
  [{ kind: 'entries-same', folder: pile, folderId: '1:1', entries }, '/pile is another directory than the plan showed'],
  [{ kind: 'entries-same', folder: none, folderId: '1:1', entries }, 'there is no /none any more'],
  [{ kind: 'entries-gone', folder: pile, folderId, entries }, '/pile/a is there'],
  [{ kind: 'entries-gone', folder: pile, folderId, entries: strangers }, 'holds'],
  [{ kind: 'entries-gone', folder: x, folderId, entries }, '/etc/x is a regular file, not to be entered'],
  [{ kind: 'processes-gone', pattern: 'rsync', processes: [{ pid: 70, startTicks: 500 }] }, '70 bob rsync x runs'],
  [{ kind: 'processes-gone', pattern: 'rsync', processes: [{ pid: 70, startTicks: 4 }] }, 'holds'],
  [{ kind: 'entries-unused', folder: pile, names: ['a'] }, 'holds'],
  [{ kind: 'entries-unused', folder: pile, names: ['a', 'b'] }, '/pile/b is in use by 8 eve less'],
  [{ kind: 'same-disk', disk: { path: sdc, serial: 'S2', sizeBytes: 1e12 } }, 'holds'],
  [{ kind: 'same-disk', disk: { path: sdc, serial: 'S9', sizeBytes: 1e12 } }, '/dev/sdc has serial S2, not S9'],
  [{ kind: 'same-disk', disk: { path: sdc, serial: 'S2', sizeBytes: 5 } }, '/dev/sdc has 1000000000000 bytes, not 5'],
  [{ kind: 'disk-unused', device: sdc }, 'holds'],
  [{ kind: 'disk-unused', device: sdb }, '/dev/sdb1 is mounted at /data'],
  [{ kind: 'disk-blank', device: sdc }, 'holds'],
  [{ kind: 'disk-blank', device: sdb }, '/dev/sdb carries gpt'],
  [{ kind: 'same-signatures', device: sdb, signatures: ['ext4:11-22', 'gpt:', 'vfat:3'] }, 'holds'],
  [
    { kind: 'same-signatures', device: sdb, signatures: ['gpt:'] },
    '/dev/sdb1 carries ext4 11-22, which the plan did not show',
  ],
  [{ kind: 'extent', device: sdb1, of: 'device', leastBytes: 9e11 }, 'holds'],
  [{ kind: 'extent', device: sdb1, of: 'filesystem', leastBytes: 2e12 }, 'the filesystem on /dev/sdb1 has 931G'],
  [{ kind: 'partitioned', device: sdb, table: 'gpt', partitions: 1 }, 'holds'],
  [
    { kind: 'partitioned', device: sdc, table: 'gpt', partitions: 1 },
    '/dev/sdc has no partition table and 0 partitions',
  ],
  [{ kind: 'filesystem', device: sdb1, fsType: 'ext4', label: 'data', uuid: '11-22' }, 'holds'],
  [
    { kind: 'filesystem', device: sdb1, fsType: 'ext4', label: 'other' },
    '/dev/sdb1 holds ext4 labelled data with UUID 11-22',
  ],
  [{ kind: 'mounted', target: data, fsType: 'ext4', uuid: '11-22', options: ['noatime'] }, 'holds'],
  [{ kind: 'mounted', target: data, uuid: '33' }, '/dev/sdb1 with UUID 11-22 is mounted at /data'],
  [{ kind: 'mounted', target: share, fsType: 'nfs', source: 'nfs-a:/srv/' }, 'holds'],
  [{ kind: 'mounted', target: share, source: '10.0.0.5:/srv' }, 'holds'],
  [{ kind: 'mounted', target: share, source: '10.0.0.6:/srv' }, 'nfs-a:/srv is mounted at /share, not 10.0.0.6:/srv'],
  [
    { kind: 'mounted', target: share, source: '10.0.0.5:/other' },
    'nfs-a:/srv is mounted at /share, not 10.0.0.5:/other',
  ],
  [{ kind: 'mounted', target: share, options: ['soft'] }, '/share: soft wished, hard seen'],
  [{ kind: 'mounted', target: none }, 'nothing is mounted at /none'],
  [{ kind: 'not-mounted', target: none }, 'holds'],
  [{ kind: 'not-mounted', target: share }, 'nfs-a:/srv is mounted at /share'],
  [{ kind: 'not-mounted', target: share, unless: { source: 'nfs-a:/srv', options: ['hard'], answers: true } }, 'holds'],
  [{ kind: 'stacked', target: share, most: 1 }, 'holds'],
  [{ kind: 'stacked', target: share, most: 0 }, '1 mounts lie upon each other at /share'],
  [{ kind: 'answers', target: share }, 'holds'],
  [{ kind: 'no-users', target: share }, 'holds'],
  [{ kind: 'no-users', target: data }, '/data is in use by 7 eve cat'],
  [{ kind: 'file', path: x, sha256: SUM, mode: '0644' }, 'holds'],
  [{ kind: 'file', path: x, sha256: 'other' }, '/etc/x has another content'],
  [{ kind: 'file-unchanged', path: x, sha256: SUM }, 'holds'],
  [{ kind: 'file-unchanged', path: x }, '/etc/x is there now, and was not when the plan was made'],
  [{ kind: 'no-file', path: none }, 'holds'],
  [{ kind: 'no-file', path: x }, '/etc/x is a file'],
  [{ kind: 'directory', path: data, owner: '0', mode: '755' }, 'holds'],
  [{ kind: 'directory', path: data, mode: '0700' }, '/data has mode 0755'],
  [{ kind: 'exported', path: data, client: '10.0.0.0/255.0.0.0', options: ['rw'] }, 'holds'],
  [{ kind: 'exported', path: data, client: '10.0.0.0/8', options: ['ro'] }, '/data: ro wished, rw seen'],
  [{ kind: 'not-exported', path: none }, 'holds'],
  [{ kind: 'not-exported', path: data }, '/data is exported to 10.0.0.0/8'],
  [{ kind: 'unit', unit: 'ssh.service', load: 'loaded', active: 'active', isEnabled: true }, 'holds'],
  [{ kind: 'unit', unit: 'ssh.service', active: 'inactive' }, 'ssh.service is active'],
  [{ kind: 'started-since', unit: 'ssh.service', invocationId: 'run-0' }, 'holds'],
  [{ kind: 'started-since', unit: 'ssh.service', invocationId: 'run-1' }, 'ssh.service was not started since'],
  [{ kind: 'nfsd-threads', least: 8 }, 'holds'],
  [{ kind: 'nfsd-threads', least: 64 }, "the kernel's NFS server has 8 threads"],
  [{ kind: 'booted-since', bootId: 'boot-0' }, 'holds'],
  [{ kind: 'booted-since', bootId: 'boot-1' }, 'it has not booted since'],
  [{ kind: 'git-file', ref: '-', path: values, sha256: SUM }, 'holds'],
  [{ kind: 'git-file', ref: '-', path: values, sha256: 'other' }, 'origin/main has another x'],
  [{ kind: 'git-file', ref: '-', path: absolutePath('/srv/gitops/y'), sha256: SUM }, 'origin/main has no text at y'],
  [{ kind: 'git-file', ref: '-', path: none, sha256: SUM }, 'fatal: not a git repository'],
  [{ kind: 'gpus', count: 2 }, 'holds'],
  [{ kind: 'gpus', count: 3 }, '2 of 3 GPUs answer'],
  ...drainCases(),
  ...gpuCases(),
  ...kubeCases(),
];

function drainCases(): readonly (readonly [Condition, string])[] {
  const about = { kubectl: {}, node: 'gpu-0' };
  const kept = { unmanaged: false, localStorage: false };
  const lost = { unmanaged: true, localStorage: true };
  return [
    [{ kind: 'kube-node', ...about, uid: 'uid-gpu-0' }, 'holds'],
    [{ kind: 'kube-node', ...about, uid: 'uid-gpu-0', isCordoned: false }, 'gpu-0 is cordoned'],
    [{ kind: 'kube-node', ...about, uid: 'uid-gpu-0', isCordoned: true }, 'holds'],
    [{ kind: 'kube-node', ...about, uid: 'another' }, 'gpu-0 was taken out of the cluster and is another one now'],
    [{ kind: 'kube-node', ...about, node: 'gpu-9', uid: 'x' }, 'the cluster has no node gpu-9'],
    [{ kind: 'kube-drained', ...about, leave: kept }, 'still on gpu-0: ai/web, ai/bare'],
    [{ kind: 'kube-drained', ...about, leave: kept, uids: ['another'] }, 'holds'],
    [{ kind: 'kube-drained', ...about, node: 'gpu-1', leave: kept }, 'holds'],
    [{ kind: 'kube-drainable', ...about, leave: lost }, 'holds'],
    [{ kind: 'kube-drainable', ...about, leave: kept, uids: ['uid-web'] }, 'holds'],
    [{ kind: 'kube-drainable', ...about, leave: kept }, 'ai/bare: nobody would make it anew: no controller owns it'],
  ];
}

test.each(CASES)('%o is %s', (condition, expected) => {
  const { kind } = condition;
  const asked = /^(?:gpu-|mig-|mps)/.test(kind)
    ? cards
    : /^kube-(?:map|policy|labels|fresh|offers|synced)$/.test(kind)
      ? cluster
      : node;
  const seen = observe(asked, needsOf([condition]), 1);
  const verdict = judgeAll([condition], seen);
  expect(verdict.kind === 'holds' ? 'holds' : verdict.because).toBe(expected);
});

test('every kind has a case', () => {
  expect(Object.keys(conditions).filter((kind) => !CASES.some(([condition]) => condition.kind === kind))).toEqual([]);
});

describe.each(CASES)('%o', (condition) => {
  test('does not hold on a node that could not say, asks for something, and reads as a clause', () => {
    expect(judgeAll([condition], nothing).kind).not.toBe('holds');
    expect(needsOf([condition, condition]).length).toBeGreaterThan(0);
    expect(wordsOf(condition)).toMatch(/^[^\n]{8,}$/);
  });
});

test('what is known to be wrong is a better reason than what is not known', () => {
  const asked: readonly Condition[] = [
    { kind: 'gpus', count: 1 },
    { kind: 'not-mounted', target: share },
  ];
  const seen = { ...now([{ kind: 'probe', probe: 'mounts' }]) };
  expect(judgeAll(asked, seen)).toEqual({ kind: 'fails', because: 'nfs-a:/srv is mounted at /share' });
  expect(judgeAll(asked.slice(0, 1), { ...seen, failed: new Map([['gpus', 'no answer within 5s']]) })).toEqual({
    kind: 'unknown',
    because: 'gpus: no answer within 5s',
  });
});

test('a node without an NFS server exports nothing, and says so', () => {
  const absent = new Map([['exports', 'no NFS server on this node']]);
  expect(judgeAll([{ kind: 'not-exported', path: data }], { ...nothing, absent })).toEqual({ kind: 'holds' });
  expect(judgeAll([{ kind: 'exported', path: data, client: '*', options: [] }], { ...nothing, absent })).toEqual({
    kind: 'fails',
    because: 'no NFS server on this node',
  });
});
