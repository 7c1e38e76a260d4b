import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DemoFleet, startDemoFleet } from '../../src/demo/fleet.ts';
import { newKeyPair, storeClientKey } from '../../src/demo/keys.ts';
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
  const unknown = await exec(client, 'frobnicate -x /');
  client.end();
  expect(known).toEqual({ stdout: 'edge01\n', stderr: '', code: 0 });
  expect(unknown).toEqual({ stdout: '', stderr: 'sh: 1: frobnicate: not found\n', code: 127 });
});

test.runIf(spawnSync('ssh', ['-V']).status === 0)(
  'a client that has nothing to say still hears the answer and how the command ended',
  async () => {
    // It ends its input in the same packet as it asks.
    const { address, port, user, identityFiles } = endpointOf('edge01');
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentitiesOnly=yes', 'BatchMode=yes'];
    const argv = ['-F', 'none', '-n', '-i', identityFiles[0] ?? '', '-p', String(port), '-l', user];
    const ran = await promisify(execFile)('ssh', [
      ...argv,
      ...options.flatMap((each) => ['-o', each]),
      address,
      'hostname',
    ]);
    expect(ran.stdout).toBe('edge01\n');
  },
);

test('a login shell edits a line, answers and ends', async () => {
  const client = await connect(endpointOf('gpu01'));
  const output = await new Promise<string>((resolve, reject) =>
    client.shell((error, channel) => {
      if (error !== undefined) return reject(error);
      let text = '';
      channel.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      channel.once('close', () => resolve(text));
      channel.write('hostnamee\x7f\rnvidia-smi -L\rexit\r');
    }),
  );
  client.end();
  expect(output).toContain('demo@gpu01:~$ ');
  expect(output).toContain('\r\ngpu01\r\n');
  expect(output).toContain('GPU 7: NVIDIA H100 80GB HBM3 (UUID: GPU-');
  expect(output.endsWith('logout\r\n')).toBe(true);
});

test('another key is not let in', async () => {
  const stranger = newKeyPair('stranger');
  const stored = await storeClientKey(stranger);
  const attempt = connect({ ...endpointOf('gpu01'), identityFiles: [stored.file] });
  await expect(attempt).rejects.toThrow('All configured authentication methods failed');
  stored.remove();
});

test('the endpoints name only the loopback network and pin the host key', () => {
  for (const endpoint of fleet.endpoints) {
    expect(endpoint.address).toMatch(/^127\./);
    expect(endpoint.pinnedHostKeys).toEqual([expect.stringMatching(/^SHA256:/)]);
    expect(endpoint.knownHostsFiles).toEqual([]);
  }
});
