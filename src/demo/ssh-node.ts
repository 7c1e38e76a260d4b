import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session } from 'ssh2';
import { channelWriter } from './channel-writer.ts';
import type { KeyPair } from './keys.ts';
import { bootstrapBytes, type Program, type ProgramOutput, startProgram } from './program.ts';
import { startCommand, startShell } from './shell.ts';
import type { World } from './world.ts';

/** Keys of the fleet: that of its nodes, the one a node shows after its host key changed, and the one clients hold. */
export interface FleetKeys {
  readonly host: KeyPair;
  readonly otherHost: KeyPair;
  readonly client: KeyPair;
}

/** Programs and shells one node runs at once; sshd's MaxSessions is 10 a connection. */
const MAX_CHANNELS = 10;
/** Bytes that may wait for a console that does not read; then its channel is closed. */
const WAITING_BYTES = 8 * 1024 * 1024;

/** The SSH server of one node, as a function that takes over accepted sockets. */
export function sshNode(world: World, name: string, keys: FleetKeys): (socket: Socket) => void {
  const serverWith = (host: KeyPair) =>
    new ssh2.Server({ hostKeys: [{ key: host.privateKey }], ident: 'OpenSSH_9.6 demo' }, (connection) =>
      serve(world, name, keys.client, connection),
    );
  const usual = serverWith(keys.host);
  let changed: ssh2.Server | undefined;
  return (socket) => {
    if (!world.node(name)?.ailments.hasOtherHostKey) return usual.injectSocket(socket);
    changed ??= serverWith(keys.otherHost);
    changed.injectSocket(socket);
  };
}

function serve(world: World, name: string, client: KeyPair, connection: Connection): void {
  let channels = 0;
  // Clients come and go as they like: a connection that breaks is no fault of the fleet.
  connection.on('error', () => {});
  connection.on('authentication', (context) => {
    const isWelcome = !world.node(name)?.ailments.refusesKeys && isKeyOf(client, context);
    if (isWelcome) context.accept();
    else context.reject(['publickey']);
  });
  connection.on('session', (accept, reject) => {
    if (channels >= MAX_CHANNELS) return void reject();
    channels++;
    serveSession(
      world,
      name,
      accept().once('close', () => channels--),
    );
  });
}

function isKeyOf(client: KeyPair, context: AuthContext): boolean {
  if (context.method !== 'publickey') return false;
  const { data } = context.key;
  if (data.length !== client.publicBlob.length || !timingSafeEqual(data, client.publicBlob)) return false;
  if (context.signature === undefined || context.blob === undefined) return true;
  return client.privateKey.verify(context.blob, context.signature, context.hashAlgo) === true;
}

function serveSession(world: World, name: string, session: Session): void {
  session.on('pty', (accept) => accept?.());
  session.on('window-change', (accept) => accept?.());
  session.on('env', (accept) => accept?.());
  session.on('shell', (accept) => connect(accept(), (output) => startShell(world, name, output)));
  session.on('exec', (accept, _reject, { command }) => {
    const bytes = bootstrapBytes(command);
    connect(accept(), (output) =>
      bytes === undefined ? startCommand(world, name, command, output) : startProgram(world, name, bytes, output),
    );
  });
}

/** Ties a simulated program to the streams of its channel. */
function connect(channel: ServerChannel, start: (output: ProgramOutput) => Program): void {
  const isOpen = () => channel.writable && !channel.destroyed;
  const writer = channelWriter(channel);
  // What is answered in one turn leaves in one packet: encrypting is what the fleet spends most of its time on.
  const writeTo = (stream: Writable) => {
    let gathered: (string | Buffer)[] = [];
    const flush = () => {
      const whole = gathered.every((part) => typeof part === 'string') ? gathered.join('') : bytesOf(gathered);
      gathered = [];
      if (!isOpen()) return;
      writer.write(stream, whole);
      if (writer.waitingBytes() > WAITING_BYTES) channel.close();
    };
    return (data: string | Buffer) => {
      if (gathered.push(data) === 1) queueMicrotask(flush);
    };
  };
  const program = start({
    stdout: writeTo(channel),
    stderr: writeTo(channel.stderr),
    ended: (exitCode) =>
      queueMicrotask(() =>
        writer.after(() => {
          if (!isOpen()) return;
          channel.exit(exitCode);
          channel.end();
        }),
      ),
  });
  channel.on('error', () => {});
  channel.on('data', program.feed);
  // Many a client ends its input as it asks, and what is answered in this turn has not left yet.
  channel.once('end', () => setImmediate(() => channel.close()));
  channel.once('close', program.end);
}

function bytesOf(parts: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}
