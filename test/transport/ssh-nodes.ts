import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { onTestFinished } from 'vitest';
import { knownHostsName } from '../../src/transport/known-hosts.ts';
import { folder, freePort } from './support.ts';

/** A known_hosts line for a private key on a loopback port. */
export function line(port: number, privateKey: string): string {
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return `${knownHostsName('127.0.0.1', port)} ${parsed.type} ${parsed.getPublicSSH().toString('base64')}\n`;
}

/** A file of one test. */
export function fileOf(name: string, text: string): string {
  const path = join(folder(), name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** A TCP listener that does to each connection what a test wants. */
export async function listener(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    onSocket(socket);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return port;
}
