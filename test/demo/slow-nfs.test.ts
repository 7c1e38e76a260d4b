// Faults of NFS servers that only counters show: what the console's own parsers make of them, minute by minute.
import { expect, test } from 'vitest';
import { ANSWERERS } from '../../src/demo/answers/registry.ts';
import type { DemoClock } from '../../src/demo/chance.ts';
import { parseFault } from '../../src/demo/faults.ts';
import { createWorld } from '../../src/demo/world.ts';
import type { NfsMountStats } from '../../src/model/facts.ts';
import type { Fact } from '../../src/model/probe.ts';
import { probes } from '../../src/probes/registry.ts';

const START_MS = 1_795_000_000_000;

function demo() {
  let nowMs = START_MS;
  const clock: DemoClock = { nowMs: () => nowMs, after: () => () => {} };
  const world = createWorld(8, 7, clock);
  const ask = (name: string, question: string): string => {
    const node = world.node(name);
    if (node === undefined) throw new Error(`no ${name}`);
    const columns = { gpu: [], lsblk: [], units: [] };
    const reply = ANSWERERS.get(question)?.answer({ node, world, nowMs, privilege: 'sudo', target: '', columns });
    return reply?.kind === 'text' ? reply.text : '';
  };
  let previous: { readonly value: Fact<'nfsStats'>; readonly atMs: number } | undefined;
  return {
    ask,
    inject: (name: string, node: string) => parseFault(name).fault.inject(world, node),
    heal: (name: string, node: string) => parseFault(name).fault.heal(world, node),
    /** The mount of /data on gpu01, a minute later. */
    minute: (): NfsMountStats | undefined => {
      nowMs += 60_000;
      const answer = { stdout: ask('gpu01', 'nfsStats'), exitCode: 0 };
      const context = { atMs: nowMs, ...(previous === undefined ? {} : { previous }) };
      const parsed = probes.nfsStats.parse(answer, context);
      if (parsed.kind !== 'fact') throw new Error(parsed.kind);
      previous = { value: parsed.value, atMs: nowMs };
      return parsed.value.find(({ target }) => target === '/data');
    },
  };
}

test('a slow server shows in the round trips of its clients, and no counter falls when it is well again', () => {
  const { minute, inject, heal } = demo();
  minute();
  expect(minute()?.recent?.roundTripMs).toBeLessThan(10);
  inject('slow-nfs', 'nfs-a');
  for (let minutes = 0; minutes < 3; minutes += 1) expect(minute()?.recent?.roundTripMs).toBeGreaterThan(390);
  heal('slow-nfs', 'nfs-a');
  expect(minute()?.recent?.roundTripMs).toBeLessThan(10);
  inject('slow-nfs', 'nfs-a');
  expect(minute()?.recent?.roundTripMs).toBeGreaterThan(390);
});

test('busy threads of a server are all of its threads, most of them waiting for disks', () => {
  const { ask, inject, heal } = demo();
  const busy = () => ask('nfs-a', 'nfsServer').split('\n').slice(1, 4);
  expect(busy()).toEqual(['64', '== busy', '1 1']);
  inject('nfsd-busy', 'nfs-a');
  expect(busy()).toEqual(['64', '== busy', '16 48']);
  heal('nfsd-busy', 'nfs-a');
  expect(busy()).toEqual(['64', '== busy', '1 1']);
});
