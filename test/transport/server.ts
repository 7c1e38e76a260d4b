import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session } from 'ssh2';
import { onTestFinished } from 'vitest';
import { channelWriter } from '../../src/demo/channel-writer.ts';

/** How a server of a test behaves; by default it lets everyone in and runs what it is asked in a real sh. */
export interface Behaviour {
  readonly hostKeys?: readonly string[];
  readonly banner?: string;
  readonly authenticate?: (context: AuthContext) => void;
  /** Called for every channel that asks for a session; without it the session is accepted. */
  readonly onSession?: (accept: () => Session) => void;
  readonly onConnection?: (socket: Socket, connection: Connection) => void;
}

/** A real SSH server in this process. */
export interface Server {
  readonly port: number;
  /** Connections made so far. */
  readonly connections: () => number;
  /** Connections that stand. */
  readonly standing: () => number;
  readonly sizes: string[];
  /** Cuts every connection as a pulled cable does once the kernel notices. */
  readonly cut: () => void;
}

/** A key pair as ssh2 makes it: the private half as text. */
export function key(type: 'ed25519' | 'rsa' = 'ed25519', passphrase?: string): KeyPair {
  const made = makeKey(type, passphrase);
  // Of ssh2's own Ed25519 keys a few in a thousand come out malformed.
  return ssh2.utils.parseKey(made.private, passphrase) instanceof Error ? key(type, passphrase) : made;
}

interface KeyPair {
  readonly private: string;
  readonly public: string;
}

function makeKey(type: 'ed25519' | 'rsa', passphrase: string | undefined): KeyPair {
  if (type === 'rsa') return ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 });
  if (passphrase === undefined) return ssh2.utils.generateKeyPairSync('ed25519');
  return ssh2.utils.generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-ctr', rounds: 4 });
}

/** Starts a server on a free loopback port, stopped after the test. */
export async function startServer(behaviour: Behaviour = {}): Promise<Server> {
  const sockets = new Set<Socket>();
  const sizes: string[] = [];
  let connections = 0;
  const config = {
    hostKeys: [...(behaviour.hostKeys ?? [key().private])],
    ...(behaviour.banner === undefined ? {} : { banner: behaviour.banner }),
  };
  const server = new ssh2.Server(config, (connection) => {
    connections += 1;
    connection.on('error', () => {});
    connection.on('authentication', (context) =>
      behaviour.authenticate === undefined ? context.accept() : behaviour.authenticate(context),
    );
    connection.on('session', (accept) => (behaviour.onSession ?? ((take) => serve(take(), sizes)))(accept));
    connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
      const to = connect(destPort, destIP, () => {
        const channel = accept();
        channel.on('error', () => {});
        to.pipe(channel).pipe(to);
      });
      to.on('error', () => reject());
    });
    const [socket] = [...sockets].slice(-1);
    if (socket !== undefined) behaviour.onConnection?.(socket, connection);
  });
  server.on('error', () => {});
  const listener = (server as unknown as { readonly _srv: import('node:net').Server })._srv;
  listener.prependListener('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  );
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    standing: () => sockets.size,
    sizes,
    cut,
  };
}

/** A session as sshd serves it, with real shells. */
export function serve(session: Session, sizes: string[] = []): void {
  session.on('pty', (accept, _reject, { cols, rows }) => {
    sizes.push(`${cols}x${rows}`);
    accept?.();
  });
  session.on('window-change', (accept, _reject, { cols, rows }) => {
    sizes.push(`${cols}x${rows}`);
    accept?.();
  });
  session.on('exec', (accept, _reject, { command }) => connectTo(accept(), spawn('sh', ['-c', command])));
  session.on('shell', (accept) => connectTo(accept(), spawn('sh')));
}

function connectTo(channel: ServerChannel, child: ChildProcessWithoutNullStreams): void {
  child.stdin.on('error', () => {});
  channel.on('error', () => {});
  channel.stderr.on('error', () => {});
  const writer = channelWriter(channel);
  const carry = (from: Readable, to: Writable): void => {
    from.on('data', (chunk: Buffer) => {
      from.pause();
      writer.write(to, chunk, () => from.resume());
    });
  };
  carry(child.stdout, channel);
  carry(child.stderr, channel.stderr);
  channel.pipe(child.stdin);
  child.on('close', (code) =>
    writer.after(() => {
      channel.exit(code ?? 1);
      channel.end();
    }),
  );
  channel.on('close', () => child.kill('SIGKILL'));
}
