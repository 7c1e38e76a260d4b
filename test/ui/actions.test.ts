// The road from a row to a running rollout, by keys: menu, form, plan, question. Nothing on it can be done by reflex.
import { expect, test } from 'vitest';
import { nodeName } from '../../src/model/ids.ts';
import type { ActionForm } from '../../src/ui/action-form.ts';
import { views } from '../../views/registry.ts';
import { ID, planned, rolloutOf, underWay } from '../views/a-rollout.ts';
import { typedConsole } from './console.ts';
import { emptyState, fakeRows, fakeView } from './fake-fleet.ts';

const mount: ActionForm = {
  name: 'mount',
  title: 'Mount a share',
  summary: 'mounts a share and proves it',
  targets: [{ view: 'things', fills: { nodes: 'nodes', target: 'target' } }],
  fields: {
    nodes: { kind: 'nodes', title: 'Nodes', help: 'Where.', isRequired: true, completes: 'nodes' },
    target: { kind: 'path', title: 'Mount point', help: 'An absolute path.', isRequired: true },
    how: { kind: 'choice', title: 'How', help: 'Kind.', choices: ['automount', 'fstab'], default: 'automount' },
    check: { kind: 'flag', title: 'Check first', help: 'Asks the server.', default: true },
  },
};
const elsewhere: ActionForm = { ...mount, name: 'unexport', targets: [{ view: 'exports', fills: {} }] };
const rows = fakeRows(5);
const things = fakeView(() => rows);
const inventory = {
  ...emptyState.inventory,
  nodes: fakeRows(5).map(({ node }) => ({
    name: node,
    via: 'ssh' as const,
    transport: 'auto' as const,
    labels: {},
    groups: [],
  })),
};
const state = { ...emptyState, inventory };

test('a shows the actions of this view only, and the form opens filled from the marks', async () => {
  const { text, type } = await typedConsole([things], { state, actions: [mount, elsewhere], columns: 100, rows: 24 });
  await type('  a');
  expect(text()).toContain('Do on 2 nodes');
  expect(text()).toContain('mounts a share and proves it');
  expect(text()).not.toContain('unexport');
  await type('\r');
  expect(text()).toContain('n[001-002]');
  expect(text()).toContain('Mount a share');
});

test('rows of a view no action is made for stand for their nodes', async () => {
  const onNodes: ActionForm = { ...mount, name: 'reboot', targets: [{ view: 'nodes', fills: { nodes: 'nodes' } }] };
  const { text, type } = await typedConsole([things], { state, actions: [elsewhere, onNodes], columns: 100, rows: 24 });
  await type('a');
  expect(text()).toContain('reboot');
  expect(text()).not.toContain('unexport');
  await type('\r');
  expect(text()).toContain('Nodes               n001');
});

test('a machine that only its cluster knows offers what goes through the cluster, and nothing that logs in', async () => {
  const cordon: ActionForm = {
    ...mount,
    name: 'cordon',
    fields: { nodes: { kind: 'text', title: 'Nodes', help: 'As the cluster names them.', isRequired: true } },
  };
  const known = { ...state, inventory: { ...inventory, nodes: inventory.nodes.slice(1) } };
  const options = { state: known, columns: 100, rows: 24 };
  const onNodes: ActionForm = { ...mount, name: 'reboot', targets: [{ view: 'nodes', fills: { nodes: 'nodes' } }] };
  const menu = async (keys: string): Promise<string> => {
    const { text, type } = await typedConsole([things], { ...options, actions: [mount, onNodes, cordon] });
    await type(keys);
    return text();
  };
  expect(await menu('a')).toContain('> cordon');
  expect(await menu('a')).not.toMatch(/mount {2}|reboot/);
  expect(await menu('ja')).toMatch(/> mount [\s\S]* cordon [\s\S]* reboot/);
});

test('a card of a machine that is in no inventory starts nothing, and the key says why', async () => {
  const strange = { ...things, nodes: () => [], subject: () => ({ nodes: [] }) };
  const { text, type } = await typedConsole([strange], { state, actions: [mount], columns: 100, rows: 24 });
  await type('a');
  expect(text()).toContain('the row is about no node of the inventory');
  expect(text()).not.toContain('Do on');
});

