// Clusters of an inventory: where kubectl, talosctl and Git work for them.
import { expect, test } from 'vitest';
import { formatProblems } from '../../src/config/problem.ts';
import { readInventory } from '../../src/config/read.ts';
import { memoryIo } from './memory-io.ts';

async function clustersOf(text: string) {
  const read = await readInventory('fleet.yaml', memoryIo({ 'fleet.yaml': text }));
  return read.kind === 'ok' ? read.inventory.clusters : formatProblems(read.errors);
}

test('a cluster says where talosctl finds its configuration, or that it takes its own', async () => {
  expect(
    await clustersOf(`nodes: { gpu-0: { via: kubernetes } }
clusters:
  own: { talos: {} }
  lab: { context: admin@lab, talos: { config: ~/.talos/lab, context: lab } }
  other:
`),
  ).toEqual([
    { name: 'own', talos: {} },
    { name: 'lab', context: 'admin@lab', talos: { config: '~/.talos/lab', context: 'lab' } },
    { name: 'other' },
  ]);
});

test('the clone of a cluster may lie on a node of the inventory, and on no other', async () => {
  const text = (node: string) => `nodes: { nfs-a: }
clusters:
  lab: { git: { from: ${node}, file: /srv/gitops/values.yaml } }
`;
  expect(await clustersOf(text('nfs-a'))).toEqual([
    { name: 'lab', git: { file: '/srv/gitops/values.yaml', from: 'nfs-a' } },
  ]);
  expect(await clustersOf(text('nfs-b'))).toBe(`fleet.yaml:3:23: no node is called "nfs-b"
    3 |   lab: { git: { from: nfs-b, file: /srv/gitops/values.yaml } }
      |                       ^^^^^
      = expected the name of the node the clone lies on, or nothing for this machine`);
});

test('a key that talosctl does not take is told at its place', async () => {
  expect(
    await clustersOf(`nodes: { gpu-0: { via: kubernetes } }
clusters:
  lab: { talos: { talosconfig: ~/.talos/lab } }
`),
  ).toBe(`fleet.yaml:3:19: unknown key "talosconfig"
    3 |   lab: { talos: { talosconfig: ~/.talos/lab } }
      |                   ^^^^^^^^^^^
      = expected one of config, context`);
});
