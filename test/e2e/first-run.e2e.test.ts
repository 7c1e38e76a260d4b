// The very first start: no inventory anywhere, and a person who has only what other tools left.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Home, newHome } from './nodes.ts';

/** A home with an ssh configuration of two hosts, and an empty folder to stand in. */
function newcomer(): { readonly home: Home; readonly cwd: string; readonly written: string } {
  const home = newHome();
  mkdirSync(join(home.path, '.ssh'), { mode: 0o700 });
  const hosts = ['gpu01', 'gpu02'].map((name) => `Host ${name}\n HostName 127.0.0.1\n Port 9\n`).join('');
  writeFileSync(join(home.path, '.ssh', 'config'), hosts, { mode: 0o600 });
  const cwd = join(home.path, 'work');
  mkdirSync(cwd);
  return { home, cwd, written: join(home.path, 'config', 'muster', 'inventory.yaml') };
}

test('without an inventory a number imports the hosts of ~/.ssh/config, and the next start asks nothing', async () => {
  const { home, cwd, written } = newcomer();
  const env = { XDG_CONFIG_HOME: join(home.path, 'config') };
  const console = home.open({ cwd, env });
  const asked = await console.see(/^\?/m);
  expect(asked).toMatch(/^muster: no inventory yet\. Looked at: /);
  expect(asked.replaceAll('\n', '')).toContain(`1  import the hosts of ~/.ssh/config to ${written}`);
  expect(asked).toContain('2  look at the demo fleet');
  console.press('7\r');
  await console.see('a number from 1 to 2, or q');
  console.press('1\r');
  await console.see(/2 nodes/);
  expect(console.isAlternate()).toBe(true);
  console.press('q');
  expect(await console.exited).toBe(0);
  expect(readFileSync(written, 'utf8')).toMatch(/gpu01[\s\S]*gpu02|gpu\[01-02\]/);
  const again = home.open({ cwd, env });
  await again.see(/2 nodes/);
  expect(again.raw()).not.toContain('no inventory yet');
});

test('the demo is one key away, and q leaves without writing anything', async () => {
  const { home, cwd, written } = newcomer();
  const env = { XDG_CONFIG_HOME: join(home.path, 'config') };
  const console = home.open({ cwd, env });
  await console.see('2  look at the demo fleet');
  console.press('2\r');
  await console.see('[DEMO]');
  const left = home.open({ cwd, env });
  await left.see('2  look at the demo fleet');
  left.press('q\r');
  expect(await left.exited).toBe(0);
  expect(left.isAlternate()).toBe(false);
  expect(existsSync(written)).toBe(false);
});
