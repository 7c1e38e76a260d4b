import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasOpenSsh, keygen, startAgent, startSshd, to } from './sshd.ts';
import { collector, transport, watch } from './support.ts';

describe.runIf(hasOpenSsh)('against OpenSSH sshd', () => {
  test('a program runs over a key login with a checked host key, and answers what it is asked', async () => {
    const sshd = await startSshd();
    const watched = watch(transport(), to(sshd));
    watched.session.write('early\n');
    expect(await watched.opened).toBe('ssh');
    await watched.until('got early\n');
    watched.session.write('later\n');
    expect(await watched.until('got later\n')).toBe('ready\ngot early\ngot later\n');
    watched.session.write('err noise\n');
    expect(await watched.untilStderr('err noise')).toBe('err noise\n');
    watched.session.close();
    expect(await watched.closed).toEqual({ kind: 'closed' });
  });

  test('a host key that nobody accepted is refused with its fingerprint', async () => {
    const sshd = await startSshd();
    writeFileSync(sshd.knownHosts, '');
    expect(await watch(transport(), to(sshd)).closed).toMatchObject({
      kind: 'refused',
      reason: 'host-key-unknown',
      review: { node: 'gpu01', address: `127.0.0.1:${sshd.port}`, keyType: 'ssh-ed25519' },
    });
  });

  test('a known_hosts file hashed by ssh-keygen is believed', async () => {
    const sshd = await startSshd();
    execFileSync('ssh-keygen', ['-q', '-H', '-f', sshd.knownHosts], { stdio: 'ignore' });
    expect(readFileSync(sshd.knownHosts, 'utf8')).toMatch(/^\|1\|/);
    await watch(transport(), to(sshd)).until('ready');
  });

  test('a revoked host key is refused', async () => {
    const sshd = await startSshd();
    const [, type, key] = readFileSync(sshd.knownHosts, 'utf8').trim().split(' ');
    appendFileSync(sshd.knownHosts, `@revoked * ${type} ${key}\n`);
    expect(await watch(transport(), to(sshd)).closed).toMatchObject({
      reason: 'host-key-revoked',
      because: expect.stringContaining(`${sshd.knownHosts}:2`),
    });
  });

  test.each(['ed25519', 'rsa', 'ecdsa'])(
    'an agent opens the door with an %s key, and only keys that are named when told so',
    async (type) => {
      const sshd = await startSshd();
      const other = keygen(join(sshd.folder, 'other'));
      const key = keygen(join(sshd.folder, 'agent_key'), '-t', type);
      appendFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${key}.pub`));
      const agentSocket = await startAgent(sshd, other, key);
      const over = transport();
      await watch(over, to(sshd, { identityFiles: [], agentSocket })).until('ready');
      await watch(over, to(sshd, { identityFiles: [`${key}.pub`], identitiesOnly: true, agentSocket })).until('ready');
      const why = await watch(over, to(sshd, { identityFiles: [other], identitiesOnly: true, agentSocket })).closed;
      expect(why).toMatchObject({
        reason: 'authentication',
        because: expect.stringContaining(`tried ${other} (agent); the agent holds 2 keys`),
      });
    },
  );

  test.each([
    ['OpenSSH', ['-t', 'ed25519', '-a', '1', '-N', 'sesame']],
    ['PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', 'sesame']],
    ['PKCS#8', ['-t', 'ecdsa', '-m', 'PKCS8', '-N', 'sesame']],
  ])('an encrypted key in %s form is unlocked by its passphrase', async (_, options) => {
    const sshd = await startSshd();
    const key = keygen(join(sshd.folder, 'locked'), ...options);
    appendFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${key}.pub`));
    const over = transport({ askSecret: () => Promise.resolve('sesame') });
    await watch(over, to(sshd, { identityFiles: [key] })).until('ready');
  });

  test.each([
    ['rsa', 'RSA', 'rsa_keygen_bits:2048'],
    ['ed25519', 'ED25519', ''],
    ['ecdsa', 'EC', 'ec_paramgen_curve:P-256'],
  ])('a PKCS#8 key of openssl opens the door too (%s)', async (_, algorithm, option) => {
    const sshd = await startSshd();
    const key = join(sshd.folder, 'pkcs8');
    const { generateKeyPairSync } = await import('node:crypto');
    const made =
      algorithm === 'RSA'
        ? generateKeyPairSync('rsa', { modulusLength: Number(option.split(':')[1]) })
        : algorithm === 'EC'
          ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
          : generateKeyPairSync('ed25519');
    writeFileSync(key, made.privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    const over = transport();
    const { readPrivateKey } = await import('../../src/transport/private-key-file.ts');
    const file = readPrivateKey(readFileSync(key, 'utf8'));
    if (file.kind !== 'key') throw new Error(JSON.stringify(file));
    appendFileSync(
      join(sshd.folder, 'authorized_keys'),
      `${file.key.type} ${file.key.getPublicSSH().toString('base64')}\n`,
    );
    await watch(over, to(sshd, { identityFiles: [key] })).until('ready');
  });

  test('a node behind a real bastion is reached through it', async () => {
    const bastion = await startSshd();
    const target = await startSshd();
    const { node: _node, via: _via, jumps: _jumps, ...hop } = to(bastion, { sshName: 'bastion' });
    const watched = watch(transport(), to(target, { jumps: [hop] }));
    await watched.until('ready');
    await bastion.stop();
    target.stop();
    watched.session.close();
    expect((await watched.closed).kind).toBe('closed');
  });

  test('a PATH that leads nowhere keeps nobody out', async () => {
    const sshd = await startSshd(() => ['SetEnv PATH=/nowhere']);
    const watched = watch(transport(), to(sshd));
    await watched.until('ready');
  });

  test('an sshd that goes away is lost', async () => {
    const sshd = await startSshd();
    const watched = watch(transport(), to(sshd), `${'echo ready; '}kill -9 "$PPID"; read -r line`);
    expect(await watched.closed).toMatchObject({ kind: 'lost' });
  });

  test('a login shell has a terminal of the right size', async () => {
    const sshd = await startSshd();
    const seen = collector();
    const closed = Promise.withResolvers<string>();
    const shell = transport().shell(
      to(sshd),
      { columns: 100, rows: 30 },
      { onData: seen.add, onClose: closed.resolve },
    );
    shell.write('stty size\n');
    await seen.until('30 100');
    shell.resize({ columns: 120, rows: 40 });
    shell.write('stty size\n');
    await seen.until('40 120');
    shell.write('exit\n');
    expect(await closed.promise).toBe('closed');
  });

  test('no process of the program stays on the node when the session is closed', async () => {
    const sshd = await startSshd();
    const watched = watch(transport(), to(sshd), 'echo "pid $$"; while read -r line; do :; done; echo over');
    const [, pid] = /pid (\d+)/.exec(await watched.until('\n')) ?? [];
    watched.session.close();
    await watched.closed;
    await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 30_000, interval: 20 }).toBe(false);
  });
});
