import { describe, expect, test } from 'vitest';
import { nodeName } from '../../src/model/ids.ts';
import type { HostKeyReview } from '../../src/model/link.ts';
import type { Slot } from '../../src/model/observation.ts';
import { seenFrom, seenOf } from '../../src/model/seen.ts';
import { withoutReview } from '../../src/store/apply-observations.ts';
import { EVENTS_KEPT, type State } from '../../src/store/state.ts';
import {
  answered,
  diskMount,
  gpu,
  gpus,
  inventory,
  linked,
  load,
  lost,
  mount,
  observed,
  stateOf,
  T0,
  up,
  usage,
} from './builders.ts';

const gpu01 = nodeName('gpu01');
const one = inventory(['gpu01']);
const loadSlot = (state: State): Slot<unknown> | undefined => state.nodes.get(gpu01)?.slots.load;
const usageSlot = (state: State): Slot<unknown> | undefined => state.nodes.get(gpu01)?.usage['/data'];
const answeredAt = (state: State, question: string) => seenOf(state.seen.get(gpu01), question, 'atMs');
const texts = (state: State): readonly string[] => state.events.map(({ text }) => text);

describe('answers', () => {
  test('a late answer loses against a newer one', () => {
    const state = stateOf(one, [
      answered('gpu01', 'load', load({ load1: 2 }), { seq: 12, atMs: 20 }),
      answered('gpu01', 'load', load({ load1: 9 }), { seq: 11, atMs: 10 }),
    ]);
    expect(loadSlot(state)).toEqual({ kind: 'ok', value: load({ load1: 2 }), changedAtMs: T0 + 20 });
    expect(state.seen.get(gpu01)).toEqual(seenFrom({ load: { atMs: T0 + 20, seq: 12, tookMs: 5 } }));
  });

  test('an equal answer keeps every object and moves only its time', () => {
    const before = stateOf(one, [answered('gpu01', 'mounts', [mount('/data')], { atMs: 0 })]);
    const after = stateOf(before, [answered('gpu01', 'mounts', [mount('/data')], { atMs: 10_000 })]);
    expect(after.nodes).toBe(before.nodes);
    expect(after.events).toBe(before.events);
    expect(after.links).toBe(before.links);
    expect(answeredAt(after, 'mounts')).toBe(T0 + 10_000);
  });

  test('"the same" keeps every object and moves only its time', () => {
    const before = stateOf(one, [answered('gpu01', 'load', load())]);
    const after = stateOf(before, [observed('gpu01', 'load', { kind: 'same' }, { atMs: 2_000 })]);
    expect(after.nodes).toBe(before.nodes);
    expect(answeredAt(after, 'load')).toBe(T0 + 2_000);
  });

  test('"the same" with nothing kept is no answer', () => {
    const state = stateOf(one, [
      observed('gpu01', 'load', { kind: 'asked' }),
      observed('gpu01', 'load', { kind: 'same' }),
    ]);
    expect(loadSlot(state)).toEqual({ kind: 'waiting', sinceMs: T0 });
    expect(answeredAt(state, 'load')).toBeUndefined();
  });

  test('an answer in which one element changed keeps the others, and other nodes keep everything', () => {
    const two = inventory(['gpu01', 'gpu02']);
    const before = stateOf(two, [answered('gpu01', 'gpus', gpus(3)), answered('gpu02', 'gpus', gpus(3))]);
    const after = stateOf(before, [answered('gpu01', 'gpus', [gpu(0), gpu(1, { temperatureC: 71 }), gpu(2)])]);
    const old = before.nodes.get(gpu01)?.slots.gpus;
    const now = after.nodes.get(gpu01)?.slots.gpus;
    if (old?.kind !== 'ok' || now?.kind !== 'ok') throw new Error('both are good answers');
    expect(now.value.map((card, index) => card === old.value[index])).toEqual([true, false, true]);
    expect(after.nodes.get(nodeName('gpu02'))).toBe(before.nodes.get(nodeName('gpu02')));
  });

  test('an element taken out of the middle keeps those after it', () => {
    const before = stateOf(one, [answered('gpu01', 'mounts', [mount('/a'), mount('/b'), mount('/c')])]);
    const after = stateOf(before, [answered('gpu01', 'mounts', [mount('/a'), mount('/c')])]);
    const old = before.nodes.get(gpu01)?.slots.mounts;
    const now = after.nodes.get(gpu01)?.slots.mounts;
    if (old?.kind !== 'ok' || now?.kind !== 'ok') throw new Error('both are good answers');
    expect(now.value[0]).toBe(old.value[0]);
    expect(now.value[1]).toBe(old.value[2]);
  });

  test('a node that is not in the inventory is dropped', () => {
    const before = stateOf(one, []);
    const after = stateOf(before, [answered('stranger', 'load', load()), up('stranger')]);
    expect(after).toEqual(before);
  });
});

