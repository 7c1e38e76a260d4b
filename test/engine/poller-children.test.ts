// When a node is asked what may hang, and how much at once, over the simulated node of test/sim.

import { expect, test } from 'vitest';
import { createPoller } from '../../src/engine/poller.ts';
import { fact, type Probe, type ProbeSet } from '../../src/model/probe.ts';
import { brokenRules, PROBES, type WatchedFleet, watchFleet } from '../sim/watched-fleet.ts';
import { asksOf, killsOf, N1, outcomes } from './poller-watch.ts';

test('a child without an answer is hung after its deadline, killed, asked again when it has ended, and well when it answers', () => {
  const watched = watchFleet(['n1']);
  const { clock, nodes } = watched;
  const node = nodes.node('n1');
  node.hung.set('kernelLog', 'killable');
  clock.advance(5_300);
  const askedMs = asksOf(watched, 'kernelLog')[0]?.atMs ?? 0;
  expect(outcomes(watched, 'kernelLog')).toEqual([{ kind: 'asked' }, { kind: 'hung', sinceMs: askedMs }]);
  expect(killsOf(watched).length).toBe(1);
  clock.advance(60_000);
  // Every further hang is the same one.
  const hung = outcomes(watched, 'kernelLog').slice(1);
  expect(hung.length).toBeGreaterThan(1);
  expect(hung.every((outcome) => outcome.kind === 'hung' && outcome.sinceMs === askedMs)).toBe(true);
  node.hung.clear();
  clock.advance(60_000);
  expect(outcomes(watched, 'kernelLog').at(-1)?.kind).toBe('ok');
  expect(brokenRules(watched)).toEqual([]);
});

test('while the whole node is silent nothing on it is told to hang: it is the link nobody hears of', () => {
  const watched = watchFleet(['n1']);
  const { clock, nodes } = watched;
  const node = nodes.node('n1');
  node.answers.set('tools', '/data');
  clock.advance(20_000);
  Object.assign(node, { isSilent: true });
  clock.advance(28_000);
  expect(watched.link('n1')?.kind).toBe('late');
  const kinds = (): ReadonlySet<string> =>
    new Set([...outcomes(watched, 'usage', '/data'), ...outcomes(watched, 'kernelLog')].map(({ kind }) => kind));
  expect(kinds()).not.toContain('hung');
  Object.assign(node, { isSilent: false });
  node.release();
  clock.advance(60_000);
  expect(kinds()).not.toContain('hung');
  expect(brokenRules(watched)).toEqual([]);
});

test('a child that cannot be killed stays the only one, and its late answer ends the hang', () => {
  const watched = watchFleet(['n1']);
  const { clock, nodes } = watched;
  const node = nodes.node('n1');
  node.hung.set('kernelLog', 'unkillable');
  clock.advance(300_000);
  expect(asksOf(watched, 'kernelLog').length).toBe(1);
  expect(outcomes(watched, 'kernelLog').map(({ kind }) => kind)).toEqual(['asked', 'hung']);
  node.hung.clear();
  node.release();
  clock.advance(200);
  expect(outcomes(watched, 'kernelLog').at(-1)?.kind).toBe('ok');
  clock.advance(120_000);
  expect(asksOf(watched, 'kernelLog').length).toBeGreaterThan(5);
});

test('a killed child of which the program says that it had ended already is asked again and never told as failed', () => {
  const watched = watchFleet(['n1']);
  const { clock, nodes } = watched;
  const node = nodes.node('n1');
  node.hung.set('kernelLog', 'vanished');
  clock.advance(30_000);
  expect(asksOf(watched, 'kernelLog').length).toBeGreaterThan(1);
  node.hung.clear();
  clock.advance(60_000);
  expect(new Set(outcomes(watched, 'kernelLog').map(({ kind }) => kind))).toEqual(new Set(['asked', 'hung', 'ok']));
  expect(brokenRules(watched)).toEqual([]);
});

