import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { expect, onTestFinished, test } from 'vitest';
import { knownHostsName } from '../../src/transport/known-hosts.ts';
import { key, serve, startServer } from './server.ts';
import { collector, ECHO, endpoint, folder, freePort, transport, watch } from './support.ts';

/** A known_hosts line for a private key on a loopback port. */
function line(port: number, privateKey: string): string {
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return `${knownHostsName('127.0.0.1', port)} ${parsed.type} ${parsed.getPublicSSH().toString('base64')}\n`;
}

function fileOf(name: string, text: string): string {
  const path = join(folder(), name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** A TCP listener that does to each connection what a test wants. */
async function listener(onSocket: (socket: Socket) => void): Promise<number> {
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

  const slow = await startServer({ authenticate: () => {} });
  const keyFile = fileOf('id', key().private);
  const waiting = watch(transport(), endpoint(slow.port, { identityFiles: [keyFile], connectTimeoutMs: 400 }));
  expect(await waiting.closed).toEqual({ kind: 'lost', because: expect.stringMatching(/while authenticating$/) });

  const dead = await startServer({ onSession: () => {} });
  const stuck = watch(transport(), endpoint(dead.port, { identityFiles: [keyFile], connectTimeoutMs: 400 }));
  expect(await stuck.closed).toEqual({
    kind: 'lost',
    because: expect.stringMatching(/let us in but started nothing within 0\.4 s/),
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

test('a refused login says which keys were tried and what the node takes', async () => {
  const server = await startServer({ authenticate: (context) => context.reject(['publickey', 'hostbased']) });
  const keyFile = fileOf('id', key().private);
  const broken = fileOf('broken', '-----BEGIN OPENSSH PRIVATE KEY-----\nxxxx\n-----END OPENSSH PRIVATE KEY-----\n');
  const why = await watch(transport(), endpoint(server.port, { identityFiles: [keyFile, broken, '/nowhere/id'] }))
    .closed;
  expect(why).toMatchObject({ kind: 'refused', reason: 'authentication' });
  expect(why).toMatchObject({
    because: expect.stringMatching(
      new RegExp(
        `does not let tester in: tried ${keyFile}; ${broken} cannot be used: .*; it takes publickey, hostbased$`,
      ),
    ),
  });
  const keyless = await watch(transport(), endpoint(server.port)).closed;
  expect(keyless).toMatchObject({ reason: 'authentication', because: expect.stringMatching(/no key to try/) });
  const wrong = await watch(transport(), endpoint(server.port, { identityFiles: ['/nowhere/id', '/etc', broken] }))
    .closed;
  expect(wrong).toMatchObject({
    because: expect.stringContaining(`no key to try; /etc cannot be used: it is a folder; ${broken} cannot be used: `),
  });
  expect(wrong).toMatchObject({ because: expect.stringContaining('; there is no /nowhere/id') });
});

test('a changed host key is refused with both fingerprints and cannot be accepted', async () => {
  const server = await startServer();
  const file = fileOf('known_hosts', line(server.port, key().private));
  const over = transport();
  const why = await watch(over, endpoint(server.port, { knownHostsFiles: [file], hostKeyPolicy: 'accept-new' })).closed;
  expect(why).toMatchObject({
    kind: 'refused',
    reason: 'host-key-changed',
    review: {
      knownFrom: `${file}:1`,
      fingerprint: expect.stringMatching(/^SHA256:/),
      knownFingerprint: expect.stringMatching(/^SHA256:/),
    },
  });
  const shown = why.kind === 'refused' ? (why.review?.fingerprint ?? '') : '';
  expect(over.acceptHostKey(endpoint(1).node, shown)).toMatch(/waits for an answer/);
});

test('an unknown host key waits for a person, is filed when accepted, and then trusted', async () => {
  const server = await startServer();
  const file = join(folder(), '.ssh/known_hosts');
  const to = endpoint(server.port, {
    knownHostsFiles: [file],
    hostKeyPolicy: 'ask',
    identityFiles: [fileOf('id', key().private)],
  });
  const over = transport();
  const why = await watch(over, to).closed;
  if (why.kind !== 'refused' || why.review === undefined) throw new Error('not refused');
  expect(over.acceptHostKey(to.node, 'SHA256:another')).toMatch(/waits for an answer/);
  expect(over.acceptHostKey(to.node, why.review.fingerprint)).toBeUndefined();
  expect(readFileSync(file, 'utf8').split(' ')[0]).toBe(`[127.0.0.1]:${server.port}`);
  const again = watch(over, to);
  await again.until('ready');
});

test('a host known under another key type, hashed, is asked for that type before it is called changed', async () => {
  const keys = [key().private, key('rsa').private];
  const server = await startServer({ hostKeys: keys });
  const [, salted] = ['', 'c2FsdHNhbHRzYWx0c2FsdHNhbHQ='];
  const { createHmac } = await import('node:crypto');
  const digest = createHmac('sha1', Buffer.from(salted ?? '', 'base64'))
    .update(`[127.0.0.1]:${server.port}`)
    .digest('base64');
  const [, type, blob] = line(server.port, keys[1] ?? '')
    .trim()
    .split(' ');
  const file = fileOf('known_hosts', `|1|${salted}|${digest} ${type} ${blob}\n`);
  const to = endpoint(server.port, {
    knownHostsFiles: [file],
    hostKeyPolicy: 'ask',
    identityFiles: [fileOf('id', key().private)],
  });
  await watch(transport(), to).until('ready');
  expect(server.connections()).toBe(2);
});

test('a key pinned by the inventory is trusted without any file, and no other one is', async () => {
  const server = await startServer();
  const over = transport();
  const identityFiles = [fileOf('id', key().private)];
  const wrong = await watch(over, endpoint(server.port, { pinnedHostKeys: ['SHA256:other'], identityFiles })).closed;
  expect(wrong).toMatchObject({
    reason: 'host-key-changed',
    review: { knownFingerprint: 'SHA256:other', knownFrom: 'inventory' },
  });
  const shown = wrong.kind === 'refused' ? (wrong.review?.fingerprint ?? '') : '';
  await watch(over, endpoint(server.port, { pinnedHostKeys: [shown], identityFiles, hostKeyPolicy: 'ask' })).until(
    'ready',
  );
});

test('many nodes behind one bastion share its one connection, and end with it', async () => {
  const bastion = await startServer();
  const targets = await Promise.all(Array.from({ length: 6 }, () => startServer()));
  const identityFiles = [fileOf('id', key().private)];
  const {
    node: _node,
    via: _via,
    jumps: _jumps,
    ...hop
  } = endpoint(bastion.port, { identityFiles, sshName: 'bastion' });
  const over = transport();
  const watched = targets.map(({ port }) => watch(over, endpoint(port, { identityFiles, jumps: [hop] })));
  await Promise.all(watched.map(({ until }) => until('ready')));
  expect(bastion.connections()).toBe(1);
  bastion.cut();
  expect((await Promise.all(watched.map(({ closed }) => closed))).map(({ kind }) => kind)).toEqual(
    targets.map(() => 'lost'),
  );
});

test('what goes wrong at a jump host says so, its host key is checked, and a target it cannot reach is told', async () => {
  const bastion = await startServer();
  const identityFiles = [fileOf('id', key().private)];
  const {
    node: _node,
    via: _via,
    jumps: _jumps,
    ...hop
  } = endpoint(bastion.port, { identityFiles, sshName: 'bastion', hostKeyPolicy: 'ask' });
  const over = transport();
  const why = await watch(over, endpoint(await freePort(), { identityFiles, jumps: [hop] })).closed;
  expect(why).toMatchObject({
    reason: 'host-key-unknown',
    because: expect.stringMatching(/^jump host bastion /),
    review: { node: 'gpu01' },
  });
  if (why.kind === 'refused')
    expect(over.acceptHostKey(endpoint(1).node, why.review?.fingerprint ?? '')).toBeUndefined();
  const unreachable = await watch(over, endpoint(await freePort(), { identityFiles, jumps: [hop] })).closed;
  expect(unreachable).toEqual({ kind: 'lost', because: expect.stringMatching(/jump host bastion could not reach it/) });
});

test('a password is asked for once, only where the inventory allows it, and kept for the node', async () => {
  const server = await startServer({
    authenticate: (context) =>
      context.method === 'password' && context.password === 'open' ? context.accept() : context.reject(['password']),
  });
  const asked: string[] = [];
  const over = transport({ askSecret: (prompt) => Promise.resolve(asked.push(prompt) > 0 ? 'open' : undefined) });
  expect(await watch(over, endpoint(server.port)).closed).toMatchObject({ reason: 'authentication' });
  const to = endpoint(server.port, { password: 'ask' });
  const first = watch(over, to);
  await first.until('ready');
  first.session.close();
  await first.closed;
  await watch(over, to).until('ready');
  expect(asked).toEqual(['password of tester@gpu01']);
});

test('a wrong password is not tried a second time unasked', async () => {
  const tried: string[] = [];
  const server = await startServer({
    authenticate: (context) => {
      if (context.method !== 'password') return context.reject(['password']);
      tried.push(context.password);
      server.cut(); // As sshd does after too many failures; the engine then connects again.
    },
  });
  const answers = ['wrong', undefined];
  const over = transport({ askSecret: () => Promise.resolve(answers.shift()) });
  const to = endpoint(server.port, { password: 'ask' });
  expect((await watch(over, to).closed).kind).toBe('lost');
  expect(await watch(over, to).closed).toMatchObject({ reason: 'authentication' });
  expect(tried).toEqual(['wrong']);
});

test('a node that waits for a person does not keep the others waiting', async () => {
  const locked = await startServer({
    authenticate: (context) => (context.method === 'publickey' ? context.accept() : context.reject(['publickey'])),
  });
  const open = await startServer();
  const answer = Promise.withResolvers<string>();
  const asked = Promise.withResolvers<void>();
  const askSecret = (): Promise<string> => {
    asked.resolve();
    return answer.promise;
  };
  const over = transport({ askSecret, maxConnecting: 1 });
  const waiting = watch(
    over,
    endpoint(locked.port, { identityFiles: [fileOf('id', key('ed25519', 'sesame').private)] }),
  );
  await asked.promise;
  await watch(over, endpoint(open.port, { identityFiles: [fileOf('id', key().private)] })).until('ready');
  answer.resolve('sesame');
  await waiting.until('ready');
});

test('one-time codes are asked for through the person, with the node’s own words', async () => {
  const server = await startServer({
    authenticate: (context) => {
      if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
      context.prompt([{ prompt: 'Code: ', echo: true }], (answers) =>
        answers[0] === '123' ? context.accept() : context.reject(),
      );
    },
  });
  const over = transport({
    askSecret: (prompt, echo) => Promise.resolve(prompt.includes('Code') && echo ? '123' : undefined),
  });
  await watch(over, endpoint(server.port, { password: 'ask' })).until('ready');
});

test('an encrypted key is unlocked once for the whole fleet, after a wrong passphrase too', async () => {
  const servers = await Promise.all([startServer(), startServer(), startServer()]);
  const identityFiles = [fileOf('id', key('ed25519', 'sesame').private)];
  const asked: string[] = [];
  const answers = ['wrong', 'sesame'];
  const over = transport({ askSecret: (prompt) => Promise.resolve(answers[asked.push(prompt) - 1]) });
  await Promise.all(servers.map(({ port }) => watch(over, endpoint(port, { identityFiles })).until('ready')));
  expect(asked).toEqual([`passphrase of ${identityFiles[0]}`, `wrong passphrase; passphrase of ${identityFiles[0]}`]);
});

test('a declined passphrase is not asked for by every node of the fleet', async () => {
  const servers = await Promise.all([startServer(), startServer(), startServer()]);
  const identityFiles = [fileOf('id', key('ed25519', 'sesame').private)];
  const asked: string[] = [];
  const over = transport({
    askSecret: (prompt) => {
      asked.push(prompt);
      return Promise.resolve(undefined);
    },
  });
  for (const { port } of servers)
    expect(await watch(over, endpoint(port, { identityFiles })).closed).toMatchObject({ reason: 'authentication' });
  expect(asked).toHaveLength(1);
});

test('a declined passphrase is asked for again when a person wants the node tried again, and until then the key is told to be locked', async () => {
  const server = await startServer();
  const identityFiles = [fileOf('id', key('ed25519', 'sesame').private)];
  const answers = [undefined, 'sesame'];
  const over = transport({ askSecret: () => Promise.resolve(answers.shift()) });
  const to = endpoint(server.port, { identityFiles });
  expect(await watch(over, to).closed).toMatchObject({
    because: expect.stringContaining(
      `does not let tester in: ${identityFiles[0]} stays locked: nobody gave its passphrase`,
    ),
  });
  over.askAgain();
  await watch(over, to).until('ready');
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
  expect(most).toBeLessThanOrEqual(6);
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
