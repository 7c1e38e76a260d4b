// Nodes that only the system ssh can reach, in the built program: their unknown keys are reviewed like any other, their shells follow the window.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasOpenSsh, startSshd } from '../transport/sshd.ts';
import { fingerprintOf, knownLine, newHome, nodeAt, pressUntil, trust } from './nodes.ts';

/** Whether a shell waits for a command on the last line written. */
const atPrompt = (screen: string): boolean => /[#$]$/.test(screen.trimEnd());

describe.runIf(hasOpenSsh)('over the system ssh', () => {
  test('unknown host keys wait on the same screen, and the one accepted lets its node in', async () => {
    const sshds = [await startSshd(), await startSshd()] as const;
    const home = newHome();
    const [n1, n2] = [nodeAt(sshds[0], { transport: 'openssh' }), nodeAt(sshds[1])];
    const console = home.open({ args: ['-i', home.inventory({ n1, n2 })], columns: 80, rows: 24 });
    await console.see('2 host keys wait for you: H reviews them');
    console.press('H');
    const review = await console.see('Host keys: 2 unknown, 0 changed');
    for (const { folder: at } of sshds) expect(review).toContain(fingerprintOf(join(at, 'host_ed25519.pub')));
    await pressUntil(console, ['a'], 'The key of n1 will be trusted from now on');
    await pressUntil(console, ['y'], /●1 {2}⊘1/);
    expect(readFileSync(home.knownHosts, 'utf8')).toBe(`${knownLine(sshds[0])}\n`);
  }, 120_000);

  test('login shells there and on this machine have the size of the window, also when it changes', async () => {
    const sshd = await startSshd();
    const home = newHome();
    trust(home, knownLine(sshd));
    const nodes = { far: nodeAt(sshd, { transport: 'openssh' }), near: { via: 'local' } };
    const console = home.open({ args: ['-i', home.inventory(nodes), '--open', 'nodes'], columns: 120, rows: 30 });
    await console.see('● 2 up');
    for (const node of ['far', 'near']) {
      console.resize(120, 30);
      await console.see(new RegExp(`>${node} +● up`));
      console.press('s');
      await console.see((screen) => screen.includes(`shell on ${node}`) && atPrompt(screen));
      console.press('clear; stty size\r');
      await console.see('30 120');
      console.resize(90, 25);
      console.press('until [ "$(stty size)" = "25 90" ]; do :; done; echo it has $(stty size)\r');
      await console.see('it has 25 90');
      console.press('\r~.');
      await console.see('the shell ended');
      console.press('j');
    }
  }, 120_000);
});
