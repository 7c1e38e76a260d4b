// The engine with a clock turned by hand, simulated nodes and seeded chance. A failing seed is in the message.
import { expect, test } from 'vitest';
import { nodeName } from '../../src/model/ids.ts';
import { seeded } from './random.ts';
import { brokenRules, names, watchFleet } from './watched-fleet.ts';

test('a node is connected, asked everything, and polled at its periods', () => {
  const watched = watchFleet(['n1']);
  watched.clock.advance(60_000);
  expect(watched.links('n1').map(({ kind }) => kind)).toEqual(['connecting', 'up', 'up']);
  const tools = watched.observations('n1', 'tools').filter(({ outcome }) => outcome.kind === 'ok');
  const children = watched.observations('n1', 'kernelLog').filter(({ outcome }) => outcome.kind === 'ok');
  expect(tools.length).toBeGreaterThanOrEqual(29);
  expect(tools.length).toBeLessThanOrEqual(32);
  expect(children.length).toBeGreaterThanOrEqual(11);
  expect(children.length).toBeLessThanOrEqual(14);
  expect(brokenRules(watched)).toEqual([]);
});

test('whatever happens to sixty nodes for ten minutes, every rule holds, and when it stops all are well within two minutes', () => {
  for (let seed = 1; seed <= 3; seed++) {
    const random = seeded(seed);
    const watched = watchFleet(names(60), { seed });
    const { clock, nodes } = watched;
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] ?? (list[0] as T);
    for (let step = 0; step < 1_200; step++) {
      const node = pick(nodes.all());
      const chance = random();
      if (chance < 0.15) node.drop();
      else if (chance < 0.2) node.connect = pick(['answers', 'black-hole', 'fails', 'no-hello']);
      else if (chance < 0.3) node.isSilent = !node.isSilent;
      else if (chance < 0.4) node.hung.set('kernelLog', pick(['killable', 'unkillable']));
      else if (chance < 0.5) {
        node.hung.clear();
        node.release();
      } else if (chance < 0.55) node.isGarbled = !node.isGarbled;
      else if (chance < 0.65) node.latencyMs = pick([1, 50, 900, 7_000]);
      else if (chance < 0.75) node.answers.set('tools', pick(['a', '/data', '/data,/scratch', '/with space,/data']));
      else if (chance < 0.8) node.hung.set('usage /data', pick(['killable', 'unkillable']));
      else if (chance < 0.82) for (const each of nodes.all()) each.drop();
      clock.advance(500);
    }
    for (const node of nodes.all()) {
      Object.assign(node, { connect: 'answers', isSilent: false, isGarbled: false, latencyMs: 5 });
      node.hung.clear();
      node.answers.clear();
      node.release();
    }
    clock.advance(120_000);
    expect(brokenRules(watched), `seed ${seed}`).toEqual([]);
    // The run is worth something only if everything happened in it.
    const links = new Set(watched.events.flatMap((event) => (event.kind === 'link' ? [event.link.kind] : [])));
    expect([...links].sort()).toEqual(['connecting', 'late', 'lost', 'up']);
    const outcomes = watched.events.flatMap((event) =>
      event.kind === 'observation' ? [event.observation.outcome.kind] : [],
    );
    expect([...new Set(outcomes)].sort()).toEqual(['asked', 'gone', 'hung', 'ok', 'same']);
    const wrong = nodes.all().filter(({ name }) => {
      const last = watched.observations(name, 'tools').at(-1);
      return watched.link(name)?.kind !== 'up' || last?.outcome.kind !== 'ok' || clock.nowMs() - last.atMs > 31_000;
    });
    expect(
      wrong.map(({ name }) => [name, watched.link(name), watched.observations(name, 'tools').at(-1)]),
      `seed ${seed}`,
    ).toEqual([]);
  }
});

test('one stuck node costs the others nothing: they are asked the same at the same times', () => {
  const run = (fault: (watched: ReturnType<typeof watchFleet>) => void) => {
    const watched = watchFleet(names(10));
    watched.clock.advance(1_000);
    fault(watched);
    watched.clock.advance(120_000);
    return watched.nodes
      .all()
      .filter(({ name }) => name !== 'n1')
      .map(({ heard }) => heard);
  };
  const well = run(() => {});
  expect(run(({ nodes }) => nodes.node('n1').hung.set('kernelLog', 'unkillable'))).toEqual(well);
  expect(run(({ nodes }) => Object.assign(nodes.node('n1'), { isSilent: true }))).toEqual(well);
});