test('Enter asks for a plan only when every field can be read; the first wrong one gets the cursor', async () => {
  const { text, type, effects } = await typedConsole([things], { state, actions: [mount], columns: 100, rows: 24 });
  await type('a\r');
  await type('data\r');
  expect(text()).toContain('"data" is not an absolute path');
  expect(effects).toEqual([]);
  await type('\x15/data\t\x1b[C\t \r');
  expect(effects).toEqual([
    { kind: 'plan', action: 'mount', input: { nodes: 'n001', target: '/data', how: 'fstab', check: false } },
  ]);
});

test('of a form with more fields than rows those around the cursor are seen, with the help and with what is wrong there', async () => {
  const more = Array.from({ length: 24 }, (_, index) => [
    `f${index}`,
    { kind: 'path', title: `Path ${index}`, help: `Help of ${index}.` } as const,
  ]);
  const long: ActionForm = { ...mount, fields: { ...mount.fields, ...Object.fromEntries(more) } };
  const { text, type } = await typedConsole([things], { state, actions: [long], columns: 80, rows: 24 });
  await type('a\r/data');
  expect(text()).toMatch(/field 2 of 28[\s\S]*> Mount point[\s\S]*An absolute path\. Needed\./);
  await type('\x1b[A\x1b[A');
  expect(text()).toMatch(/field 28 of 28[\s\S]*> Path 23[\s\S]*Help of 23\./);
  await type('here\x1b[A\r');
  expect(text()).toMatch(/> Path 23 +here[\s\S]*"here" is not an absolute path[\s\S]*Help of 23\./);
  await type('\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A');
  expect(text()).toMatch(/field 17 of 28[\s\S]*> Path 12 [\s\S]*Help of 12\./);
});

test('a field completes from what is there: the right arrow takes the first suggestion', async () => {
  const { text, type } = await typedConsole([things], { state, actions: [mount], columns: 100, rows: 24 });
  await type('a\r\x1b[A');
  await type('\x15n003,n00');
  expect(text()).toContain('→ n00');
  await type('\x1b[C');
  expect(text()).toMatch(/n003,n00\d/);
});

test('marked rows that a filter hides are named and left out until they are taken in', async () => {
  const { text, type } = await typedConsole([things], { state, actions: [mount], columns: 100, rows: 24 });
  await type('  /n002\ra\r');
  expect(text()).toContain('1 marked row is hidden by the filter and left out: n001');
  expect(text()).not.toContain('n[001-002]');
  await type('\x14');
  expect(text()).toContain('n[001-002]');
  expect(text()).toContain('taken in');
});

test('without actions the key says that nothing may be changed', async () => {
  const { text, type } = await typedConsole([things], { state, columns: 100, rows: 24 });
  await type('a');
  expect(text()).toContain('nothing may be changed here');
});

const withPlan = (risk: 'changes' | 'interrupts-users') =>
  typedConsole(views, {
    state: { ...state, rollouts: new Map([[ID, rolloutOf(planned(risk))]]) },
    columns: 100,
    rows: 30,
    open: { view: 'plan', filter: `rollout=${ID}` },
  });

test('a plan runs only by y after X, never by Enter, never within 300 ms, never by a paste', async () => {
  const { type, effects, clock, text } = await withPlan('changes');
  await type('Xy');
  expect(effects).toEqual([]);
  clock.advance(400);
  await type('\r\x1b[200~y\x1b[201~XX');
  expect(effects).toEqual([]);
  expect(text()).toContain('13 nodes; 1 first, then at most 2 at once; the first failure pauses it');
  await type('y');
  expect(effects).toEqual([
    {
      kind: 'rollout',
      ask: expect.objectContaining({ kind: 'start', limits: { canary: 1, maxUnavailable: 2, maxFailures: 0 } }),
    },
  ]);
});

