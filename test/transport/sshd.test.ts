import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hasOpenSsh, startSshd } from './sshd.ts';
import { endpoint, transport, watch } from './support.ts';

describe.runIf(hasOpenSsh)('against OpenSSH sshd', () => {
  test('a program runs over a key login with a checked host key, and answers what it is asked', async () => {
    const sshd = await startSshd();
    const to = endpoint(sshd.port, {
      user: sshd.user,
      identityFiles: [sshd.key],
      knownHostsFiles: [sshd.knownHosts],
      hostKeyPolicy: 'ask',
    });
    const watched = watch(transport(), to);
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
    const to = endpoint(sshd.port, {
      user: sshd.user,
      identityFiles: [sshd.key],
      knownHostsFiles: [sshd.knownHosts],
      hostKeyPolicy: 'ask',
    });
    expect(await watch(transport(), to).closed).toMatchObject({
      kind: 'refused',
      reason: 'host-key-unknown',
      review: { node: 'gpu01', address: '127.0.0.1', keyType: 'ssh-ed25519' },
    });
  });
});
