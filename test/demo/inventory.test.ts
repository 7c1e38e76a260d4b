import { expect, test } from 'vitest';
import { nodeIo } from '../../src/config/node-io.ts';
import { readInventory } from '../../src/config/read.ts';
import { startDemoFleet } from '../../src/demo/fleet.ts';
import type { Inventory } from '../../src/model/inventory.ts';

/** What the shipped file and the running fleet say of the same cluster; where a node listens is only known once it runs. */
const wishesOf = ({ groups, volumes, exports, mounts, sharing, clusters, nodes }: Inventory) => ({
  groups,
  volumes,
  exports,
  mounts,
  sharing,
  clusters,
  nodes: nodes.map((node) => ({ name: node.name, class: node.class, labels: node.labels, gpus: node.gpus })),
});

test('the fleet of 24 is the one that the shipped inventory describes', async () => {
  const fleet = await startDemoFleet();
  await fleet.close();
  const shipped = await readInventory('inventory/demo.yaml', nodeIo);
  if (shipped.kind !== 'ok') throw new Error(shipped.errors.map((error) => error.message).join('\n'));
  expect(wishesOf(fleet.inventory)).toEqual(wishesOf(shipped.inventory));
});