test('a node that falls silent is late after 15 s and lost after 30 s, and is up again when it answers', () => {
  const watched = watchFleet(['n1']);
  const { clock, nodes } = watched;
  clock.advance(10_000);
  Object.assign(nodes.node('n1'), { isSilent: true });
  clock.advance(14_000);
  expect(watched.link('n1')?.kind).toBe('up');
  clock.advance(2_200);
  expect(watched.link('n1')?.kind).toBe('late');
  Object.assign(nodes.node('n1'), { isSilent: false });
  nodes.node('n1').release();
  clock.advance(200);
  expect(watched.link('n1')?.kind).toBe('up');
  Object.assign(nodes.node('n1'), { isSilent: true });
  clock.advance(33_000);
  expect(watched.links('n1').filter(({ kind }) => kind === 'lost')).toMatchObject([{ because: 'no answer for 30 s' }]);
  expect(brokenRules(watched)).toEqual([]);
});

test('the back-off of a node that is down doubles to a minute, with full jitter, and is told', () => {
  const waits = new Map<number, number[]>();
  for (let seed = 1; seed <= 30; seed++) {
    const watched = watchFleet(['n1'], { seed });
    Object.assign(watched.nodes.node('n1'), { connect: 'fails', connectMs: 0 });
    let lostAtMs = 0;
    watched.fleet.subscribe(() => {});
    watched.clock.advance(600_000);
    for (const link of watched.links('n1')) {
      if (link.kind === 'connecting') lostAtMs = link.sinceMs;
      if (link.kind === 'lost')
        waits.set(link.attempt, [...(waits.get(link.attempt) ?? []), link.retryAtMs - lostAtMs]);
    }
  }
  for (const [attempt, list] of waits) {
    const cap = Math.min(60_000, 1_000 * 2 ** (attempt - 1));
    expect(Math.max(...list), `attempt ${attempt}`).toBeLessThanOrEqual(cap);
    expect(Math.min(...list), `attempt ${attempt}`).toBeGreaterThanOrEqual(100);
    // Jitter over the whole width, not around the end.
    if (list.length === 30) expect(Math.min(...list), `attempt ${attempt}`).toBeLessThan(cap / 2);
  }
  expect(waits.size).toBeGreaterThan(8);
});

test('a thousand nodes that drop at once are left alone for a second, then come back through the limiter', () => {
  const watched = watchFleet(names(1_000), { maxConnecting: 64 });
  const { clock, nodes } = watched;
  clock.advance(10_000);
  expect(nodes.openSessions()).toBe(1_000);
  for (const node of nodes.all()) node.drop();
  const dropMs = clock.nowMs();
  clock.advance(900);
  expect(nodes.openSessions()).toBe(0);
  clock.advance(2_500);
  expect(nodes.all().filter(({ name }) => watched.link(name)?.kind !== 'up')).toEqual([]);
  expect(nodes.mostOpening()).toBeLessThanOrEqual(256);
  for (const { name } of nodes.all().slice(0, 20)) {
    const back = watched
      .links(name)
      .filter((link) => link.kind === 'connecting')
      .at(-1);
    expect(back?.kind === 'connecting' && back.sinceMs - dropMs).toBeGreaterThanOrEqual(1_000);
  }
  expect(brokenRules(watched)).toEqual([]);
});

test('a thousand nodes are asked spread over their period, and told in batches at most every 80 ms', () => {
  const watched = watchFleet(names(1_000), { maxConnecting: 250 });
  watched.clock.advance(20_000);
  const fromMs = watched.clock.nowMs();
  const batchesBefore = watched.batches.length;
  watched.clock.advance(2_000);
  const perTick = new Map<number, number>();
  for (const { heard } of watched.nodes.all()) {
    for (const { atMs, line } of heard) {
      if (atMs > fromMs && line.includes(' tools ')) perTick.set(atMs, (perTick.get(atMs) ?? 0) + 1);
    }
  }
  expect([...perTick.values()].reduce((sum, count) => sum + count, 0)).toBe(1_000);
  expect(Math.max(...perTick.values())).toBeLessThan(90);
  expect(watched.batches.length - batchesBefore).toBeLessThanOrEqual(25);
});

