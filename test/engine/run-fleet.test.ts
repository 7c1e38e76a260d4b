// What passes between the console and the engine besides polling: secrets, shells, host keys.
import { expect, test } from 'vitest';
import { createSecretDesk } from '../../src/engine/secret-desk.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { HostKeyReview } from '../../src/model/link.ts';
import { watchFleet } from '../sim/watched-fleet.ts';

const N1 = nodeName('n1');

test('a secret the transport asks for is wanted at once, and answered by its number', async () => {
  const secrets = createSecretDesk();
  const first = secrets.ask('password of n1', false);
  const watched = watchFleet(['n1'], { secrets });
  const second = secrets.ask('code', true);
  expect(watched.events.filter(({ kind }) => kind === 'secret-wanted')).toEqual([
    { kind: 'secret-wanted', id: 2, prompt: 'code', echo: true },
  ]);
  watched.fleet.request({ kind: 'secret', id: 2, text: '123' });
  watched.fleet.request({ kind: 'secret', id: 1, text: undefined });
  expect(await Promise.all([first, second])).toEqual([undefined, '123']);
});

test('a secret asked before anybody attends is shown to who comes', () => {
  const secrets = createSecretDesk();
  void secrets.ask('password of n1', false);
  const shown: unknown[] = [];
  secrets.attend((wanted) => shown.push(wanted));
  expect(shown).toEqual([{ id: 1, prompt: 'password of n1', echo: false }]);
});

test('closing declines what nobody answered', async () => {
  const secrets = createSecretDesk();
  const watched = watchFleet(['n1'], { secrets });
  const asked = secrets.ask('password of n1', false);
  void watched.fleet.close();
  expect(await asked).toBeUndefined();
  expect(await secrets.ask('another', true)).toBeUndefined();
});

test('a shell sends what is typed and gives what comes back at once, until it is closed', () => {
  const watched = watchFleet(['n1']);
  const { fleet } = watched;
  const said = () => watched.events.filter(({ kind }) => kind === 'shell-data' || kind === 'shell-closed');
  fleet.request({ kind: 'shell-open', shell: 7, node: N1, size: { columns: 80, rows: 24 } });
  fleet.request({ kind: 'shell-write', shell: 7, data: Buffer.from('ls\n') });
  fleet.request({ kind: 'shell-resize', shell: 7, size: { columns: 100, rows: 30 } });
  expect(said()).toEqual([{ kind: 'shell-data', shell: 7, data: new Uint8Array(Buffer.from('ls\n')) }]);
  fleet.request({ kind: 'shell-close', shell: 7 });
  fleet.request({ kind: 'shell-write', shell: 7, data: Buffer.from('lost') });
  expect(said().slice(1)).toEqual([{ kind: 'shell-closed', shell: 7, message: 'closed' }]);
});

test('a shell on a node that is not in the inventory, or has none, is closed with the reason', () => {
  const watched = watchFleet(['n1'], { via: 'none' });
  const size = { columns: 80, rows: 24 };
  watched.fleet.request({ kind: 'shell-open', shell: 1, node: nodeName('other'), size });
  watched.fleet.request({ kind: 'shell-open', shell: 2, node: N1, size });
  expect(watched.events.filter(({ kind }) => kind === 'shell-closed')).toEqual([
    { kind: 'shell-closed', shell: 1, message: 'other is not in the inventory' },
    { kind: 'shell-closed', shell: 2, message: 'n1 has no shell' },
  ]);
});

test('a host key that waits for a person is told with the refusal', () => {
  const watched = watchFleet(['n1']);
  const review: HostKeyReview = { node: 'n1', address: '127.0.0.1', keyType: 'ssh-ed25519', fingerprint: 'SHA256:x' };
  watched.clock.advance(1_000);
  watched.nodes.node('n1').drop({ kind: 'refused', because: 'unknown host key', reason: 'host-key-unknown', review });
  watched.clock.advance(100);
  expect(watched.events.filter(({ kind }) => kind === 'host-key')).toEqual([{ kind: 'host-key', review }]);
  expect(watched.link('n1')).toMatchObject({ kind: 'refused', reason: 'host-key-unknown' });
});

test('a listener that leaves hears nothing more', () => {
  const watched = watchFleet(['n1']);
  let heard = 0;
  const leave = watched.fleet.subscribe(() => {
    heard += 1;
  });
  watched.clock.advance(1_000);
  expect(heard).toBeGreaterThan(0);
  const before = heard;
  leave();
  watched.clock.advance(10_000);
  expect(heard).toBe(before);
});

test('requests about nodes that are not in the inventory do nothing', () => {
  const watched = watchFleet(['n1']);
  const nodes = [nodeName('other')];
  watched.fleet.request({ kind: 'reconnect', nodes });
  watched.fleet.request({ kind: 'refresh', nodes });
  watched.fleet.request({ kind: 'focus', nodes, probes: ['tools'], everyMs: 1 });
  watched.fleet.request({ kind: 'accept-host-key', node: nodeName('other'), fingerprint: 'x' });
  watched.clock.advance(1_000);
  expect(watched.link('n1')?.kind).toBe('up');
});

test('a node that has nothing to do before its next turn hears of a refresh at once', () => {
  const watched = watchFleet(['n1', 'n2']);
  const answers = () => watched.observations('n1', 'tools').filter(({ outcome }) => outcome.kind !== 'asked').length;
  watched.clock.advance(10_000);
  for (const before = answers(); answers() === before; ) watched.clock.advance(100);
  // Its own turn is two seconds away.
  const before = answers();
  watched.clock.advance(500);
  expect(answers()).toBe(before);
  watched.fleet.request({ kind: 'refresh', nodes: [N1], probes: ['tools'] });
  watched.clock.advance(400);
  expect(answers()).toBe(before + 1);
});
