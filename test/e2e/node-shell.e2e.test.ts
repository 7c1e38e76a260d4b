// `muster -e NODE` on a real OpenSSH server.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasOpenSsh, keygen, startSshd } from '../transport/sshd.ts';
import { knownLine, newHome, nodeAt, trust } from './nodes.ts';

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
