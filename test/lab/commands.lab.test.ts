// The lab's own commands, as a person types them: labs side by side, what a crash leaves, what `down` and `clean` take, what is refused.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from './lab.ts';
import { namespaceOf, namespaces } from './network.ts';
import { labSources, placesOf, projectRoot } from './places.ts';
import { isAlive, pidsWith } from './processes.ts';
import { type Ran, run } from './run.ts';
import { readState } from './state.ts';
import { testLab } from './test-lab.ts';

let lab: Lab;
let other: string;
let crashed: string;
beforeAll(async () => {
  lab = await testLab();
  other = `o${process.pid}`;
  crashed = `c${process.pid}`;
});
afterAll(async () => {
  for (const name of [other, crashed]) await command(['down', '--name', name]);
});

const main = join(labSources, 'main.ts');
const command = (args: readonly string[], env: { readonly [name: string]: string } = {}): Promise<Ran> =>
  run([process.execPath, main, ...args], { withinMs: 300_000, env });

/** Everything a lab of that name can leave on this machine. */
async function tracesOf(name: string): Promise<readonly string[]> {
  const pids = await pidsWith(`uml_dir=${placesOf(name).node('nfs-1')}/`);
  return [
    ...(await namespaces()).filter((space) => space === namespaceOf(name)),
    ...pids.map((pid) => `process ${pid}`),
    ...(existsSync(placesOf(name).folder) ? [placesOf(name).folder] : []),
  ];
}

test('two labs run side by side, each with its own nodes, reachable from outside through loopback', async () => {
  const up = await command(['up', '--name', other, '--nodes', '1']);
  expect([up.code, up.stderr]).toEqual([0, '']);
  expect(up.stdout).toContain(`lab ${other} is up: nfs-1 (10.77.0.11)`);
  const bootId = 'cat /proc/sys/kernel/random/boot_id';
  const theirs = await command(['ssh', '--name', other, 'nfs-1', bootId]);
  expect(theirs.stdout).toMatch(/^[0-9a-f-]{36}\n$/);
  expect(theirs.stdout).not.toBe(await lab.node('nfs-1').tells(bootId));
  expect((await command(['status'])).stdout).toMatch(new RegExp(`lab ${lab.name}: up(.|\n)*|lab ${other}: up`));
  const inventory = (await command(['inventory', '--name', other])).stdout.trim();
  const status = await run(
    [process.execPath, join(projectRoot, 'bin', 'muster'), 'status', '--json', '-i', inventory],
    {
      withinMs: 120_000,
      env: { HOME: placesOf(other).folder },
    },
  );
  expect(JSON.parse(status.stdout).links).toMatchObject({ up: 1, lost: 0, refused: 0 });
});

test('a lab that is up stays as it is at the next up; one whose keeper was killed is cleared by any up', async () => {
  const again = await command(['up', '--name', other]);
  expect(again.stdout).not.toContain('booting');
  expect(again.stdout).toContain(`lab ${other} is up`);
  const keeper = (await readState(other))?.keeper;
  if (keeper === undefined) throw new Error(`lab ${other} has no keeper`);
  process.kill(keeper.pid, 'SIGKILL');
  await expect.poll(() => isAlive(keeper), { timeout: 10_000 }).toBe(false);
  // By this one, or by another one that somebody types at this moment.
  expect((await command(['up', '--name', lab.name])).code).toBe(0);
  expect(await tracesOf(other)).toEqual([]);
  expect(await lab.node('nfs-1').isOn()).toBe(true);
});

test('what a killed start leaves is cleared by the next up', async () => {
  const child = spawn(process.execPath, [main, 'up', '--name', crashed, '--nodes', '1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise<void>((resolve) => child.stdout.on('data', (said) => /booting/.test(String(said)) && resolve()));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.on('close', resolve));
  expect((await command(['up', '--name', lab.name])).code).toBe(0);
  expect(await tracesOf(crashed)).toEqual([]);
});

test('clean removes the images of its folder, and refuses while a lab stands on them', async () => {
  const refused = await command(['clean']);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(new RegExp(`${lab.name}.* up; take them down first, or clean --all`));
  const folder = mkdtempSync(join(tmpdir(), 'muster-lab-clean-'));
  mkdirSync(join(folder, 'images', 'nfs-0'), { recursive: true });
  expect(await command(['clean'], { MUSTER_LAB_DIR: folder })).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(existsSync(join(folder, 'images'))).toBe(false);
  expect(await lab.node('nfs-1').isOn()).toBe(true);
  rmSync(folder, { recursive: true });
});

test.each([
  [['up', '--name', 'Bad Name'], '"Bad Name" cannot name a lab'],
  [['up', '--name', 'x', '--role', 'mail'], 'no role is called "mail"; there are samba, gluster, virtiofs, bare'],
  [['up', '--name', 'x', '--nodes', '99'], '--nodes takes 1 to 32, not "99"'],
  [['up', '--name', 'x', '--nodes', '1.5'], '--nodes takes 1 to 32, not "1.5"'],
  [['up', '--nods', '2'], "Unknown option '--nods'"],
  [['status', '--name', 'nobody'], ''],
  [['ssh', '--name', 'nobody', 'nfs-1'], 'lab nobody is not up'],
])('%j is answered in one sentence', async (args, sentence) => {
  const { stderr } = await command(args);
  expect(stderr.split('\n').length).toBeLessThanOrEqual(2);
  expect(stderr).toContain(sentence);
});

test.each([
  [['fault', 'rain', 'nfs-1'], 'no fault is called "rain"; there are link-down'],
  [['fault', 'link-down', 'nfs-9'], 'has no node "nfs-9": nfs-1, client-1'],
  [['fault', 'stop-nfs', 'client-3'], 'client-3 has no NFS server to lose; take the NFS server'],
  [['fault', 'xid', 'client-3'], 'client-3 plays no GPU'],
  [['fault', 'drop-port', 'nfs-1', 'http'], 'a port is needed, 1 to 65535, not "http"'],
  [['fault', 'link-down', 'nfs-1', '--for', 'soon'], '--for takes a time such as 10s or 2m, not "soon"'],
])('%j is refused in one sentence and changes nothing', async (args, sentence) => {
  const { code, stderr } = await command([...args, '--name', lab.name]);
  expect(code).toBe(1);
  expect(stderr).toContain(sentence);
  expect((await readState(lab.name))?.faults).toEqual([]);
});

test('a fault with --for ends by itself', async () => {
  const { code, stdout } = await command(['fault', 'sudo-denied', 'client-3', '--for', '1s', '--name', lab.name]);
  expect(code).toBe(0);
  expect(stdout).toBe(
    'client-3: sudo-denied takes away the right to use sudo without a password\nclient-3: sudo-denied is healed\n',
  );
  expect((await readState(lab.name))?.faults).toEqual([]);
});
