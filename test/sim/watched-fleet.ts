// A fleet of simulated nodes under the real engine, with everything it told and the rules that must hold over it.
import type { FleetPlan } from '../../src/engine/fleet.ts';
import { type LocalFleet, startFleet } from '../../src/engine/run-fleet.ts';
import type { SecretDesk } from '../../src/engine/secret-desk.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import { type AbsolutePath, nodeName } from '../../src/model/ids.ts';
import type { Link } from '../../src/model/link.ts';
import type { Observation } from '../../src/model/observation.ts';
import { fact, type Probe, type ProbeSet } from '../../src/model/probe.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createFakeNodes, type FakeNodes } from './fake-nodes.ts';
import { seeded } from './random.ts';

const tools: Probe<'tools'> = {
  name: 'tools',
  ask: { kind: 'inline', sh: ':' },
  everyMs: 2_000,
  parse: ({ stdout }) => fact([stdout]),
};
const kernelLog: Probe<'kernelLog'> = {
  name: 'kernelLog',
  ask: { kind: 'child', sh: ':', deadlineMs: 5_000 },
  everyMs: 5_000,
  parse: ({ stdout }) => fact([{ kind: 'xid', bootSec: 0, text: stdout }]),
};
const usage: Probe<'usage'> = {
  name: 'usage',
  ask: { kind: 'child', sh: ':', deadlineMs: 5_000 },
  everyMs: 20_000,
  // Targets stand in the answer to `tools`, so that a simulated node can mount and unmount.
  targets: ({ tools: known }) => known?.[0]?.split(',').filter((word) => word.startsWith('/')) ?? [],
  parse: (_answer, { target }) =>
    fact({ target: absolute(target ?? '/'), sizeBytes: 1, usedBytes: 0, availableBytes: 1, inodes: 1, inodesFree: 1 }),
};

/** A quick inline question, a child, and one per target; enough to exercise every way of asking. */
export const PROBES: ProbeSet = { tools, kernelLog, usage };

export interface WatchedFleet {
  readonly clock: FakeClock;
  readonly nodes: FakeNodes;
  readonly fleet: LocalFleet;
  readonly events: FleetEvent[];
  /** Sizes of the batches and when they came. */
  readonly batches: { readonly atMs: number; readonly size: number }[];
  readonly link: (node: string) => Link | undefined;
  readonly links: (node: string) => readonly Link[];
  readonly observations: (node: string, probe: string, target?: string) => readonly Observation[];
}

export interface WatchOptions {
  readonly seed?: number;
  readonly probes?: ProbeSet;
  readonly maxConnecting?: number;
  readonly acceptHostKey?: (node: string, fingerprint: string) => string | undefined;
  readonly via?: Endpoint['via'];
  readonly secrets?: SecretDesk;
}

export function watchFleet(names: readonly string[], options: WatchOptions = {}): WatchedFleet {
  const clock = createFakeClock();
  const nodes = createFakeNodes(clock, names, ['kernelLog', 'usage', 'privilege', 'exports']);
  const plan: FleetPlan = {
    nodes: names.map((name) => ({ endpoint: endpoint(name, options.via), everyMs: {} })),
    lateAfterMs: 15_000,
    lostAfterMs: 30_000,
    maxConnecting: options.maxConnecting ?? 16,
  };
  const events: FleetEvent[] = [];
  const batches: { atMs: number; size: number }[] = [];
  const fleet = startFleet(plan, {
    probes: options.probes ?? PROBES,
    transport: nodes.transport,
    clock,
    random: seeded(options.seed ?? 1),
    ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
    ...(options.acceptHostKey === undefined ? {} : { acceptHostKey: options.acceptHostKey }),
  });
  fleet.subscribe((batch) => {
    events.push(...batch);
    batches.push({ atMs: clock.nowMs(), size: batch.length });
  });
  const links = (node: string) =>
    events.flatMap((event) => (event.kind === 'link' && event.node === node ? [event.link] : []));
  return {
    clock,
    nodes,
    fleet,
    events,
    batches,
    links,
    link: (node) => links(node).at(-1),
    observations: (node, probe, target) =>
      events.flatMap((event) => {
        if (event.kind !== 'observation') return [];
        const { observation } = event;
        const isIt = observation.node === node && observation.probe === probe && observation.target === target;
        return isIt ? [observation] : [];
      }),
  };
}

export const names = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `n${at + 1}`);

export function endpoint(name: string, via: Endpoint['via'] = 'ssh'): Endpoint {
  return {
    node: nodeName(name),
    via,
    address: '127.0.0.1',
    port: 22,
    user: 'nobody',
    sshName: name,
    jumps: [],
    identityFiles: [],
    identitiesOnly: false,
    password: 'never',
    knownHostsFiles: [],
    hostKeyName: name,
    pinnedHostKeys: [],
    hostKeyPolicy: 'ask',
    connectTimeoutMs: 10_000,
    keepaliveMs: 15_000,
    keepaliveCount: 3,
  };
}

function absolute(text: string) {
  return text as AbsolutePath;
}

/** Which link may follow which. */
const FOLLOWS: { readonly [kind in Link['kind']]: readonly Link['kind'][] } = {
  idle: ['connecting'],
  connecting: ['up', 'lost', 'refused'],
  up: ['up', 'late', 'lost', 'connecting'],
  late: ['up', 'lost', 'connecting'],
  lost: ['lost', 'connecting'],
  refused: ['refused', 'connecting'],
  none: [],
};

/** Everything that must be true of any run, as the sentences that are not; empty when all is well. */
export function brokenRules({ events, nodes }: WatchedFleet): readonly string[] {
  const broken: string[] = [];
  const before = new Map<string, Link['kind']>();
  const seqs = new Map<string, number>();
  for (const event of events) {
    if (event.kind === 'link') {
      const last = before.get(event.node) ?? 'idle';
      if (!FOLLOWS[last].includes(event.link.kind)) broken.push(`${event.node}: ${event.link.kind} after ${last}`);
      before.set(event.node, event.link.kind);
      if (event.link.kind === 'lost' && event.link.attempt < 0)
        broken.push(`${event.node}: attempt ${event.link.attempt}`);
    }
    if (event.kind === 'observation') {
      const { node, probe, target = '', seq } = event.observation;
      const key = `${node} ${probe} ${target}`;
      if (seq < (seqs.get(key) ?? 0)) broken.push(`${key}: seq ${seq} after ${seqs.get(key)}`);
      seqs.set(key, seq);
    }
  }
  for (const node of nodes.all()) broken.push(...node.doubled.map((line) => `${node.name} was asked twice: ${line}`));
  return broken;
}
