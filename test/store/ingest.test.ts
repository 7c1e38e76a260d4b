import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/model/finding.ts';
import { nodeName } from '../../src/model/ids.ts';
import { createHistory, HISTORY_STEPS } from '../../src/store/history.ts';
import { createIngest, DIAGNOSE_EVERY_MS, UPDATE_EVERY_MS } from '../../src/store/ingest.ts';
import { createFleetStore } from '../../src/store/store.ts';
import { answered, gpu, inventory, load, lost, T0, up } from './builders.ts';

const gpu01 = nodeName('gpu01');

/** A clock turned by hand: `turn` runs what falls due, in order. */
function handClock() {
  let nowMs = T0;
  const timers = new Set<{ readonly dueMs: number; readonly call: () => void }>();
  return {
    nowMs: () => nowMs,
    after: (delayMs: number, call: () => void) => {
      const timer = { dueMs: nowMs + delayMs, call };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    turn: (ms: number) => {
      const endMs = nowMs + ms;
      for (;;) {
        const [next] = [...timers].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        timers.delete(next);
        nowMs = next.dueMs;
        next.call();
      }
      nowMs = endMs;
    },
    waiting: () => timers.size,
  };
}

/** A clock on which each look takes so long: work that costs time. */
function slowClock(clock: ReturnType<typeof handClock>, lookMs: number) {
  let spentMs = 0;
  return {
    after: clock.after,
    nowMs: () => {
      spentMs += lookMs;
      return clock.nowMs() + spentMs;
    },
  };
}

const finding = (sinceMs: number): Finding => ({
  id: 'node-lost:refused',
  rule: 'node-lost',
  severity: 'critical',
  title: 'gpu01 does not answer',
  evidence: [{ node: gpu01, about: 'link', text: 'refused' }],
  affects: [],
  nextMove: 'Check its power.',
  sinceMs,
});

function started(diagnose: (nowMs: number) => readonly Finding[] = () => none) {
  const clock = handClock();
  const store = createFleetStore(inventory(['gpu01']));
  const history = createHistory();
  const ingest = createIngest({ store, clock, diagnose: (_state, nowMs) => whole(diagnose(nowMs)), history });
  clock.turn(0);
  let updates = 0;
  store.subscribe(() => {
    updates += 1;
  });
  return { clock, store, history, ingest, updates: () => updates };
}

const none: readonly Finding[] = [];

/** A diagnosis of one part. */
const whole = (findings: readonly Finding[]) => ({ next: () => ({ done: true as const, value: findings }) });

describe('pace', () => {
  test('a thousand batches in a second are at most eleven updates, and the last one is in', () => {
    const { clock, store, ingest, updates } = started();
    for (let index = 0; index < 1_000; index += 1) {
      ingest.push([answered('gpu01', 'load', load({ load1: index }))]);
      clock.turn(1);
    }
    clock.turn(UPDATE_EVERY_MS);
    expect(updates()).toBeLessThanOrEqual(11);
    const slot = store.getState().nodes.get(gpu01)?.slots.load;
    expect(slot?.kind === 'ok' && slot.value.load1).toBe(999);
  });

  test('where nobody presses keys a batch is in the store when it has come, whole', () => {
    const clock = slowClock(handClock(), 1);
    const store = createFleetStore(inventory(['gpu01']));
    const ingest = createIngest({ store, clock, diagnose: () => whole(none), isUnattended: true });
    ingest.push(Array.from({ length: 3_000 }, (_, seq) => answered('gpu01', 'load', load({ load1: seq }), { seq })));
    const slot = store.getState().nodes.get(gpu01)?.slots.load;
    expect(slot?.kind === 'ok' && slot.value.load1).toBe(2_999);
  });

  test('what comes after a quiet time is shown at once', () => {
    const { clock, ingest, updates } = started();
    clock.turn(60_000);
    ingest.push([up('gpu01')]);
    clock.turn(0);
    expect(updates()).toBe(1);
  });

  test('nothing new changes nothing', () => {
    const { clock, updates } = started();
    clock.turn(60_000);
    expect(updates()).toBe(0);
  });

  test('a stalled timer cannot pile up answers without end', () => {
    const { store, ingest } = started();
    const batch = Array.from({ length: 10_000 }, (_, index) => answered('gpu01', 'load', load({ load1: index })));
    for (let index = 0; index < 6; index += 1) ingest.push(batch);
    expect(store.getState().nodes.get(gpu01)?.slots.load?.kind).toBe('ok');
  });

  test('a burst is taken in over several turns, in order, and a late answer in it loses', () => {
    const clock = handClock();
    const slow = slowClock(clock, 1);
    const store = createFleetStore(inventory(['gpu01']));
    const ingest = createIngest({ store, clock: slow, diagnose: () => whole(none) });
    const seen: (number | undefined)[] = [];
    store.subscribe((state) => {
      const slot = state.nodes.get(gpu01)?.slots.load;
      seen.push(slot?.kind === 'ok' ? slot.value.load1 : undefined);
    });
    const burst = Array.from({ length: 3_000 }, (_, seq) => answered('gpu01', 'load', load({ load1: seq }), { seq }));
    ingest.push([...burst, answered('gpu01', 'load', load({ load1: 7 }), { seq: 7 })]);
    clock.turn(10_000);
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).toEqual([...seen].sort((one, other) => (one ?? 0) - (other ?? 0)));
    expect(seen.at(-1)).toBe(2_999);
    ingest.close();
  });

  test('updates that cost much come less often', () => {
    const clock = handClock();
    const store = createFleetStore(inventory(['gpu01']));
    const ingest = createIngest({ store, clock: slowClock(clock, 5), diagnose: () => whole(none) });
    let updates = 0;
    store.subscribe(() => {
      updates += 1;
    });
    for (let second = 0; second < 10; second += 1) {
      for (let tenth = 0; tenth < 10; tenth += 1) {
        ingest.push([answered('gpu01', 'load', load({ load1: second + tenth / 10 }))]);
        clock.turn(100);
      }
    }
    expect(updates).toBeLessThan(50);
    expect(updates).toBeGreaterThan(5);
    ingest.close();
  });

  test('after closing nothing runs and nothing is taken in', () => {
    const { clock, ingest, updates } = started();
    ingest.push([up('gpu01')]);
    ingest.close();
    ingest.push([up('gpu01')]);
    clock.turn(60_000);
    expect({ updates: updates(), waiting: clock.waiting() }).toEqual({ updates: 0, waiting: 0 });
  });
});

