import { expect, test } from 'vitest';
import { type NodeName, nodeName } from '../../src/model/ids.ts';
import type { InventoryNode } from '../../src/model/inventory.ts';
import type { HostKeyReview } from '../../src/model/link.ts';
import type { State } from '../../src/store/state.ts';
import { typedConsole } from './console.ts';
import { emptyState, fakeRows, fakeView } from './fake-fleet.ts';

const view = fakeView(() => fakeRows(5));
const print = (letter: string): string => `SHA256:${letter.repeat(43)}`;
const review = (node: string, letter: string, known?: string): HostKeyReview => ({
  node,
  address: '10.0.0.1:22',
  keyType: 'ssh-ed25519',
  fingerprint: print(letter),
  ...(known === undefined ? {} : { knownFingerprint: print(known), knownFrom: 'known_hosts line 3' }),
});
const node = (name: string): InventoryNode => ({
  name: nodeName(name),
  via: 'ssh',
  transport: 'auto',
  labels: {},
  groups: [],
});
const waiting: State = {
  ...emptyState,
  reviews: [review('gpu01', 'a'), review('gpu02', 'b'), review('nfs-a', 'c', 'd')],
};

test('host keys that wait are announced, and reviewed on one screen: fingerprints, both of them where a key changed', async () => {
  const { text, type } = await typedConsole([view], { state: waiting, columns: 120, rows: 30 });
  expect(text()).toContain('3 host keys wait for you: H reviews them');
  await type('H');
  expect(text()).toContain('Host keys: 2 unknown, 1 changed');
  for (const letter of 'abcd') expect(text()).toContain(print(letter));
  expect(text()).toContain('CHANGED: cannot be accepted here');
});

test('reviews stand in the order of the inventory, and a changed key alone is not said to wait', async () => {
  const inventory = { ...emptyState.inventory, nodes: [node('a1'), node('a2')] };
  const reviews = [review('a2', 'b'), review('a1', 'a')];
  const both = await typedConsole([view], { state: { ...waiting, inventory, reviews }, columns: 80, rows: 24 });
  await both.type('H');
  expect(both.text().indexOf('a1')).toBeLessThan(both.text().indexOf('a2  '));
  expect(both.text()).toContain('a accepts · Esc leaves');
  const state = { ...waiting, reviews: [review('nfs-a', 'c', 'd')] };
  const changed = await typedConsole([view], { state, columns: 80, rows: 24 });
  expect(changed.text()).toContain('1 host key has changed: H shows it');
  await changed.type('H');
  expect(changed.text()).toContain('in known_hosts line 3');
});

test('keys right after the review opens do nothing; marked keys are accepted only by y on the question after it, never by Enter', async () => {
  const { text, type, requests, clock } = await typedConsole([view], { state: waiting, columns: 120, rows: 30 });
  const accepted = (): readonly (readonly [NodeName, string])[] =>
    requests.flatMap((one) => (one.kind === 'accept-host-key' ? [[one.node, one.fingerprint] as const] : []));
  await type('HMay');
  clock.advance(400);
  await type('Ma\r');
  clock.advance(400);
  await type('\r\r \x1b[200~y\x1b[201~');
  expect([accepted(), text().includes('Press y to accept all 2')]).toEqual([[], true]);
  await type('y');
  expect(accepted()).toEqual([
    [nodeName('gpu01'), print('a')],
    [nodeName('gpu02'), print('b')],
  ]);
});

test('a changed key can be neither marked nor accepted', async () => {
  const { text, type, requests, clock } = await typedConsole([view], { state: waiting, columns: 120, rows: 30 });
  await type('H');
  clock.advance(400);
  await type('jj a');
  expect(text()).toContain('a changed key is never accepted here');
  expect(requests.filter(({ kind }) => kind === 'accept-host-key')).toEqual([]);
});

test('a secret is never drawn, what was typed before it came does not end up in it, and esc goes on without', async () => {
  const { console, terminal, type, requests, clock, text } = await typedConsole([view]);
  console.askSecret({ id: 7, prompt: 'Password of ops@gpu01\x1b[2J', echo: false });
  await type('jj');
  clock.advance(400);
  terminal.takeBytes();
  await type('hunter2');
  expect(text()).toContain('Password of ops@gpu01␛[2J');
  expect(terminal.takeBytes()).not.toMatch(/[hunte2]{3}/);
  console.askSecret({ id: 8, prompt: 'Passphrase', echo: false });
  await type('\r');
  clock.advance(400);
  await type('\x1b');
  expect(requests.filter(({ kind }) => kind === 'secret')).toEqual([
    { kind: 'secret', id: 7, text: 'hunter2' },
    { kind: 'secret', id: 8, text: undefined },
  ]);
});

test('the demo says so on screen, and its faults can be injected at the node of the row; elsewhere the key says why not', async () => {
  const faults = [
    { name: 'node-lost', help: 'cuts the connection' },
    { name: 'disk-full', help: 'fills a disk' },
  ];
  const demo = await typedConsole([view], { faults });
  expect(demo.text()).toContain('[DEMO]');
  await demo.type('jF\x1b[B\r');
  expect(demo.effects).toEqual([{ kind: 'inject', fault: 'disk-full', node: 'n002' }]);
  const real = await typedConsole([view]);
  await real.type('F');
  expect(real.text()).toContain('inject-fault: only the demo can break things');
});

test('the save prompt takes another name', async () => {
  const { type, effects } = await typedConsole([view]);
  await type('w\x15/tmp/x.tsv\r');
  expect(effects.map((effect) => (effect.kind === 'save' ? effect.path : ''))).toEqual(['/tmp/x.tsv']);
});

test('the shell key opens a shell on the node of the row', async () => {
  const { type, effects } = await typedConsole([view]);
  await type('js');
  expect(effects).toEqual([{ kind: 'shell', node: 'n002' }]);
});

test('themes go round and are remembered', async () => {
  const { text, type, effects } = await typedConsole([view]);
  await type('T');
  expect([text().includes('theme: light'), effects]).toEqual([true, [{ kind: 'remember' }]]);
});

test('ctrl-l and ctrl-z do in a dialog what they do everywhere', async () => {
  const { terminal, type, effects, text } = await typedConsole([view]);
  await type(':no');
  terminal.takeBytes();
  await type('\x0c');
  expect(terminal.takeBytes()).toContain('muster');
  await type('\x1a');
  expect([effects, text().includes(':no')]).toEqual([[{ kind: 'suspend' }], true]);
});

test('the choice of columns says which of them find no room', async () => {
  const wide = { ...fakeView(() => fakeRows(3)) };
  const columns = [
    ...wide.columns,
    { header: 'WIDE', help: 'Wider than the screen.', width: { min: 90 }, cell: () => '' },
  ];
  const { text, type } = await typedConsole([{ ...wide, columns }]);
  await type('C');
  expect(text()).toMatch(/\[x\] NODE +(?!no room)/);
  expect(text()).toMatch(/\[x\] WIDE +no room now: Wider than the screen\./);
});

test('the palette lists every view once before anything is typed', async () => {
  const { text, type } = await typedConsole([{ ...fakeView(() => fakeRows(3)), aliases: ['nickname'] }]);
  await type(':');
  expect(text()).not.toContain('nickname');
  await type('nick');
  expect(text()).toContain('nickname');
});
