import { expect, test } from 'vitest';
import { key, startServer } from './server.ts';
import { fileOf } from './ssh-nodes.ts';
import { endpoint, transport, watch } from './support.ts';

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