test('a refused node is not tried again by itself, and is when a person says so', () => {
  const watched = watchFleet(['n1']);
  const { clock, nodes, fleet } = watched;
  Object.assign(nodes.node('n1'), { connect: 'refuses' });
  clock.advance(3_600_000);
  expect(watched.links('n1')).toMatchObject([
    { kind: 'connecting' },
    { kind: 'refused', reason: 'authentication', because: 'all keys refused' },
  ]);
  Object.assign(nodes.node('n1'), { connect: 'answers' });
  fleet.request({ kind: 'reconnect', nodes: [nodeName('n1')] });
  clock.advance(1_000);
  expect(watched.link('n1')?.kind).toBe('up');
});

test('an accepted host key is filed and tried; one that cannot be filed says why and stays refused', () => {
  let because: string | undefined = 'known_hosts is read-only';
  const watched = watchFleet(['n1'], { acceptHostKey: () => because });
  const { clock, nodes, fleet } = watched;
  Object.assign(nodes.node('n1'), { connect: 'refuses' });
  clock.advance(1_000);
  fleet.request({ kind: 'accept-host-key', node: nodeName('n1'), fingerprint: 'SHA256:x' });
  clock.advance(1_000);
  expect(watched.link('n1')).toMatchObject({ kind: 'refused', because });
  because = undefined;
  Object.assign(nodes.node('n1'), { connect: 'answers' });
  fleet.request({ kind: 'accept-host-key', node: nodeName('n1'), fingerprint: 'SHA256:x' });
  clock.advance(1_000);
  expect(watched.link('n1')?.kind).toBe('up');
});

test('black-holed nodes do not keep the others waiting', () => {
  const watched = watchFleet(names(300), { maxConnecting: 64 });
  for (const node of watched.nodes.all().slice(0, 150)) Object.assign(node, { connect: 'black-hole' });
  watched.clock.advance(1_000);
  const up = watched.nodes.all().filter(({ name }) => watched.link(name)?.kind === 'up');
  expect(up.length).toBe(150);
});

test('nodes in front of the operator connect first and are polled more often', () => {
  const watched = watchFleet(names(40), { maxConnecting: 1 });
  const { clock, fleet, nodes } = watched;
  fleet.request({ kind: 'focus', nodes: [nodeName('n40')], probes: ['kernelLog'], everyMs: 1_000 });
  clock.advance(50);
  expect(nodes.node('n40').sessions).toBe(1);
  expect(nodes.all().filter(({ sessions }) => sessions > 0).length).toBe(4);
  clock.advance(60_000);
  const asked = (name: string) => nodes.node(name).heard.filter(({ line }) => line.includes(' kernelLog ')).length;
  expect(asked('n40')).toBeGreaterThan(50);
  expect(asked('n1')).toBeLessThan(15);
  fleet.request({ kind: 'focus', nodes: [], probes: [], everyMs: 1_000 });
  const before = asked('n40');
  clock.advance(30_000);
  expect(asked('n40') - before).toBeLessThan(8);
});

test('a process that stood still blames no node for its silence', () => {
  const watched = watchFleet(names(3));
  watched.clock.advance(10_000);
  watched.clock.sleep(3_600_000);
  watched.clock.advance(10_000);
  expect(watched.events.filter((event) => event.kind === 'link' && ['late', 'lost'].includes(event.link.kind))).toEqual(
    [],
  );
  expect(
    watched.events.filter((event) => event.kind === 'observation' && event.observation.outcome.kind === 'hung'),
  ).toEqual([]);
});

test('closing ends every connection and every timer', async () => {
  const watched = watchFleet(names(5));
  watched.clock.advance(5_000);
  await watched.fleet.close();
  watched.clock.advance(100);
  expect(watched.nodes.openSessions()).toBe(0);
  expect(watched.clock.timers()).toBe(0);
  const told = watched.events.length;
  watched.fleet.request({ kind: 'reconnect', nodes: [nodeName('n1')] });
  watched.clock.advance(60_000);
  expect(watched.events.length).toBe(told);
});
