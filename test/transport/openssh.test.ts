// The system ssh as a transport, against a real sshd.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fingerprint } from '../../src/transport/known-hosts.ts';
import { hasOpenSsh, keygen, startSshd, systemSsh, to } from './sshd.ts';
import { collector, freePort, transport, watch } from './support.ts';

describe.runIf(hasOpenSsh)('over the system ssh', () => {
  test('a user certificate opens the door, which ssh2 alone cannot', async () => {
    const sshd = await startSshd((home) => [`TrustedUserCAKeys ${keygen(join(home, 'authority'))}.pub`]);
    const key = keygen(join(sshd.folder, 'certified'));
    const authority = join(sshd.folder, 'authority');
    execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'test', '-n', sshd.user, `${key}.pub`]);
    const watched = watch(
      transport(),
      to(sshd, systemSsh(sshd, `IdentityFile ${key}`, `CertificateFile ${key}-cert.pub`)),
    );
    expect(await watched.opened).toBe('openssh');
    watched.session.write('early\n');
    await watched.until('got early\n');
    watched.session.close();
    expect(await watched.closed).toEqual({ kind: 'closed' });
  });

  test('a host that only a certificate authority vouches for takes the system ssh by itself', async () => {
    const sshd = await startSshd((home) => {
      const authority = keygen(join(home, 'authority'));
      execFileSync('ssh-keygen', [
        '-q',
        '-s',
        authority,
        '-I',
        'node',
        '-h',
        '-n',
        '127.0.0.1',
        join(home, 'host_ed25519.pub'),
      ]);
      return [`HostCertificate ${join(home, 'host_ed25519-cert.pub')}`];
    });
    const { sshArguments } = systemSsh(sshd, `IdentityFile ${sshd.key}`);
    writeFileSync(
      sshd.knownHosts,
      `@cert-authority [127.0.0.1]:* ${readFileSync(join(sshd.folder, 'authority.pub'), 'utf8')}`,
    );
    const watched = watch(transport(), to(sshd, { sshArguments: sshArguments ?? [] }));
    expect(await watched.opened).toBe('openssh');
  });

  test('a shell runs over the same master, follows the size of the window, and ends with the transport', async () => {
    const sshd = await startSshd();
    const over = transport();
    const at = to(sshd, systemSsh(sshd, `IdentityFile ${sshd.key}`));
    await watch(over, at).until('ready');
    const seen = collector();
    const closed = Promise.withResolvers<string>();
    const shell = over.shell(at, { columns: 90, rows: 20 }, { onData: seen.add, onClose: closed.resolve });
    shell.write('stty size\n');
    await seen.until('20 90');
    shell.resize({ columns: 120, rows: 40 });
    shell.write('until [ "$(stty size)" = "40 120" ]; do :; done; echo size is $(stty size)\n');
    await seen.until('size is 40 120');
    await over.close();
    expect(await closed.promise).toBe('closed');
  });

  test('an unknown host key waits with its fingerprint, and once accepted is filed where ssh reads it', async () => {
    const sshd = await startSshd();
    const known = readFileSync(sshd.knownHosts, 'utf8');
    writeFileSync(sshd.knownHosts, '# mine\n');
    const over = transport();
    // Through a ProxyCommand, which nothing but ssh itself can follow.
    const relay = `${process.execPath} -e "const s=require('net').connect(%p,'%h');process.stdin.pipe(s);s.pipe(process.stdout)"`;
    const at = to(sshd, systemSsh(sshd, `IdentityFile ${sshd.key}`, `ProxyCommand ${relay}`));
    const why = await watch(over, at).closed;
    const shown = fingerprint(known.trim().split(' ')[2] ?? '');
    expect(why).toEqual({
      kind: 'refused',
      reason: 'host-key-unknown',
      because: `gpu01 (127.0.0.1:${sshd.port}) shows a host key nobody has accepted yet: ssh-ed25519 ${shown}; review it`,
      review: { node: 'gpu01', address: `127.0.0.1:${sshd.port}`, keyType: 'ssh-ed25519', fingerprint: shown },
    });
    expect(readFileSync(sshd.knownHosts, 'utf8')).toBe('# mine\n');
    expect(over.acceptHostKey(at.node, 'SHA256:another')).toContain('no host key SHA256:another');
    expect(over.acceptHostKey(at.node, shown)).toBe(undefined);
    expect(readFileSync(sshd.knownHosts, 'utf8')).toBe(`# mine\n${known}`);
    await watch(over, at).until('ready');
  });

  test('where the configuration keeps no host keys, one that was accepted counts for this run', async () => {
    const sshd = await startSshd();
    const nowhere = { ...sshd, knownHosts: '/dev/null' };
    const over = transport();
    const at = to(sshd, systemSsh(nowhere, `IdentityFile ${sshd.key}`, 'StrictHostKeyChecking no'));
    const why = await watch(over, at).closed;
    expect(why).toMatchObject({
      reason: 'host-key-unknown',
      review: { fingerprint: expect.stringMatching(/^SHA256:/) },
    });
    if (why.kind !== 'refused') return;
    expect(over.acceptHostKey(at.node, why.review?.fingerprint ?? '')).toBe(undefined);
    await watch(over, at).until('ready');
  });

  test('a jump host that nobody accepted is reviewed before the node behind it', async () => {
    const [bastion, target] = [await startSshd(), await startSshd()];
    const known = [readFileSync(bastion.knownHosts, 'utf8'), readFileSync(target.knownHosts, 'utf8')];
    writeFileSync(bastion.knownHosts, '');
    const config = [
      `Host gpu01\n HostName 127.0.0.1\n Port ${target.port}\n ProxyJump bastion`,
      `Host bastion\n HostName 127.0.0.1\n Port ${bastion.port}`,
      `Host *\n User ${target.user}\n IdentityFile ${target.key}\n IdentityFile ${bastion.key}\n IdentitiesOnly yes`,
      ` UserKnownHostsFile ${bastion.knownHosts}\n GlobalKnownHostsFile none`,
    ];
    const file = join(target.folder, 'ssh_config');
    writeFileSync(file, `${config.join('\n')}\n`, { mode: 0o600 });
    const { node: _node, via: _via, jumps: _jumps, ...hop } = to(bastion, { sshName: 'bastion' });
    const at = to(target, { via: 'openssh', jumps: [hop], sshArguments: ['-F', file] });
    const over = transport();
    for (const [index, port] of [bastion.port, target.port].entries()) {
      const why = await watch(over, at).closed;
      const shown = fingerprint(known[index]?.trim().split(' ')[2] ?? '');
      expect(why).toMatchObject({ review: { node: 'gpu01', address: `127.0.0.1:${port}`, fingerprint: shown } });
      expect(over.acceptHostKey(at.node, shown)).toBe(undefined);
    }
    await watch(over, at).until('ready');
    expect(readFileSync(bastion.knownHosts, 'utf8')).toBe(known.join(''));
  });

  test('what ssh says when it fails is told in muster’s own words', async () => {
    const sshd = await startSshd();
    const stranger = keygen(join(sshd.folder, 'stranger'));
    const over = transport();
    const refused = await watch(over, to(sshd, systemSsh(sshd, `IdentityFile ${stranger}`))).closed;
    expect(refused).toMatchObject({
      kind: 'refused',
      reason: 'authentication',
      because: expect.stringContaining('Permission denied (publickey'),
    });
    const own = readFileSync(sshd.knownHosts, 'utf8');
    const [, type, blob] = readFileSync(`${stranger}.pub`, 'utf8')
      .split(' ')
      .map((word, index) => (index === 0 ? `x ${word}` : word))
      .join(' ')
      .split(' ');
    writeFileSync(sshd.knownHosts, `${own.split(' ')[0]} ${type} ${blob}\n`);
    const changed = await watch(over, to(sshd, systemSsh(sshd, `IdentityFile ${sshd.key}`))).closed;
    expect(changed).toMatchObject({
      reason: 'host-key-changed',
      review: { keyType: 'ED25519', fingerprint: expect.stringMatching(/^SHA256:/), knownFrom: `${sshd.knownHosts}:1` },
    });
    writeFileSync(sshd.knownHosts, own);
    const unknown = systemSsh(sshd, `IdentityFile ${sshd.key}`, 'NoSuchOption yes');
    expect(await watch(over, to(sshd, unknown)).closed).toMatchObject({
      reason: 'configuration',
      because: expect.stringContaining('Bad configuration option'),
    });
    const gone = systemSsh({ ...sshd, port: await freePort() }, `IdentityFile ${sshd.key}`);
    expect(await watch(over, to(sshd, gone)).closed).toEqual({
      kind: 'lost',
      because: expect.stringMatching(/refuses the connection: nothing listens on port \d+, or a firewall rejects it$/),
    });
  });
});
