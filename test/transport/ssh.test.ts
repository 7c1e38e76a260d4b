import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { key, serve, startServer } from './server.ts';
import { fileOf, listener } from './ssh-nodes.ts';
import { collector, ECHO, endpoint, freePort, transport, watch } from './support.ts';

test('lines before the greeting and a login banner are no part of the program’s output', async () => {
  const server = await startServer({
    banner: 'Authorised use only\nreally\n',
    authenticate: (context) => (context.method === 'none' ? context.reject() : context.accept()),
  });
  const keyFile = fileOf('id', key().private);
  const watched = watch(transport(), endpoint(server.port, { identityFiles: [keyFile] }));
  expect(await watched.until('ready\n')).toBe('ready\n');
});

test('a program that ends by itself is lost with its exit code and last words', async () => {
  const server = await startServer();
  const keyFile = fileOf('id', key().private);
  const to = endpoint(server.port, { identityFiles: [keyFile] });
  const over = transport();
  const watched = watch(over, to);
  watched.session.write('bye\n');
  expect(await watched.closed).toEqual({
    kind: 'lost',
    because: expect.stringMatching(/^the program on gpu01 \(127\.0\.0\.1:\d+\) ended with exit code 3$/),
  });
  const noisy = watch(over, to, 'echo "sh: cannot go on" >&2; exit 127');
  expect(await noisy.closed).toMatchObject({ because: expect.stringMatching(/exit code 127: sh: cannot go on$/) });
  const cut = watch(over, { ...to, sshName: '127.0.0.1' }, 'echo "E 22 0 -" >&2; exit 1');
  expect(await cut.closed).toEqual({
    kind: 'lost',
    because: expect.stringMatching(/^the program on 127\.0\.0\.1:\d+ ended with exit code 1$/),
  });
});

test('a link cut while the program runs is lost, once, and the next attempt works', async () => {
  const server = await startServer();
  const to = endpoint(server.port, { identityFiles: [fileOf('id', key().private)] });
  const over = transport();
  const watched = watch(over, to);
  await watched.until('ready');
  server.cut();
  expect(await watched.closed).toMatchObject({ kind: 'lost' });
  watched.session.write('late\n');
  watched.session.close();
  const again = watch(over, to);
  await again.until('ready');
  expect(watched.closes()).toBe(1);
});

