import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { startDemoProcess } from '../../src/demo/process.ts';
import { startPlain } from './client.ts';

const entry = new URL('../../src/demo/main.ts', import.meta.url);

test('the fleet runs in a process of its own, obeys its parent, and leaves nothing behind', async () => {
  const { inventory, endpoints, demo, end } = await startDemoProcess({ nodes: 4, entry });
  expect(inventory.nodes.map((node) => node.name)).toEqual(['nfs-a', 'nfs-b', 'gpu01', 'edge01']);
  expect(demo.faults.map((fault) => fault.name)).toContain('server-down');
  const [first] = endpoints;
  if (first === undefined) throw new Error('no endpoint');
  const keyFolder = dirname(first.identityFiles[0] ?? '');
  expect(existsSync(keyFolder)).toBe(true);

  const client = await startPlain(first);
  demo.inject(`node-lost@${first.node}`);
  await client.closed;
  await end();
  expect(existsSync(keyFolder)).toBe(false);
});

test('a fault asked for later that cannot be is told with what is possible', async () => {
  const { demo, end } = await startDemoProcess({ nodes: 4, entry });
  const { promise, resolve } = Promise.withResolvers<readonly string[]>();
  demo.onRefused((fault, because) => resolve([fault, because]));
  demo.inject('gpu-lost@nfs-a');
  expect(await promise).toEqual([
    'gpu-lost@nfs-a',
    'gpu-lost needs a GPU, which nfs-a does not have; try gpu-lost@gpu01',
  ]);
  await end();
});

test('a fleet that cannot be is refused in one sentence', async () => {
  await expect(startDemoProcess({ nodes: 2_000, entry })).rejects.toThrow('a demo fleet has 1 to 1000 nodes, not 2000');
  await expect(startDemoProcess({ nodes: 2, faults: ['sparks'], entry })).rejects.toThrow(
    'no fault is called "sparks"',
  );
});