test('a plan that interrupts users wants its phrase, typed and not pasted', async () => {
  const { type, effects, clock, text } = await withPlan('interrupts-users');
  await type('X');
  clock.advance(400);
  await type('\x1b[200~interrupt gpu[01-12]\x1b[201~\r');
  expect(effects).toEqual([]);
  await type('yes\r');
  expect(text()).toContain('that is not the phrase');
  await type('\x15interrupt gpu[01-12]\r');
  expect(effects).toEqual([
    { kind: 'rollout', ask: expect.objectContaining({ kind: 'start', typed: 'interrupt gpu[01-12]' }) },
  ]);
});

test('waves chosen before the start are the ones it starts with, and wrong ones are told', async () => {
  const { type, effects, clock, text } = await withPlan('changes');
  await type('W\x15none\r');
  expect(text()).toContain('"none" is not a number from 1, or a percentage');
  await type('\x152\t\x1550%\t\x153\r');
  await type('X');
  clock.advance(400);
  await type('y');
  expect(effects).toEqual([
    { kind: 'rollout', ask: expect.objectContaining({ limits: { canary: 2, maxUnavailable: 7, maxFailures: 3 } }) },
  ]);
});

test('a running rollout is paused at once and aborted after a question; keys that mean nothing say why', async () => {
  const { type, effects, clock, text } = await typedConsole(views, {
    state: { ...state, rollouts: new Map([[ID, rolloutOf(underWay)]]) },
    columns: 100,
    rows: 30,
    open: { view: 'rollout', filter: `rollout=${ID}` },
  });
  await type('z');
  expect(effects.map((effect) => effect.kind === 'rollout' && effect.ask.kind)).toEqual(['pause']);
  await type('u');
  expect(text()).toContain('it still runs; abort it first');
  await type('x');
  clock.advance(400);
  await type('y');
  expect(effects.map((effect) => effect.kind === 'rollout' && effect.ask.kind)).toEqual(['pause', 'abort']);
});

test('Enter on a node of the board opens its log, which shows what is known of it', async () => {
  const console = await typedConsole(views, {
    state: { ...state, rollouts: new Map([[ID, rolloutOf(underWay)]]) },
    columns: 100,
    rows: 30,
    open: { view: 'rollout', filter: `rollout=${ID}` },
  });
  await console.type('\r');
  expect(console.effects).toEqual([
    { kind: 'rollout', ask: expect.objectContaining({ kind: 'open-log', node: nodeName('nfs-a') }) },
  ]);
  const log = { rollout: ID, node: nodeName('nfs-a'), firstNumber: 1, lines: ['one', 'two\x1b[2J'], path: '/x' };
  console.setState({ ...state, rollouts: new Map([[ID, rolloutOf(underWay)]]), log });
  await console.idle();
  expect(console.text()).toContain('two␛[2J');
});

test('the action that mends a finding comes first, its form filled with what the finding tells; rows that differ say so', async () => {
  const share: ActionForm = {
    ...mount,
    name: 'time-slice',
    summary: 'shares cards',
    targets: [],
    fields: {
      cluster: { kind: 'text', title: 'Cluster', help: 'Which.' },
      replicas: { kind: 'count', title: 'Slices', help: 'How many.', min: 1, max: 9, default: 4 },
    },
  };
  const mends = ['2', '2', '3'].map((replicas) => ({ action: share.name, fields: { cluster: 'talos', replicas } }));
  const mended = {
    ...things,
    subject: (row: (typeof rows)[number]) => {
      const mend = mends[rows.indexOf(row)];
      return { nodes: [row.node], ...(mend === undefined ? {} : { mend }) };
    },
  };
  const offers = { state, actions: [mount, share], columns: 100, rows: 24 };
  const one = await typedConsole([mended], offers);
  await one.type('  a');
  expect(one.text()).toMatch(/> time-slice +shares cards[\s\S]* mount/);
  await one.type('\r\r');
  expect(one.effects).toEqual([{ kind: 'plan', action: 'time-slice', input: { cluster: 'talos', replicas: 2 } }]);
  const differing = await typedConsole([mended], offers);
  await differing.type('   a\r');
  expect(differing.text()).toContain('the marked rows differ here');
  const others = await typedConsole([mended], offers);
  await others.type('    a');
  expect(others.text()).not.toContain('time-slice');
});
