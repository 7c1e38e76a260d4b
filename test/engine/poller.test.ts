// What one node is asked and what its answers become, over the simulated node of test/sim.
import { expect, test } from 'vitest';
import { createPoller } from '../../src/engine/poller.ts';
import { ParseError } from '../../src/model/errors.ts';
import { nodeName } from '../../src/model/ids.ts';
import { absent, fact, type Probe, type ProbeSet } from '../../src/model/probe.ts';
import { brokenRules, PROBES, type WatchedFleet, watchFleet } from '../sim/watched-fleet.ts';

const N1 = nodeName('n1');

const outcomes = (watched: WatchedFleet, probe: string, target?: string) =>
  watched.observations('n1', probe, target).map(({ outcome }) => outcome);

const asksOf = (watched: WatchedFleet, probe: string) =>
  watched.nodes.node('n1').heard.filter(({ line }) => line.startsWith('A ') && line.split(' ')[2] === probe);

const killsOf = (watched: WatchedFleet) => watched.nodes.node('n1').heard.filter(({ line }) => line.startsWith('K '));

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

test('of a target of several lines the first is its name, and another text under the same name is asked anew', () => {
  const heard: string[] = [];
  const wished = [{ target: '/data', paths: [], users: [], groups: [] }];
  const directories: Probe<'directories'> = {
    name: 'directories',
    ask: { kind: 'child', sh: ':', deadlineMs: 5_000 },
    everyMs: 60_000,
    targets: ({ tools }, wishes) => wishes.map(({ target }) => `${target}\n${(tools ?? []).join()}`),
    parse: (_, { target = '' }) => fact({ target, directories: [], owners: [] }),
  };
  const tools: Probe<'tools'> = {
    name: 'tools',
    ask: { kind: 'inline', sh: ':' },
    everyMs: 1_000,
    parse: ({ stdout }) => fact([stdout]),
  };
  const poller = createPoller({
    node: N1,
    probes: { tools, directories },
    everyMs: {},
    heartbeatMs: 5_000,
    firstSeq: 0,
    directories: wished,
    observe: ({ target, outcome }) => target !== undefined && heard.push(`${target} ${outcome.kind}`),
  });
  const answer = (id: number, stdout: string, nowMs: number) =>
    poller.take({ kind: 'answer', id, exitCode: 0, stdout, sum: '-', noise: '' }, nowMs);
  poller.begin(0);
  expect(poller.due(0)).toBe('A 1 tools -\n');
  answer(1, 'x', 10);
  expect(poller.due(20)).toBe('A 2 directories - /data\\012x\n'.replace('\\012', '\\0012'));
  answer(2, '', 30);
  const [, again = ''] = /^A (\d+) tools/.exec(poller.due(2_000)) ?? [];
  answer(Number(again), 'y', 2_010);
  expect(poller.due(2_020)).toContain('directories - /data\\0012y\n');
  expect(heard).toEqual(['/data asked', '/data ok', '/data gone', '/data asked']);
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

test('an equal answer is the same without being parsed; after a reconnect everything is asked and parsed anew', () => {
  let parsed = 0;
  const tools: Probe<'tools'> = {
    name: 'tools',
    ask: { kind: 'inline', sh: ':' },
    everyMs: 2_000,
    parse: ({ stdout }) => {
      parsed += 1;
      return fact([stdout]);
    },
  };
  const watched = watchFleet(['n1'], { probes: { tools } });
  const { clock, nodes } = watched;
  nodes.node('n1').answers.set('tools', 'still');
  clock.advance(10_000);
  expect(parsed).toBe(1);
  expect(outcomes(watched, 'tools').slice(0, 3)).toEqual([
    { kind: 'asked' },
    { kind: 'ok', value: ['still'] },
    { kind: 'same' },
  ]);
  const lastSeq = watched.observations('n1', 'tools').at(-1)?.seq ?? 0;
  nodes.node('n1').drop();
  clock.advance(10_000);
  expect(parsed).toBe(2);
  const after = watched.observations('n1', 'tools').filter(({ seq }) => seq > lastSeq);
  expect(after[0]?.outcome).toEqual({ kind: 'ok', value: ['still'] });
});

test('an answer no parser understands is a failure in words, and so is a fault of the parser; absent is neither', () => {
  const probes: ProbeSet = {
    tools: {
      name: 'tools',
      ask: { kind: 'inline', sh: ':' },
      everyMs: 2_000,
      parse: ({ stdout }) => {
        throw new ParseError('tools', 1, stdout);
      },
    },
    usb: {
      name: 'usb',
      ask: { kind: 'inline', sh: ':' },
      everyMs: 2_000,
      parse: () => {
        throw new RangeError('oops');
      },
    },
    gpus: { name: 'gpus', ask: { kind: 'inline', sh: ':' }, everyMs: 2_000, parse: () => absent('no GPU') },
  };
  const watched = watchFleet(['n1'], { probes });
  for (const name of ['tools', 'usb', 'gpus']) watched.nodes.node('n1').answers.set(name, 'x');
  watched.clock.advance(5_000);
  expect(outcomes(watched, 'tools').slice(1, 3)).toEqual([
    { kind: 'failed', because: 'tools: line 1 is not as expected: "x"' },
    { kind: 'failed', because: 'tools: line 1 is not as expected: "x"' },
  ]);
  expect(outcomes(watched, 'usb')[1]).toEqual({
    kind: 'failed',
    because: "a fault of muster's parser: RangeError: oops",
  });
  expect(outcomes(watched, 'gpus').slice(1, 3)).toEqual([
    { kind: 'absent', because: 'no GPU' },
    { kind: 'absent', because: 'no GPU' },
  ]);
});

test('a parser is given the last good value, both times, and how long the answer took', () => {
  const contexts: unknown[] = [];
  const clockProbe: Probe<'clock'> = {
    name: 'clock',
    ask: { kind: 'inline', sh: ':' },
    everyMs: 2_000,
    parse: (_answer, context) => {
      contexts.push(context);
      return fact({ nodeTimeMs: 0, skewMs: contexts.length });
    },
  };
  const watched = watchFleet(['n1'], { probes: { clock: clockProbe } });
  watched.clock.advance(4_000);
  const [first, second] = watched.observations('n1', 'clock').filter(({ outcome }) => outcome.kind === 'ok');
  expect(contexts.slice(0, 2)).toEqual([
    { atMs: first?.atMs, tookMs: 5 },
    { atMs: second?.atMs, tookMs: 5, previous: { value: { nodeTimeMs: 0, skewMs: 1 }, atMs: first?.atMs } },
  ]);
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

test('refresh asks at once what is not asked already, and once more what is', () => {
  const watched = watchFleet(['n1']);
  const { clock, fleet, nodes } = watched;
  clock.advance(2_500);
  const before = asksOf(watched, 'kernelLog').length;
  fleet.request({ kind: 'refresh', nodes: [N1], probes: ['kernelLog'] });
  clock.advance(100);
  expect(asksOf(watched, 'kernelLog').length).toBe(before + 1);
  nodes.node('n1').latencyMs = 1_000;
  fleet.request({ kind: 'refresh', nodes: [N1], probes: ['kernelLog'] });
  clock.advance(100);
  fleet.request({ kind: 'refresh', nodes: [N1], probes: ['kernelLog'] });
  clock.advance(1_200);
  expect(asksOf(watched, 'kernelLog').length).toBe(before + 3);
  expect(brokenRules(watched)).toEqual([]);
});

test('a node that is connected but runs no program is lost after 10 s, with what it said', () => {
  const watched = watchFleet(['n1']);
  Object.assign(watched.nodes.node('n1'), { connect: 'no-hello' });
  watched.clock.advance(10_300);
  expect(watched.link('n1')).toMatchObject({
    kind: 'lost',
    because: 'connected, but no program answered within 10 s',
    attempt: 1,
  });
});

test('a node whose answers make no sense is lost with a sentence and tried again', () => {
  const watched = watchFleet(['n1']);
  Object.assign(watched.nodes.node('n1'), { isGarbled: true });
  watched.clock.advance(300);
  expect(watched.links('n1').find(({ kind }) => kind === 'lost')).toMatchObject({
    because: 'the node\'s answers make no sense: not a frame: "what?"',
  });
});

test('a node that is not reached by muster is none from the start and never connected', () => {
  const watched = watchFleet(['n1'], { via: 'none' });
  watched.clock.advance(60_000);
  expect(watched.links('n1')).toEqual([{ kind: 'none', because: 'not reached by muster' }]);
  expect(watched.nodes.node('n1').sessions).toBe(0);
});

test('idle comes when everything has been asked and answered, and all of it is told', async () => {
  const watched = watchFleet(['n1', 'n2']);
  let isIdle = false;
  const idle = watched.fleet.idle().then(() => {
    isIdle = true;
  });
  watched.clock.advance(20);
  await Promise.resolve();
  expect(isIdle).toBe(false);
  watched.clock.advance(500);
  await idle;
  expect(outcomes(watched, 'kernelLog').map(({ kind }) => kind)).toEqual(['asked', 'ok']);
});

test('at most four children start at once, and one that takes its time keeps the others back for a moment only', () => {
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
  expect(asksAt(0)).toBe(4);
  expect(asksAt(100)).toBe(0);
  poller.take({ kind: 'answer', id: 1, exitCode: 0, sum: '-', stdout: '', noise: '' }, 150);
  expect(asksAt(200)).toBe(1);
  // Three of the first four have hung for so long now that they no longer count.
  expect(asksAt(1_600)).toBe(3);
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
