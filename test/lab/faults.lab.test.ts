// The poller against nodes that really fail: what muster prints before, during and after each fault, and what it leaves on the nodes.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from './lab.ts';
import { testLab } from './test-lab.ts';
import { nodeIn, type Status, type Watched, watch } from './watch.ts';

let lab: Lab;
let muster: Watched;
beforeAll(async () => {
  lab = await testLab();
  muster = watch(lab);
  await muster.see('all nodes up', allUp, 60_000);
});
afterEach(() => lab.healAll());
afterAll(() => muster.close());

const allUp = ({ nodes }: Status): boolean => nodes.every(({ link }) => link.kind === 'up');
const linkOf = (status: Status, name: string): string => nodeIn(status, name).link.kind;
const hasFinding = (status: Status, rule: string, node: string): boolean =>
  status.findings.some((finding) => finding.rule === rule && finding.evidence.some((one) => one.node === node));

/** A lost node is tried again after at most a minute of back-off, and then it has to log in. */
const BACK_MS = 100_000;

describe('links', () => {
  test('a node whose cable is pulled is late within 15 s and lost within 30 s, and the others go on', async () => {
    const before = await muster.see(
      'facts',
      (status) => nodeIn(status, 'client-1').facts.mounts?.state === 'ok',
      30_000,
    );
    const known = nodeIn(before.status, 'client-1').facts.mounts?.value;
    let oldestMs = 0;
    const stop = muster.each((status) => {
      for (const name of ['nfs-1', 'client-2', 'client-3']) {
        oldestMs = Math.max(oldestMs, nodeIn(status, name).facts.load?.ageMs ?? 0);
      }
    });
    await lab.node('client-1').fault('link-down');
    // Two seconds more than promised: the last word may be one period old, and a document comes twice a second.
    const late = await muster.see('client-1 late', (status) => linkOf(status, 'client-1') === 'late', 17_500);
    const lost = await muster.see('client-1 lost', (status) => linkOf(status, 'client-1') === 'lost', 17_500);
    stop();
    expect(nodeIn(lost.status, 'client-1').facts.mounts?.value).toEqual(known);
    expect(hasFinding(lost.status, 'node-lost', 'client-1')).toBe(true);
    expect(oldestMs).toBeLessThan(15_000);
    process.stdout.write(
      `link-down: late after ${late.afterMs} ms, lost ${lost.afterMs} ms later; others at most ${oldestMs} ms old\n`,
    );
    await lab.healAll();
    await muster.see('client-1 up again', (status) => linkOf(status, 'client-1') === 'up', BACK_MS);
  });
});

describe('mounts', () => {
  test('a mount that hangs is told within its deadline, keeps one child at most, and is well when the server is back', async () => {
    const node = lab.node('client-2');
    const usage = (status: Status) => nodeIn(status, 'client-2').facts.usage?.['/mnt/data'];
    await muster.see('usage', (status) => usage(status)?.state === 'ok', 60_000);
    await node.fault('hang-mount');
    // A period of 20 s until it is asked, then 5 s until the answer is overdue; a busy node is asked less often.
    const hung = await muster.see('hang', (status) => usage(status)?.state === 'hung', 60_000);
    expect(nodeIn(hung.status, 'client-2').link.kind).toBe('up');
    const found = await muster.see(
      'finding',
      (status) => hasFinding(status, 'mount-hung', 'client-2') || hasFinding(status, 'server-unreachable', 'client-2'),
      20_000,
    );
    const { stdout } = await node.says("pgrep -fc '^stat -f .*/mnt/data'");
    expect(Number(stdout)).toBeLessThanOrEqual(1);
    process.stdout.write(`hang-mount: hung after ${hung.afterMs} ms, finding ${found.afterMs} ms later\n`);
    await lab.healAll();
    await muster.see('usage again', (status) => usage(status)?.state === 'ok', 90_000);
  });

  test('a filesystem made anew under its export is a stale handle on the clients, until they mount again', async () => {
    await lab.node('nfs-1').fault('stale-handle');
    await muster.see('stale', (status) => hasFinding(status, 'stale-handle', 'client-3'), 90_000);
    await lab.node('client-3').tells('umount -l /mnt/data; systemctl restart mnt-data.mount');
    await lab.node('client-2').tells('umount -l /mnt/data; mount /mnt/data');
    await muster.see(
      'no stale handle',
      (status) => !status.findings.some(({ rule }) => rule === 'stale-handle'),
      90_000,
    );
  });
});

describe('GPUs', () => {
  test('an nvidia-smi that not even SIGKILL ends holds up no other fact of its node', async () => {
    const gpus = (status: Status) => nodeIn(status, 'client-2').facts.gpus;
    await muster.see('cards', (status) => gpus(status)?.state === 'ok', 60_000);
    await lab.node('client-2').fault('wedge-nvidia-smi');
    const hung = await muster.see('hung cards', (status) => gpus(status)?.state === 'hung', 60_000);
    await muster.see('fresh load', (status) => (nodeIn(status, 'client-2').facts.load?.ageMs ?? 1e9) < 5_000, 20_000);
    const { stdout } = await lab.node('client-2').says("ps axo stat,comm | grep -c '^D.*nvidia-smi'");
    expect(Number(stdout)).toBeLessThanOrEqual(3);
    process.stdout.write(`wedge-nvidia-smi: hung after ${hung.afterMs} ms, ${stdout.trim()} stuck\n`);
    await lab.healAll();
    await muster.see('cards again', (status) => gpus(status)?.state === 'ok', 90_000);
  });
});

describe('afterwards', () => {
  test('nothing of ours is left on any node when muster has ended', async () => {
    await muster.close();
    for (const node of lab.nodes) {
      const { stdout } = await node.says('for turn in $(seq 50); do pgrep -u admin -a || break; sleep 0.2; done');
      expect(stdout.split('\n').slice(-5).join('\n').trim()).toBe('');
    }
  });
});