describe('findings', () => {
  test('silence is diagnosed too, twice a second', () => {
    let asked = 0;
    const { clock } = started(() => {
      asked += 1;
      return none;
    });
    asked = 0;
    clock.turn(10 * DIAGNOSE_EVERY_MS);
    expect(asked).toBe(10);
  });

  test('answers and findings that are due together come in two turns, and neither keeps the other away', () => {
    const turns: string[] = [];
    const { clock, ingest, store } = started((nowMs) => {
      turns.push('findings');
      return [{ ...finding(nowMs), id: String(nowMs) }];
    });
    store.subscribe((state, before) => void (state.nodes !== before.nodes && turns.push('answers')));
    for (let tenth = 0; tenth < 5; tenth += 1) {
      turns.length = 0;
      clock.turn(DIAGNOSE_EVERY_MS - 1);
      ingest.push([answered('gpu01', 'load', load({ load1: tenth }), { seq: tenth })]);
      clock.turn(1);
    }
    expect(turns).toEqual(['answers', 'findings']);
  });

  test('a diagnosis that takes long is worked out over several turns, and answers come in when it is through', () => {
    const clock = handClock();
    const parts: string[] = [];
    const store = createFleetStore(inventory(['gpu01']));
    const slow = slowClock(clock, 1);
    let turns = 0;
    const after = (delayMs: number, call: () => void) =>
      slow.after(delayMs, () => {
        turns += 1;
        call();
      });
    const ingest = createIngest({
      store,
      clock: { ...slow, after },
      *diagnose(state) {
        for (let part = 0; part < 20; part += 1) {
          parts.push(state.nodes.get(gpu01)?.slots.load?.kind ?? 'nothing');
          if (part === 10) ingest.push([answered('gpu01', 'load', load({ load1: 1 }))]);
          yield;
        }
        return [finding(T0)];
      },
    });
    clock.turn(0);
    expect({ parts, findings: store.getState().findings }).toEqual({
      parts: Array.from({ length: 20 }, () => 'nothing'),
      findings: [finding(T0)],
    });
    expect(turns).toBeGreaterThan(5);
    clock.turn(DIAGNOSE_EVERY_MS - 1);
    expect(store.getState().nodes.get(gpu01)?.slots.load?.kind).toBe('ok');
    ingest.close();
  });

  test('a finding that opens and closes is told with how long it lasted', () => {
    let now: readonly Finding[] = none;
    const { clock, store } = started(() => now);
    now = [finding(T0)];
    clock.turn(DIAGNOSE_EVERY_MS);
    now = [];
    clock.turn(90_000);
    expect(store.getState().findings).toEqual([]);
    expect(store.getState().events.map(({ node, kind, severity, text }) => ({ node, kind, severity, text }))).toEqual([
      { node: gpu01, kind: 'finding', severity: 'critical', text: 'found: gpu01 does not answer' },
      { node: gpu01, kind: 'finding', severity: 'good', text: 'over after 1s: gpu01 does not answer' },
    ]);
  });

  test('flush takes in and diagnoses at once', () => {
    const { store, ingest } = started((nowMs) => [finding(nowMs)]);
    ingest.push([lost('gpu01')]);
    ingest.flush();
    expect(store.getState().links.get(gpu01)?.kind).toBe('lost');
    expect(store.getState().findings).toEqual([finding(T0)]);
  });
});