test('a child that takes long is asked less often, and at its period again when it is quick', () => {
  const watched = watchFleet(['n1']);
  const { clock, nodes } = watched;
  const node = nodes.node('n1');
  node.latencyMs = 4_000;
  clock.advance(64_000);
  // Four seconds each, four times as long from one to the next: 16 s instead of 5 s.
  expect(asksOf(watched, 'kernelLog').length).toBeGreaterThanOrEqual(4);
  expect(asksOf(watched, 'kernelLog').length).toBeLessThanOrEqual(5);
  node.latencyMs = 5;
  clock.advance(20_000);
  const before = asksOf(watched, 'kernelLog').length;
  clock.advance(50_000);
  expect(asksOf(watched, 'kernelLog').length - before).toBeGreaterThanOrEqual(9);
});

test('an inline question that misses its turns is asked less often, up to every 30 s', () => {
  const watched = watchFleet(['n1']);
  const { clock, nodes } = watched;
  nodes.node('n1').latencyMs = 9_000;
  clock.advance(120_000);
  const asks = asksOf(watched, 'tools').length;
  expect(asks).toBeLessThan(14);
  expect(asks).toBeGreaterThan(3);
  expect(brokenRules(watched)).toEqual([]);
});

test('targets follow the facts: each is asked about by its name, and one that vanished is gone', () => {
  const watched = watchFleet(['n1']);
  const { clock, nodes } = watched;
  const node = nodes.node('n1');
  node.answers.set('tools', '/data,/with space');
  clock.advance(3_000);
  expect(asksOf(watched, 'usage').map(({ line }) => line.split(' ').slice(2))).toEqual([
    ['usage', '-', '/data'],
    ['usage', '-', '/with\\0040space'],
  ]);
  expect(outcomes(watched, 'usage', '/with space').map(({ kind }) => kind)).toEqual(['asked', 'ok']);
  node.answers.set('tools', '/data');
  clock.advance(3_000);
  expect(outcomes(watched, 'usage', '/with space').at(-1)).toEqual({ kind: 'gone' });
  clock.advance(60_000);
  expect(outcomes(watched, 'usage', '/with space').length).toBe(3);
  expect(outcomes(watched, 'usage', '/data').length).toBeGreaterThan(2);
});

test('a mount that hangs, is unmounted and mounted again is not asked about twice at once', () => {
  const watched = watchFleet(['n1']);
  const { clock, nodes } = watched;
  const node = nodes.node('n1');
  node.answers.set('tools', '/data');
  node.hung.set('usage /data', 'unkillable');
  clock.advance(10_000);
  node.answers.set('tools', 'none');
  clock.advance(5_000);
  expect(outcomes(watched, 'usage', '/data').at(-1)).toEqual({ kind: 'gone' });
  node.answers.set('tools', '/data');
  clock.advance(60_000);
  expect(asksOf(watched, 'usage').length).toBe(1);
  expect(outcomes(watched, 'usage', '/data').map(({ kind }) => kind)).toEqual([
    'asked',
    'hung',
    'gone',
    'asked',
    'hung',
  ]);
  node.hung.clear();
  node.release();
  clock.advance(100);
  expect(outcomes(watched, 'usage', '/data').at(-1)?.kind).toBe('ok');
  expect(brokenRules(watched)).toEqual([]);
});

test('questions that need sudo wait for the answer about privilege, the others do not; the word goes first', () => {
  const privilege: Probe<'privilege'> = {
    name: 'privilege',
    ask: { kind: 'child', sh: 'sudo -n true', deadlineMs: 5_000 },
    everyMs: 600_000,
    parse: ({ stdout }) => (stdout === 'root' ? fact({ kind: 'root' }) : fact({ kind: 'refused', because: stdout })),
  };
  const exports: Probe<'exports'> = {
    name: 'exports',
    ask: { kind: 'child', sh: '$sudo exportfs', deadlineMs: 5_000 },
    everyMs: 30_000,
    parse: () => fact({ files: [] }),
  };
  const lines = (set: (watched: WatchedFleet) => void) => {
    const watched = watchFleet(['n1'], { probes: { ...PROBES, exports, privilege } });
    set(watched);
    watched.clock.advance(9_000);
    return watched.nodes
      .node('n1')
      .heard.map(({ line }) =>
        line
          .split(' ')
          .filter((_, at) => at !== 1 || line[0] === 'V')
          .slice(0, 2)
          .join(' '),
      )
      .slice(0, 5);
  };
  expect(lines(({ nodes }) => nodes.node('n1').answers.set('privilege', 'root'))).toEqual([
    'A tools',
    'A kernelLog',
    'A privilege',
    'V root',
    'A exports',
  ]);
  expect(lines(({ nodes }) => nodes.node('n1').answers.set('privilege', 'no')).slice(3)).toEqual([
    'V none',
    'A exports',
  ]);
  // A sudo that hangs keeps nobody waiting longer than its own deadline.
  expect(lines(({ nodes }) => nodes.node('n1').hung.set('privilege', 'unkillable'))).not.toContain('V none');
});

