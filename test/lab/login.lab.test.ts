// What a person meets who logs in to a node: a slow login, another host key, no sudo, a wrong clock; seen by programs that start anew.
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { Lab } from './lab.ts';
import { placesOf } from './places.ts';
import { testLab } from './test-lab.ts';
import { agreementAnew } from './truth.ts';
import { allUp, hasFinding, lookUntil, nodeIn } from './watch.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await testLab();
});
afterEach(() => lab.healAll());

const NAMES = ['nfs-1', 'client-1', 'client-2', 'client-3'];
/** Facts that only root may read. */
const ROOTS = ['kernel log'];

/** ssh(1) as admin from the console's side; the milliseconds until its command has ended. */
async function login(name: string): Promise<number> {
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
  const startedMs = Date.now();
  const { code, stderr } = await lab.run(
    ['ssh', '-F', 'none', ...options.flatMap((option) => ['-o', option]), '-i', placesOf(lab.name).key].concat([
      '-l',
      'admin',
      lab.node(name).address,
      'true',
    ]),
  );
  expect([code, stderr]).toEqual([0, '']);
  return Date.now() - startedMs;
}

test('a slow login, another host key, a refused sudo and a wrong clock are told apart, and gone when they are healed', async () => {
  await agreementAnew(lab, NAMES);
  await Promise.all([
    lab.node('client-1').fault('sudo-denied'),
    lab.node('client-2').fault('new-host-key'),
    // The product gives a login ten seconds, and a busy node needs some of them for itself.
    lab.node('client-3').fault('slow-login', '1'),
    lab.node('nfs-1').fault('clock-skew', '400'),
  ]);
  expect(await login('client-3')).toBeGreaterThan(1_000);
  const ill = await lookUntil(
    lab,
    (status) =>
      nodeIn(status, 'client-3').link.kind === 'up' &&
      hasFinding(status, 'sudo-refused', 'client-1') &&
      hasFinding(status, 'clock-skew', 'nfs-1'),
  );
  const { kind, reason } = nodeIn(ill, 'client-2').link;
  expect([kind, reason]).toEqual(['refused', 'host-key-changed']);
  expect(nodeIn(ill, 'client-3').link.kind).toBe('up');
  expect(hasFinding(ill, 'host-key-changed', 'client-2')).toBe(true);
  expect(hasFinding(ill, 'sudo-refused', 'client-1')).toBe(true);
  expect(hasFinding(ill, 'clock-skew', 'nfs-1')).toBe(true);
  const skewMs = nodeIn(ill, 'nfs-1').facts.clock?.value?.skewMs ?? 0;
  expect(Math.abs(skewMs - 400_000)).toBeLessThan(10_000);
  // Of a node whose key is another one nothing is believed; what only root may read is not there without sudo, and everything else is right.
  await agreementAnew(lab, ['nfs-1', 'client-1', 'client-3'], {
    isLeftOut: (name, difference) => name === 'client-1' && ROOTS.some((fact) => difference.startsWith(`${fact}: `)),
  });
  const unknown = nodeIn(ill, 'client-2').facts;
  expect([unknown.mounts?.value ?? null, unknown.identity?.value ?? null, unknown.usage ?? {}]).toEqual([
    null,
    null,
    {},
  ]);
  await lab.healAll();
  const well = await lookUntil(lab, allUp);
  expect(well.nodes.map(({ link }) => link.kind)).toEqual(['up', 'up', 'up', 'up']);
  const rules = well.findings.map(({ rule }) => rule);
  await agreementAnew(lab, NAMES);
  expect(rules.filter((rule) => ['host-key-changed', 'sudo-refused', 'clock-skew'].includes(rule))).toEqual([]);
});
