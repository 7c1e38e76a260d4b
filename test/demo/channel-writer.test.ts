import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import { expect, onTestFinished, test } from 'vitest';
import { channelWriter } from '../../src/demo/channel-writer.ts';
import { key } from '../transport/server.ts';

/** More than a channel's window of 2 MiB, so that it waits for a client that reads. */
const OUTPUT = Array.from({ length: 500_000 }, (_, at) => `${at}\n`).join('');

test('output and answers that wait for a client to read both arrive, once', async () => {
  const server = new ssh2.Server({ hostKeys: [key().private] }, (connection) => {
    connection.on('error', () => {});
    connection.on('authentication', (context) => context.accept());
    connection.on('session', (accept) =>
      accept().on('exec', (take) => {
        const channel = take();
        const { write, after } = channelWriter(channel);
        write(channel, OUTPUT);
        write(channel.stderr, OUTPUT);
        write(channel, OUTPUT);
        write(channel.stderr, 'the end');
        after(() => channel.end());
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new ssh2.Client();
  onTestFinished(() => {
    client.end();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  client.connect({ host: '127.0.0.1', port, username: 'x', password: 'y' });
  await new Promise<void>((resolve) => client.once('ready', () => resolve()));

  const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) =>
    client.exec('x', (error, opened) => (error === undefined ? resolve(opened) : reject(error))),
  );
  let output = '';
  let answers = '';
  channel.stderr.on('data', (chunk: Buffer) => {
    answers += chunk.toString('latin1');
  });
  // The first bytes are read and then nothing, until the server has run out of window.
  channel.once('readable', () => {
    setImmediate(() => {
      channel.on('data', (chunk: Buffer) => {
        output += chunk.toString('latin1');
      });
    });
  });
  await new Promise<void>((resolve) => channel.once('close', () => resolve()));
  expect(answers === `${OUTPUT}the end`).toBe(true);
  expect(output === OUTPUT + OUTPUT).toBe(true);
});
