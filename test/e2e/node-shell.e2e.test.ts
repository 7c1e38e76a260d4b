// `muster -e NODE` on a real OpenSSH server.
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasOpenSsh, keygen, startSshd } from '../transport/sshd.ts';
import { knownLine, muster, newHome, nodeAt, trust } from './nodes.ts';

describe.runIf(hasOpenSsh)('muster -e on OpenSSH', () => {
  test('opens a login shell and ends with it, without a word of its own', async () => {
    const sshd = await startSshd();
    const home = newHome();
    trust(home, knownLine(sshd));
    const console = home.open({ args: ['-i', home.inventory({ n1: nodeAt(sshd) }), '-e', 'n1'] });
    await console.see((screen) => /[#$]$/.test(screen.trimEnd()));
    console.press('exit\r');
    expect(await console.exited).toBe(0);
    expect(console.screen().join('\n')).not.toMatch(/closed|muster:/);
  });

  test('the passphrase of a key is asked for without showing it, Ctrl-C leaves, and a command that cannot ask says what is locked', async () => {
    const sshd = await startSshd();
    const home = newHome();
    trust(home, knownLine(sshd));
    const locked = keygen(join(home.path, 'locked'), '-a', '1', '-N', 'sesame');
    appendFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${locked}.pub`));
    const inventory = home.inventory({ n1: nodeAt(sshd, { identityFiles: [locked] }) });
    const status = await muster(home, ['status', '-i', inventory]);
    expect(status.stdout).toContain(
      `${locked} stays locked: nobody gave its passphrase (ssh-add loads it into an agent)`,
    );
    const console = home.open({ args: ['-i', inventory, '-e', 'n1'] });
    await console.see(`passphrase of ${locked}: `.trim());
    console.press('sesame\r');
    await console.see((screen) => /[#$]$/.test(screen.trimEnd()));
    expect(console.raw()).not.toContain('sesame');
    console.press('exit\r');
    expect(await console.exited).toBe(0);
    const left = home.open({ args: ['-i', inventory, '-e', 'n1'] });
    await left.see(`passphrase of ${locked}`);
    left.press('\u0003');
    expect(await left.exited).toBe(3);
  });

  test('a node that does not let muster in is told in a sentence, with exit code 3', async () => {
    const sshd = await startSshd();
    const home = newHome();
    trust(home, knownLine(sshd));
    const stranger = keygen(join(home.path, 'stranger'));
    const inventory = home.inventory({ n1: nodeAt(sshd, { identityFiles: [stranger] }) });
    const console = home.open({ args: ['-i', inventory, '-e', 'n1'], columns: 200 });
    expect(await console.exited).toBe(3);
    expect(console.screen().join('')).toMatch(
      /muster: n1: .* does not let .* in: tried .*stranger; it takes publickey/,
    );
  });
});