test.each([
  [
    'before it says anything',
    (socket: Socket) => socket.destroy(),
    /closed the connection before the handshake.*MaxStartups/,
  ],
  [
    'with a reset',
    (socket: Socket) => socket.resetAndDestroy(),
    /closed the connection before the handshake.*MaxStartups/,
  ],
  [
    'after the words of MaxStartups',
    (socket: Socket) => socket.end('Exceeded MaxStartups\r\n'),
    /closed the connection before the handshake/,
  ],
  ['after its greeting', (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), /agreeing on keys/],
  [
    'with something that is no SSH',
    (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    /is no SSH server: it says "HTTP\/1.1 400 Bad Request"; check the port$/,
  ],
])('a server that hangs up %s is lost with a reason', async (_, act, because) => {
  const watched = watch(transport(), endpoint(await listener(act)));
  expect(await watched.closed).toEqual({ kind: 'lost', because: expect.stringMatching(because) });
});

test('garbage of any length is survived', async () => {
  const port = await listener((socket) => socket.end(Buffer.alloc(100_000, 'SSH-2.0-x\r\n\u0000\u00ff')));
  expect((await watch(transport(), endpoint(port)).closed).kind).toBe('lost');
});

test('each phase has its deadline, and the reason names the phase', async () => {
  const silent = watch(transport(), endpoint(await listener(() => {}), { connectTimeoutMs: 200 }));
  expect(await silent.closed).toEqual({
    kind: 'lost',
    because: expect.stringMatching(/no answer within 0\.2 s while waiting for the SSH greeting$/),
  });

  const mute = watch(transport(), endpoint(await listener(() => {}), { connectTimeoutMs: 2_300 }));
  expect(await mute.closed).toEqual({
    kind: 'lost',
    because: expect.stringMatching(/no answer within 2\.3 s while waiting for the SSH greeting$/),
  });

  const half = watch(
    transport(),
    endpoint(await listener((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')), { connectTimeoutMs: 200 }),
  );
  expect(await half.closed).toEqual({ kind: 'lost', because: expect.stringMatching(/while agreeing on keys$/) });

  // The handshake before has the same time: enough of it on a busy machine.
  const slow = await startServer({ authenticate: () => {} });
  const keyFile = fileOf('id', key().private);
  const waiting = watch(transport(), endpoint(slow.port, { identityFiles: [keyFile], connectTimeoutMs: 2_000 }));
  expect(await waiting.closed).toEqual({ kind: 'lost', because: expect.stringMatching(/while authenticating$/) });

  const dead = await startServer({ onSession: () => {} });
  const stuck = watch(transport(), endpoint(dead.port, { identityFiles: [keyFile], connectTimeoutMs: 2_000 }));
  expect(await stuck.closed).toEqual({
    kind: 'lost',
    because: expect.stringMatching(/let us in but started nothing within 2 s/),
  });
});

test('a name that does not resolve and a port nobody listens on are told apart', async () => {
  const closed = watch(transport(), endpoint(await freePort()));
  expect(await closed.closed).toEqual({
    kind: 'lost',
    because: expect.stringMatching(/refuses the connection: nothing listens on port \d+/),
  });
  const nameless = watch(
    transport(),
    endpoint(22, { address: 'no-such-node.invalid', sshName: 'no-such-node.invalid' }),
  );
  expect(await nameless.closed).toEqual({
    kind: 'lost',
    because: expect.stringMatching(/^the name of no-such-node\.invalid does not resolve/),
  });
});

test('more programs than a connection carries wait for a free channel', async () => {
  let open = 0;
  let most = 0;
  const server = await startServer({
    onSession: (accept) => {
      open += 1;
      most = Math.max(most, open);
      const session = accept();
      session.on('close', () => (open -= 1));
      serve(session);
    },
  });
  const to = endpoint(server.port, { identityFiles: [fileOf('id', key().private)] });
  const over = transport();
  const all = Array.from({ length: 9 }, () => watch(over, to));
  const ended = all.map(async (watched) => {
    await watched.until('ready');
    watched.session.close();
    return (await watched.closed).kind;
  });
  expect(await Promise.all(ended)).toEqual(all.map(() => 'closed'));
  expect(server.connections()).toBe(1);
  expect(most).toBeLessThanOrEqual(8);
});

test('a shell runs on the connection of the program, and learns the size of the window', async () => {
  const server = await startServer();
  const to = endpoint(server.port, { identityFiles: [fileOf('id', key().private)] });
  const over = transport();
  await watch(over, to).until('ready');
  const { add, until } = collector();
  const closed = Promise.withResolvers<string>();
  const shell = over.shell(to, { columns: 100, rows: 30 }, { onData: add, onClose: closed.resolve });
  shell.write('echo $((40 + 2))\n');
  await until('42\n');
  shell.resize({ columns: 120, rows: 40 });
  shell.write('echo done\n');
  await until('done');
  expect(server.sizes).toEqual(['100x30', '120x40']);
  shell.write('exit\n');
  expect(await closed.promise).toBe('closed');
  expect(server.connections()).toBe(1);
});

test('closing the transport ends every session and every socket, also those on their way', async () => {
  const server = await startServer();
  const silent = await listener(() => {});
  const over = transport();
  const to = endpoint(server.port, { identityFiles: [fileOf('id', key().private)] });
  const running = watch(over, to);
  const connecting = watch(over, endpoint(silent));
  await running.until('ready');
  await over.close();
  expect([await running.closed, await connecting.closed]).toEqual([{ kind: 'closed' }, { kind: 'closed' }]);
  expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toEqual([]);
});

test('a node that is not reached over ssh says why', async () => {
  const watched = watch(transport(), endpoint(22, { via: 'none', because: 'its facts come through Kubernetes' }), ECHO);
  expect(await watched.closed).toEqual({
    kind: 'refused',
    because: 'its facts come through Kubernetes',
    reason: 'configuration',
  });
});