describe('history', () => {
  const busyAt = (atMs: number, utilisationRatio: number) =>
    answered('gpu01', 'gpus', [{ ...gpu(0), utilisationRatio }], { atMs });
  const heard = (...events: readonly ReturnType<typeof busyAt>[]) => {
    const { history, ingest } = started();
    ingest.push(events);
    return history.of(gpu01, 'GPU-0');
  };

  test('what good answers say of a card is kept in steps, with gaps where nothing was heard', () => {
    const { history, ingest } = started();
    ingest.push([busyAt(0, 0.25), busyAt(2_000, 0.5), busyAt(10_000, 1)]);
    expect(history.of(gpu01, 'GPU-0')).toEqual([0.5, Number.NaN, 1]);
    expect(history.of(gpu01, 'GPU-1')).toEqual([]);
    expect(history.of(nodeName('gpu02'), 'GPU-0')).toEqual([]);
  });

  test('only the last ten minutes stay', () => {
    const steps = Array.from({ length: 1_000 }, (_, step) => busyAt(T0 + step * 5_000, (step % 256) / 256));
    const kept = heard(...steps);
    expect(kept).toEqual(Array.from({ length: HISTORY_STEPS }, (_, at) => ((1_000 - HISTORY_STEPS + at) % 256) / 256));
  });

  test('a pause longer than the ring leaves nothing old', () => {
    expect(heard(busyAt(T0, 0.25), busyAt(T0 + 3_600_000, 0.5))).toEqual([0.5]);
  });

  test('of more cards than are kept the one heard of first is forgotten, and its place begins anew', () => {
    const { history, ingest } = started();
    const cards = Array.from({ length: 10_001 }, (_, index) => ({ ...gpu(index), utilisationRatio: index / 16_384 }));
    ingest.push([answered('gpu01', 'gpus', cards, { atMs: T0 })]);
    expect([0, 1, 10_000].map((card) => history.of(gpu01, `GPU-${card}`))).toEqual([
      [],
      [1 / 16_384],
      [10_000 / 16_384],
    ]);
  });
});
