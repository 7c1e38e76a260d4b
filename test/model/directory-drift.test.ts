import { expect, test } from 'vitest';
import type { DirectoryState, OwnerId } from '../../src/model/directories.ts';
import { nodeDrift } from '../../src/model/drift.ts';
import type { Mount } from '../../src/model/facts.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { VolumeSpec } from '../../src/model/inventory.ts';
import { answered, diskMount, inventory, mount, observed, stateOf } from '../store/builders.ts';

const LISTED: VolumeSpec['directories'] = [
  { path: '/data', owner: 'root', mode: '0755' },
  { path: '/data/models', owner: 'svc', group: '50', mode: '2775' },
];
const volume = (directories: VolumeSpec['directories']): VolumeSpec => ({
  name: 'data',
  nodes: [nodeName('gpu01')],
  disk: {},
  fsType: 'ext4',
  label: 'data',
  target: '/data/',
  options: [],
  directories,
});
const state = (path: string, over: Partial<DirectoryState> = {}): DirectoryState => ({
  path,
  uid: 0,
  gid: 0,
  mode: '0755',
  kind: 'directory',
  ...over,
});
const OWNERS: readonly OwnerId[] = [
  { kind: 'user', name: 'root', id: 0 },
  { kind: 'user', name: 'svc', id: 1001 },
];
const well = [state('/data'), state('/data/models', { uid: 1001, gid: 50, mode: '2775' })];

function drifts(
  directories: readonly DirectoryState[] | undefined,
  { owners = OWNERS, mounts = [diskMount('/data')] }: { owners?: readonly OwnerId[]; mounts?: readonly Mount[] } = {},
) {
  const of = inventory(['gpu01'], { volumes: [volume(LISTED)] });
  const seen =
    directories === undefined
      ? []
      : [answered('gpu01', 'directories', { target: '/data', directories, owners }, { target: '/data' })];
  const facts = stateOf(of, [answered('gpu01', 'mounts', mounts), ...seen]).nodes.get(nodeName('gpu01'));
  if (facts === undefined) throw new Error('gpu01 is in the inventory');
  return nodeDrift(of, facts).directories.map(({ drift }) => drift);
}

const difference = (about: string, wished: string, seen: string) => ({
  kind: 'drifted',
  differences: [{ about, wished, seen }],
});
const asDeclared = { kind: 'as-declared' };

test('owners are compared by number, names by what they mean on the node', () => {
  expect(drifts(well)).toEqual([asDeclared, asDeclared]);
  expect(drifts([state('/data', { uid: 7 }), ...well.slice(1)])[0]).toEqual(difference('owner', 'root (0)', '7'));
  expect(drifts([...well.slice(0, 1), state('/data/models', { uid: 1001, gid: 51, mode: '2775' })])[1]).toEqual(
    difference('group', '50', '51'),
  );
  expect(drifts(well, { owners: OWNERS.slice(0, 1) })[1]).toEqual(
    difference('owner', 'svc', '1001, and the node has no user svc'),
  );
});

test('modes and kinds differ, what is not there is missing, and what cannot be seen is unknown', () => {
  const models = (over: Partial<DirectoryState>) => drifts([...well.slice(0, 1), { path: '/data/models', ...over }])[1];
  const owner = { uid: 1001, gid: 50 };
  expect(models({ ...owner, mode: '0775', kind: 'directory' })).toEqual(difference('mode', '2775', '0775'));
  expect(models({ ...owner, mode: '2775', kind: 'regular file' })).toEqual(
    difference('kind', 'directory', 'regular file'),
  );
  expect(models({ problem: 'No such file or directory' })).toEqual({
    kind: 'missing',
    because: 'there is no such directory',
  });
  expect(models({ problem: 'Permission denied' })).toEqual({ kind: 'unknown', because: 'Permission denied' });
});

test('nothing is said of directories while their volume is not mounted, not answered, or covered', () => {
  const because = (given: ReturnType<typeof drifts>) => given.map((drift) => 'because' in drift && drift.because);
  expect(because(drifts(well, { mounts: [diskMount('/')] }))).toEqual([
    'the volume is not mounted',
    'the volume is not mounted',
  ]);
  expect(because(drifts(undefined))).toEqual(['not asked yet', 'not asked yet']);
  expect(because(drifts(well, { mounts: [diskMount('/data'), mount('/data/models')] }))).toEqual([
    false,
    'another filesystem is mounted over it',
  ]);
  const waiting = mount('/data', { fsType: 'autofs', source: 'systemd-1', superOptions: ['timeout=60'] });
  expect(because(drifts(well, { mounts: [waiting] }))).toEqual([
    'its automount waits, and a look would mount it',
    'its automount waits, and a look would mount it',
  ]);
});

test('a hang of the look is no answer about the directories', () => {
  const of = inventory(['gpu01'], { volumes: [volume(LISTED)] });
  const facts = stateOf(of, [
    answered('gpu01', 'mounts', [diskMount('/data')]),
    observed('gpu01', 'directories', { kind: 'hung', sinceMs: 1 }, { target: '/data' }),
  ]).nodes.get(nodeName('gpu01'));
  const [first] = facts === undefined ? [] : nodeDrift(of, facts).directories;
  expect(first?.drift).toEqual({ kind: 'unknown', because: 'no answer' });
});
