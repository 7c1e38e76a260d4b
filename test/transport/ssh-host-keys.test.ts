import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { key, startServer } from './server.ts';
import { fileOf, line } from './ssh-nodes.ts';
import { endpoint, folder, freePort, transport, watch } from './support.ts';

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
