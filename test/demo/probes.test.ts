import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANSWERERS } from '../../src/demo/answers/registry.ts';
import { type DemoFleet, startDemoFleet } from '../../src/demo/fleet.ts';
import { composeProgram } from '../../src/engine/program.ts';
import type { Facts } from '../../src/model/facts.ts';
import type { Parsed, ProbeName } from '../../src/model/probe.ts';
import { probes } from '../../src/probes/registry.ts';
import { type PlainClient, startPlain } from './client.ts';

let fleet: DemoFleet;
beforeAll(async () => {
  fleet = await startDemoFleet();
});
afterAll(() => fleet.close());

const PROGRAM = composeProgram(probes);
const NAMES = Object.keys(probes) as ProbeName[];

/** Asks one question of a node over SSH and reads the answer with the product's own parser. */
async function factOf(client: PlainClient, name: ProbeName, target = '') {
  const answer = await client.ask(name, { target });
  const parse = probes[name].parse as (answer: object, context: object) => Parsed<unknown>;
  return parse({ stdout: answer.text, exitCode: Number(answer.exit) }, { atMs: Date.now(), target });
}

/** The fact of a node, or undefined where it has none. */
async function read<P extends ProbeName>(client: PlainClient, name: P, target?: string): Promise<Facts[P] | undefined> {
  const parsed = await factOf(client, name, target);
  return parsed.kind === 'fact' ? (parsed.value as Facts[P]) : undefined;
}

const endpointOf = (name: string) => fleet.endpoints.filter((endpoint) => endpoint.node === name).slice(0, 1);
async function startOn(name: string): Promise<PlainClient> {
  for (const endpoint of endpointOf(name)) {
    const client = await startPlain(endpoint, PROGRAM);
    client.send('V sudo');
    return client;
  }
  throw new Error(`the demo fleet has no ${name}`);
}

test('a demo node can answer every probe there is', () => {
  expect([...ANSWERERS.keys()].sort()).toEqual([...NAMES].sort());
});

test('every answer of every node is read by its parser', async () => {
  const absent: { [node: string]: string[] } = {};
  for (const name of fleet.world.names) {
    const client = await startOn(name);
    const mounts = (await read(client, 'mounts')) ?? [];
    for (const probe of NAMES) {
      if (probe === 'usage' || probe === 'directories') continue;
      const parsed = await factOf(client, probe);
      if (parsed.kind === 'absent') absent[name] = [...(absent[name] ?? []), probe];
    }
    for (const mount of mounts.filter(({ fsType }) => fsType === 'nfs4' || fsType === 'ext4' || fsType === 'xfs')) {
      const usage = await factOf(client, 'usage', mount.target);
      expect(usage, `${name} ${mount.target}`).toMatchObject({ kind: 'fact', value: { target: mount.target } });
    }
    client.end();
  }
  const noGpu = ['gpus', 'gpuDriver', 'gpuErrors', 'gpuProcesses'];
  expect(new Set(absent['nfs-a'])).toEqual(new Set(['nfsStats', ...noGpu, 'usb', 'maintenance']));
  expect(new Set(absent['gpu01'])).toEqual(new Set(['exports', 'nfsServer', 'usb', 'maintenance']));
  expect(new Set(absent['cpu01'])).toEqual(new Set(['exports', 'nfsServer', ...noGpu, 'usb', 'maintenance']));
  expect(new Set(absent['edge01'])).toEqual(new Set(['exports', 'nfsServer', ...noGpu, 'maintenance']));
});

test('a GPU node shows its cards with figures that fit their model', async () => {
  const client = await startOn('gpu01');
  const gpus = (await read(client, 'gpus')) ?? [];
  client.end();
  expect(gpus.map((gpu) => gpu.index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(new Set(gpus.map((gpu) => gpu.uuid)).size).toBe(8);
  for (const gpu of gpus) {
    expect(gpu).toMatchObject({
      name: 'NVIDIA H100 80GB HBM3',
      driverVersion: '570.124.06',
      eccEnabled: true,
      pcieWidth: 16,
    });
    expect(gpu.powerW).toBeLessThanOrEqual(gpu.powerLimitW ?? 0);
    expect(gpu.memoryUsedBytes).toBeLessThanOrEqual(gpu.memoryTotalBytes ?? 0);
  }
});

test('the MIG node lists the parts of its split cards', async () => {
  const client = await startOn('gpu13');
  const gpus = (await read(client, 'gpus')) ?? [];
  client.end();
  expect(gpus.map((gpu) => gpu.migDevices.map((part) => part.profile))).toEqual([
    ['1g.5gb', '1g.5gb', '1g.5gb', '1g.5gb', '1g.5gb', '1g.5gb', '1g.5gb'],
    ['3g.20gb', '3g.20gb'],
    ['4g.20gb', '2g.10gb', '1g.5gb'],
    [],
  ]);
});

test('the clients an NFS server names are the nodes that have it mounted', async () => {
  const server = await startOn('nfs-b');
  const known = (await read(server, 'nfsServer'))?.clients.map((client) => client.name?.split(' ').at(-1));
  server.end();
  const mounting = fleet.world.names.filter((name) =>
    fleet.world.node(name)?.mounts.some((mount) => mount.source.startsWith('nfs-b:')),
  );
  expect(known).toEqual(mounting);
  expect(mounting).toHaveLength(14);
});

test('a mount shows the space of the filesystem its server exports', async () => {
  const [client, server] = [await startOn('gpu02'), await startOn('nfs-a')];
  const mounted = await factOf(client, 'usage', '/data');
  const exported = await factOf(server, 'usage', '/export');
  client.end();
  server.end();
  const sizeOf = (parsed: Parsed<unknown>) =>
    parsed.kind === 'fact' ? (parsed.value as { sizeBytes: number }).sizeBytes : 0;
  expect(sizeOf(mounted)).toBe(sizeOf(exported));
  expect(sizeOf(mounted)).toBeGreaterThan(1e13);
});

test('without privilege a node keeps its kernel log and export table to itself', async () => {
  const client = await startOn('cpu01');
  client.send('V none');
  const log = await client.ask('kernelLog');
  client.end();
  expect(() => probes.kernelLog.parse({ stdout: log.text, exitCode: 0 }, { atMs: 0 })).toThrow(
    /Operation not permitted/,
  );
});
