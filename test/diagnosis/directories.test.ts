import { expect, test } from 'vitest';
import { nodeName } from '../../src/model/ids.ts';
import type { VolumeSpec } from '../../src/model/inventory.ts';
import { answered, diskMount, inventory, up } from '../store/builders.ts';
import { foundIn } from './support.ts';

test('directories that drifted in the same way on many nodes are one finding, with the command that mends them', () => {
  const nodes = ['gpu01', 'gpu02', 'gpu03'];
  const volume: VolumeSpec = {
    name: 'data',
    nodes: nodes.map(nodeName),
    disk: {},
    fsType: 'ext4',
    label: 'data',
    target: '/data',
    options: [],
    directories: [{ path: "/data/it's", owner: 'root', group: '0', mode: '1777' }],
  };
  const owners = [{ kind: 'user' as const, name: 'root', id: 0 }];
  const found = foundIn(
    inventory(nodes, { volumes: [volume] }),
    nodes.flatMap((node) => {
      const directory = { path: "/data/it's", uid: 0, gid: 0, mode: node === 'gpu03' ? '1777' : '0755' };
      const directories = [{ ...directory, kind: 'directory' }];
      return [
        up(node),
        answered(node, 'mounts', [diskMount('/data')]),
        answered(node, 'directories', { target: '/data', directories, owners }, { target: '/data' }),
      ];
    }),
  ).filter(({ rule }) => rule === 'directory-drifted');
  expect(found.map(({ severity, title, nextMove }) => [severity, title, nextMove])).toEqual([
    [
      'warning',
      "directory /data/it's on gpu[01-02] is not as declared: mode: 1777 wished, 0755 seen",
      `Run "muster plan converge -l 'gpu[01-02]'" (by hand, as root there: "install -d -o root -g 0 -m 1777 '/data/it'\\''s'"), or write into the inventory what is right now.`,
    ],
  ]);
});