test('a hanging sudo keeps the questions that need it back until its deadline, not for ever', () => {
  const privilege: Probe<'privilege'> = {
    name: 'privilege',
    ask: { kind: 'child', sh: 'sudo -n true', deadlineMs: 5_000 },
    everyMs: 600_000,
    parse: () => fact({ kind: 'root' }),
  };
  const exports: Probe<'exports'> = {
    name: 'exports',
    ask: { kind: 'child', sh: '$sudo exportfs', deadlineMs: 5_000 },
    everyMs: 30_000,
    parse: () => fact({ files: [] }),
  };
  const watched = watchFleet(['n1'], { probes: { exports, privilege } });
  watched.nodes.node('n1').hung.set('privilege', 'unkillable');
  watched.clock.advance(4_900);
  expect(asksOf(watched, 'exports')).toEqual([]);
  watched.clock.advance(600);
  expect(asksOf(watched, 'exports').length).toBe(1);
  expect(watched.nodes.node('n1').heard.some(({ line }) => line === 'V none')).toBe(true);
});

test('at most eight children start at once, the others in waves, and one that takes its time keeps them back for a moment only', () => {
  const probe = { ask: { kind: 'child', deadlineMs: 5_000, sh: ':' }, everyMs: 60_000, parse: () => fact([]) } as const;
  const names = [
    'units',
    'exports',
    'tools',
    'blockDevices',
    'gpus',
    'kernelLog',
    'gpuProcesses',
    'usb',
    'nfsServer',
    'clock',
    'identity',
    'privilege',
    'mounts',
    'load',
    'nfsStats',
    'gpuDriver',
    'usage',
    'directories',
  ];
  const poller = createPoller({
    node: N1,
    probes: Object.fromEntries(names.map((name) => [name, { ...probe, name }])) as unknown as ProbeSet,
    everyMs: {},
    heartbeatMs: 5_000,
    firstSeq: 0,
    observe: () => {},
  });
  const asksAt = (nowMs: number): number => poller.due(nowMs).match(/^A /gm)?.length ?? 0;
  poller.begin(0);
  const ends = (id: number, atMs: number) =>
    poller.take({ kind: 'answer', id, exitCode: 0, sum: '-', stdout: '', noise: '' }, atMs);
  expect(asksAt(0)).toBe(8);
  expect(asksAt(100)).toBe(0);
  // Ten more wait: the first three places that become free are not worth a packet each.
  for (const id of [1, 2, 3]) ends(id, 150);
  expect(asksAt(200)).toBe(0);
  ends(4, 250);
  expect(asksAt(300)).toBe(4);
  // Four of the first eight have hung for so long now that they no longer count.
  expect(asksAt(1_600)).toBe(4);
  expect(asksAt(3_200)).toBe(2);
});

test('where more children are always due than may start, each gets its turn', () => {
  const probe = { ask: { kind: 'child', deadlineMs: 5_000, sh: ':' }, everyMs: 250, parse: () => fact([]) } as const;
  const names = ['units', 'exports', 'tools', 'blockDevices', 'gpus', 'kernelLog', 'gpuProcesses', 'usb', 'nfsServer'];
  const poller = createPoller({
    node: N1,
    probes: Object.fromEntries(names.map((name) => [name, { ...probe, name }])) as unknown as ProbeSet,
    everyMs: {},
    heartbeatMs: 5_000,
    firstSeq: 0,
    observe: () => {},
  });
  poller.begin(0);
  const asked = new Set<string>();
  for (let nowMs = 0; nowMs < 2_000; nowMs += 250) {
    for (const [, id, name] of poller.due(nowMs).matchAll(/^A (\d+) (\w+)/gm)) {
      asked.add(name ?? '');
      poller.take({ kind: 'answer', id: Number(id), exitCode: 0, sum: '-', stdout: '', noise: '' }, nowMs);
    }
  }
  expect([...asked].sort()).toEqual([...names].sort());
});