describe('kinds of nothing', () => {
  test('a question waits only until something is known', () => {
    const waiting = stateOf(one, [observed('gpu01', 'load', { kind: 'asked' }, { atMs: 1 })]);
    expect(loadSlot(waiting)).toEqual({ kind: 'waiting', sinceMs: T0 + 1 });
    const known = stateOf(waiting, [answered('gpu01', 'load', load(), { atMs: 2 })]);
    const again = stateOf(known, [observed('gpu01', 'load', { kind: 'asked' }, { atMs: 3 })]);
    expect(again.nodes).toBe(known.nodes);
  });

  test('absent is an answer with its reason', () => {
    const state = stateOf(one, [
      observed('gpu01', 'gpus', { kind: 'absent', because: 'no nvidia-smi here' }, { atMs: 4 }),
    ]);
    expect(state.nodes.get(gpu01)?.slots.gpus).toEqual({ kind: 'absent', because: 'no nvidia-smi here' });
    expect(answeredAt(state, 'gpus')).toBe(T0 + 4);
  });

  test('a failure keeps the last good value with its time, and since when it fails', () => {
    const state = stateOf(one, [
      answered('gpu01', 'load', load(), { atMs: 0 }),
      observed('gpu01', 'load', { kind: 'same' }, { atMs: 2_000 }),
      observed('gpu01', 'load', { kind: 'failed', because: 'garbled' }, { atMs: 4_000 }),
      observed('gpu01', 'load', { kind: 'failed', because: 'cut short' }, { atMs: 6_000 }),
    ]);
    expect(loadSlot(state)).toEqual({
      kind: 'failed',
      because: 'cut short',
      sinceMs: T0 + 4_000,
      last: { value: load(), atMs: T0 + 2_000 },
    });
    expect(answeredAt(state, 'load')).toBe(T0 + 2_000);
  });

  test('a hung mount keeps its last usage, and comes back when it answers', () => {
    const hung = stateOf(one, [
      answered('gpu01', 'usage', usage('/data', 0.5), { target: '/data', atMs: 0 }),
      answered('gpu01', 'load', load(), { atMs: 24_000 }),
      observed('gpu01', 'usage', { kind: 'hung', sinceMs: T0 + 20_000 }, { target: '/data', atMs: 25_000 }),
      observed('gpu01', 'usage', { kind: 'hung', sinceMs: T0 + 40_000 }, { target: '/data', atMs: 45_000 }),
    ]);
    expect(usageSlot(hung)).toEqual({
      kind: 'hung',
      sinceMs: T0 + 20_000,
      last: { value: usage('/data', 0.5), atMs: T0 },
    });
    const back = stateOf(hung, [observed('gpu01', 'usage', { kind: 'same' }, { target: '/data', atMs: 65_000 })]);
    expect(usageSlot(back)).toEqual({ kind: 'ok', value: usage('/data', 0.5), changedAtMs: T0 + 65_000 });
    expect(texts(back)).toEqual(['/data does not answer', '/data answers again after 45s']);
  });

  test('a question that hangs on a silent node is no row of its own', () => {
    const state = stateOf(one, [observed('gpu01', 'gpus', { kind: 'hung', sinceMs: T0 }, { atMs: 10_000 })]);
    expect(state.nodes.get(gpu01)?.slots.gpus).toEqual({ kind: 'hung', sinceMs: T0 });
    expect(state.events).toEqual([]);
  });

  test('a target that is gone leaves nothing behind, and its late answer does not bring it back', () => {
    const state = stateOf(one, [
      answered('gpu01', 'usage', usage('/data', 0.5), { target: '/data', seq: 5 }),
      observed('gpu01', 'usage', { kind: 'gone' }, { target: '/data', seq: 7 }),
      answered('gpu01', 'usage', usage('/data', 0.5), { target: '/data', seq: 6 }),
    ]);
    expect(state.nodes.get(gpu01)?.usage).toEqual({});
    expect(answeredAt(state, 'usage:/data')).toBeUndefined();
  });
});

