// Links that really end, in every way one can: what muster says of them, when, and how it comes back.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Lab } from './lab.ts';
import { testLab } from './test-lab.ts';
import { agreement, differences } from './truth.ts';
import { allUp, hasFinding, leftOn, nodeIn, type Status, type Watched, watch } from './watch.ts';

let lab: Lab;
let muster: Watched;
beforeAll(async () => {
  lab = await testLab();
  muster = watch(lab);
  await muster.see('all nodes up', allUp, 120_000);
});
afterEach(() => lab.healAll());
afterAll(() => muster.close());

const linkOf = (status: Status, name: string) => nodeIn(status, name).link;
const isLink = (name: string, kind: string) => (status: Status) => linkOf(status, name).kind === kind;
/** Silence by muster's own clock until the link got its present name. */
const silenceOf = (status: Status, name: string): number =>
  (linkOf(status, name).sinceMs ?? Number.NaN) - (linkOf(status, name).lastHeardMs ?? Number.NaN);

/** A lost node is tried again after at most a minute of back-off, and then it has to log in. */
const BACK_MS = 150_000;
/** What was promised: late after 15 s of silence, lost after 30 s. The wheel turns ten times a second and may be held up. */
const LATE_MS = 15_000;
const LOST_MS = 30_000;
const HELD_UP_MS = 1_500;
const TICK_MS = 100;
/** The program under test has two threads and a worker's timers, which are held up each for themselves. */
const PROCESSES = 3;
/** A wait that is longer than this hangs; how long it may be is read from muster's own clock. */
const HANG_MS = 60_000;

/** Milliseconds by which this process came late to its own ticks since it was started: so long at least the machine did other things. */
function countHeldUp(): { readonly ms: () => number; readonly stop: () => void } {
  let [last, heldUpMs] = [Date.now(), 0];
  const ticks = setInterval(() => {
    heldUpMs += Math.max(0, Date.now() - last - TICK_MS);
    last = Date.now();
  }, TICK_MS);
  return { ms: () => heldUpMs, stop: () => clearInterval(ticks) };
}

/** What was promised of silence, on a machine that was held up for so long meanwhile. */
function expectSilence(actualMs: number, promisedMs: number, heldUpMs: number): void {
  expect(actualMs).toBeGreaterThanOrEqual(promisedMs);
  expect(actualMs).toBeLessThan(promisedMs + HELD_UP_MS + PROCESSES * heldUpMs);
}

test('a node whose cable is pulled is late after 15 s and lost after 30 s, keeps its facts, and the others go on', async () => {
  const isKnown = (status: Status): boolean => nodeIn(status, 'client-1').facts.mounts?.state === 'ok';
  const before = (await muster.see('mounts', isKnown, 90_000)).status;
  let oldestMs = 0;
  const stop = muster.each((status) => {
    for (const name of ['nfs-1', 'client-2', 'client-3']) {
      oldestMs = Math.max(oldestMs, nodeIn(status, name).facts.load?.ageMs ?? 0);
    }
  });
  const heldUp = countHeldUp();
  await lab.node('client-1').fault('link-down');
  const late = await muster.see('client-1 late', isLink('client-1', 'late'), HANG_MS);
  expectSilence(silenceOf(late.status, 'client-1'), LATE_MS, heldUp.ms());
  const lost = await muster.see('client-1 lost', isLink('client-1', 'lost'), HANG_MS);
  expectSilence(silenceOf(lost.status, 'client-1'), LOST_MS, heldUp.ms());
  stop();
  heldUp.stop();
  expect(oldestMs).toBeLessThan(LATE_MS + PROCESSES * heldUp.ms());
  expect(nodeIn(lost.status, 'client-1').facts.mounts?.value).toEqual(nodeIn(before, 'client-1').facts.mounts?.value);
  await muster.see('its finding', (status) => hasFinding(status, 'node-lost', 'client-1'), 10_000);
  await lab.healAll();
  await muster.see('client-1 up again', isLink('client-1', 'up'), BACK_MS);
  await agreement(lab, muster, ['client-1']);
});

test('a killed sshd and a refused port are lost at once, a cut power after 30 s; all come back', async () => {
  const names = ['client-1', 'client-2', 'client-3'];
  const before = await agreement(lab, muster, names);
  /** What is known of a node that is lost is what it said before. */
  const expectKept = (status: Status, name: string): void =>
    expect(differences(nodeIn(status, name), before.get(name) ?? new Map()), name).toEqual([]);
  await Promise.all([lab.node('client-1').fault('kill-sshd'), lab.node('client-2').fault('reject-port', '22')]);
  const heldUp = countHeldUp();
  for (const name of ['client-1', 'client-2']) {
    const lost = await muster.see('lost', isLink(name, 'lost'), HANG_MS);
    expect(isLink('client-3', 'up')(lost.status)).toBe(true);
    const again = await muster.see('refused', (status) => /refuses/.test(linkOf(status, name).because ?? ''), BACK_MS);
    expect(linkOf(again.status, name).kind).toMatch(/^(lost|connecting)$/);
    expectKept(again.status, name);
  }
  await lab.node('client-3').fault('power-off');
  const lost = await muster.see('client-3 lost', isLink('client-3', 'lost'), HANG_MS);
  expectSilence(silenceOf(lost.status, 'client-3'), LOST_MS, heldUp.ms());
  heldUp.stop();
  expectKept(lost.status, 'client-3');
  await lab.healAll();
  await muster.see('all up again', allUp, BACK_MS);
  const after = await agreement(lab, muster, names);
  const boots = [before, after].map((truths) => truths.get('client-3')?.get('identity')?.[2]);
  expect(boots[0]).not.toBe(boots[1]);
});

test('a slow link stays up and shows its round trip; a port whose packets are lost ends the link and no mount', async () => {
  await lab.node('client-2').fault('link-slow');
  await lab.node('nfs-1').fault('drop-port', '22');
  await muster.see('nfs-1 lost', isLink('nfs-1', 'lost'), HANG_MS);
  const slow = await muster.see('the delay', (s) => (linkOf(s, 'client-2').roundTripMs ?? 0) >= 300, 60_000);
  expect(isLink('client-2', 'up')(slow.status)).toBe(true);
  const usage = (status: Status) => nodeIn(status, 'client-3').facts.usage?.['/mnt/data'];
  const well = await muster.see('usage', (s) => usage(s)?.state === 'ok' && (usage(s)?.ageMs ?? 1e9) < 15_000, 60_000);
  expect(hasFinding(well.status, 'mount-hung', 'client-3')).toBe(false);
  await lab.healAll();
  await muster.see('all up again', allUp, BACK_MS);
});

test('muster leaves no process on any node', async () => {
  await muster.close();
  expect(await leftOn(lab)).toEqual({});
});
