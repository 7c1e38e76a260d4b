import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DemoFleet, startDemoFleet } from '../../src/demo/fleet.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { connect, exec, startPlain } from './client.ts';

let fleet: DemoFleet;
beforeAll(async () => {
  fleet = await startDemoFleet();
});
afterAll(() => fleet.close());

/** The endpoint of a node of the running fleet. */
function endpointOf(name: string): Endpoint {
  const found = fleet.endpoints.find((endpoint) => endpoint.node === name);
  if (found === undefined) throw new Error(`the demo fleet has no ${name}`);
  return found;
}

test('a demo node answers load and mounts over SSH', async () => {
  const node = await startPlain(endpointOf('gpu01'));
  const load = await node.ask('load');
  const mounts = await node.ask('mounts');
  node.end();
  expect(load.text).toMatch(
    /^[\d.]+ [\d.]+ [\d.]+ \d+\/\d+ \d+\n[\d.]+ [\d.]+\ncpu {2}\d+ 0 .*\nMemTotal: +\d+ kB\n.*\nMemAvailable: +\d+ kB\n$/,
  );
  expect(mounts.text).toContain('/data rw,noatime shared:');
  expect(mounts.text).toContain(' - nfs4 nfs-a:/export/data rw,vers=4.2');
});

test('an answer that did not change is not sent again', async () => {
  const node = await startPlain(endpointOf('cpu01'));
  const inline = await node.ask('mounts');
  const child = await node.ask('blockDevices');
  const again = [await node.ask('mounts', inline), await node.ask('blockDevices', child)];
  node.end();
  expect(again.map((answer) => answer.exit)).toEqual(['same', 'same']);
});

test('a command that is not the program runs in a small interpreter', async () => {
  const client = await connect(endpointOf('edge01'));
  const known = await exec(client, 'hostname');
  const unknown = await exec(client, 'rm -rf /');
  client.end();
  expect(known).toEqual({ stdout: 'edge01\n', stderr: '', code: 0 });
  expect(unknown).toEqual({ stdout: '', stderr: 'sh: rm: command not found\n', code: 127 });
});