describe('the event log', () => {
  test('a link lost and back is two rows however often it was tried in between', () => {
    const state = stateOf(one, [up('gpu01')]);
    const gone = stateOf(state, [lost('gpu01', 1_000)], 1_000);
    const tried = stateOf(
      gone,
      [linked('gpu01', { kind: 'connecting', sinceMs: T0 + 2_000, attempt: 2 }), lost('gpu01', 3_000, 'timed out')],
      3_000,
    );
    expect(tried.links.get(gpu01)).toMatchObject({ kind: 'lost', sinceMs: T0 + 1_000, because: 'timed out' });
    const back = stateOf(tried, [up('gpu01', 61_000)], 61_000);
    expect(back.events).toEqual([
      {
        id: '1',
        atMs: T0 + 1_000,
        node: gpu01,
        kind: 'link',
        severity: 'critical',
        text: 'link lost: connection refused',
      },
      { id: '2', atMs: T0 + 61_000, node: gpu01, kind: 'link', severity: 'good', text: 'link back after 60s' },
    ]);
  });

  test('a node that never was up has no link to lose', () => {
    const state = stateOf(one, [lost('gpu01'), lost('gpu01', 1_000, 'timed out')]);
    expect(texts(state)).toEqual(['no link: connection refused']);
  });

  test('a hostile name cannot make a row as long as an answer', () => {
    const before = stateOf(one, [answered('gpu01', 'mounts', [])]);
    const state = stateOf(before, [answered('gpu01', 'mounts', [diskMount(`/${'x'.repeat(100_000)}`)])]);
    expect(state.events[0]?.text.length).toBe(400);
  });

  test('mounts, GPUs and boots that come and go are told, the first sight of them is not', () => {
    const identity = { hostname: 'gpu01', osName: 'Debian', kernel: '6.1', architecture: 'x86_64', cpuCount: 2 };
    const state = stateOf(one, [
      answered('gpu01', 'mounts', [diskMount('/scratch'), mount('/run', { fsType: 'tmpfs' })]),
      answered('gpu01', 'gpus', gpus(2)),
      answered('gpu01', 'identity', { ...identity, bootId: 'a' }),
    ]);
    expect(state.events).toEqual([]);
    const after = stateOf(state, [
      answered('gpu01', 'mounts', [mount('/data')]),
      answered('gpu01', 'gpus', [gpu(0)]),
      answered('gpu01', 'identity', { ...identity, bootId: 'b' }),
    ]);
    expect(after.events.map(({ severity, text }) => `${severity} ${text}`)).toEqual([
      'warning rebooted: kernel 6.1',
      'notice mounted: /data from nfs-a:/export/data',
      'notice no longer mounted: /scratch from /dev/sdb',
      'critical GPU vanished: gpu1 (NVIDIA A100-SXM4-80GB)',
    ]);
  });

  test('many mounts that appear at once are one row', () => {
    const many = ['/a', '/b', '/c', '/d', '/e', '/f'].map((target) => diskMount(target));
    const state = stateOf(stateOf(one, [answered('gpu01', 'mounts', [])]), [answered('gpu01', 'mounts', many)]);
    expect(texts(state)).toEqual([
      'mounted: /a from /dev/sdb, /b from /dev/sdb, /c from /dev/sdb, /d from /dev/sdb and 2 more',
    ]);
  });

  test(`it keeps the newest ${EVENTS_KEPT} rows and goes on counting`, () => {
    let state = stateOf(one, [up('gpu01')]);
    const flaps = Array.from({ length: EVENTS_KEPT }, () => [lost('gpu01'), up('gpu01')]).flat();
    state = stateOf(state, flaps);
    expect(state.events.length).toBe(EVENTS_KEPT);
    state = stateOf(state, [lost('gpu01')]);
    expect(state.events.at(-1)?.id).toBe(String(2 * EVENTS_KEPT + 1));
  });
});

describe('host keys', () => {
  const review: HostKeyReview = { node: 'gpu01', address: '10.0.0.1', keyType: 'ssh-ed25519', fingerprint: 'SHA256:a' };

  test('a key waits once, and is done when the node is up', () => {
    const waiting = stateOf(one, [
      { kind: 'host-key', review },
      { kind: 'host-key', review },
    ]);
    expect(waiting.reviews).toEqual([review]);
    expect(stateOf(waiting, [up('gpu01')]).reviews).toEqual([]);
  });

  test('an answered review goes away by itself', () => {
    const other = { ...review, fingerprint: 'SHA256:b' };
    expect(withoutReview([review, other], review)).toEqual([other]);
  });
});
