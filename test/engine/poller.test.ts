// What one node is asked and what its answers become, over the simulated node of test/sim.

import { expect, test } from 'vitest';
import { createPoller } from '../../src/engine/poller.ts';
import { ParseError } from '../../src/model/errors.ts';
import { absent, fact, type Probe, type ProbeSet } from '../../src/model/probe.ts';
import { brokenRules, watchFleet } from '../sim/watched-fleet.ts';
import { asksOf, N1, outcomes } from './poller-watch.ts';

test('a target is told by its name, and another text under the same name is asked anew', () => {
  const heard: string[] = [];
  const wished = [{ target: '/data', paths: [], users: [], groups: [] }];
  const directories: Probe<'directories'> = {
    name: 'directories',
    ask: { kind: 'child', sh: ':', deadlineMs: 5_000 },
    everyMs: 60_000,
    targets: ({ tools }, wishes) => wishes.map(({ target }) => `${target}\n${(tools ?? []).join()}`),
    targetName: (target) => target.split('\n')[0] ?? '',
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
      contexts.push({ ...context });
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

test('what is asked once per connection is asked again soon after a failure, later each time, and no more once it is known', () => {
  const identity: Probe<'identity'> = {
    name: 'identity',
    ask: { kind: 'inline', sh: ':' },
    everyMs: 0,
    parse: () => {
      throw new ParseError('identity', 1, 'half an answer');
    },
  };
  const poller = createPoller({
    node: N1,
    probes: { identity },
    everyMs: {},
    heartbeatMs: 5_000,
    firstSeq: 0,
    observe: () => {},
  });
  poller.begin(0);
  const askedAtMs: number[] = [];
  for (let nowMs = 0; nowMs <= 200_000; nowMs += 500) {
    const [, id] = /^A (\d+) identity/.exec(poller.due(nowMs)) ?? [];
    if (id === undefined) continue;
    askedAtMs.push(nowMs);
    poller.take({ kind: 'answer', id: Number(id), exitCode: 0, stdout: 'x', sum: '-', noise: '' }, nowMs);
  }
  expect(askedAtMs).toEqual([0, 2_000, 6_000, 14_000, 30_000, 62_000, 122_000, 182_000]);
});

test.each([0, 600_000])(
  'a child that is asked every %i ms and had no answer in a busy moment is soon asked again',
  (everyMs) => {
    const gpuDriver: Probe<'gpuDriver'> = {
      name: 'gpuDriver',
      ask: { kind: 'child', sh: ':', deadlineMs: 15_000 },
      everyMs,
      parse: () => fact({ pciGpuCount: 0 }),
    };
    // Answers at once, so that the link is known to work.
    const tools: Probe<'tools'> = {
      name: 'tools',
      ask: { kind: 'inline', sh: ':' },
      everyMs: 5_000,
      parse: () => fact([]),
    };
    const seen: string[] = [];
    const poller = createPoller({
      node: N1,
      probes: { gpuDriver, tools },
      everyMs: {},
      heartbeatMs: 5_000,
      firstSeq: 0,
      observe: ({ probe, outcome }) => {
        if (probe === 'gpuDriver') seen.push(outcome.kind);
      },
    });
    poller.begin(0);
    const askedAtMs: number[] = [];
    const hear = (line: string, nowMs: number): void => {
      const [, kind = '', id = '', name = ''] = /^([AK]) (\d+)(?: (\w+))?/.exec(line) ?? [];
      if (name === 'gpuDriver') askedAtMs.push(nowMs);
      const isStuck = kind === 'A' && name === 'gpuDriver' && askedAtMs.length <= 2;
      if (kind === '' || isStuck) return;
      const exitCode = kind === 'K' ? 137 : 0;
      poller.take({ kind: 'answer', id: Number(id), exitCode, stdout: '', sum: '-', noise: '' }, nowMs);
    };
    for (let nowMs = 0; nowMs <= 500_000; nowMs += 500)
      for (const line of poller.due(nowMs).split('\n')) hear(line, nowMs);
    // It counts as hung at the first word of the node after its deadline; what took so long rests for a minute at most.
    expect([askedAtMs, seen]).toEqual([
      [0, 79_000, 159_000],
      ['asked', 'hung', 'hung', 'ok'],
    ]);
  },
);
