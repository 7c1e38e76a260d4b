import type { DemoFleet } from '../../src/demo/fleet.ts';
import { startFleet } from '../../src/engine/run-fleet.ts';
import type { Facts } from '../../src/model/facts.ts';
import type { NodeName } from '../../src/model/ids.ts';
import type { Link } from '../../src/model/link.ts';
import type { Outcome, TargetedProbe } from '../../src/model/observation.ts';
import type { Fact, ProbeName, ProbeSet } from '../../src/model/probe.ts';
import { probes } from '../../src/probes/registry.ts';
import { clock } from '../../src/transport/clock.ts';
import { createTransport } from '../../src/transport/transport.ts';

/** A question that takes longer than this hangs. */
const DEADLINE_MS = 1_000;

/** What the product's own engine and transport see of a demo fleet over real SSH. */
export interface Watcher {
  readonly link: (node: string) => Link | undefined;
  /** The last outcome of a question that was not just "asked" or "same"; usage with its target. */
  readonly outcome: <P extends ProbeName>(node: string, probe: P, target?: string) => Outcome<Fact<P>> | undefined;
  /** The value of the last good answer. */
  readonly fact: <P extends ProbeName>(node: string, probe: P, target?: string) => Fact<P> | undefined;
  /** Resolves when the question holds, looked at after every batch of events. */
  readonly until: (holds: () => boolean) => Promise<void>;
  readonly reconnect: (node: string) => void;
  readonly close: () => Promise<void>;
}

/** The product's probes with deadlines that a test can wait for. */
const impatient: ProbeSet = Object.fromEntries(
  Object.entries(probes).map(([name, probe]) => [
    name,
    probe.ask.kind === 'child' ? { ...probe, ask: { ...probe.ask, deadlineMs: DEADLINE_MS } } : probe,
  ]),
) as typeof probes;

/** Quick enough for tests, slow enough for a busy machine. */
const LATE_MS = 2_500;

/** Watches a demo fleet, or some of its nodes, asking every question `everyMs`. */
export function watch(fleet: DemoFleet, nodes: readonly string[], everyMs = 200): Watcher {
  const periods = Object.fromEntries(Object.keys(probes).map((name) => [name, everyMs]));
  const endpoints = fleet.endpoints.filter((endpoint) => nodes.includes(endpoint.node));
  const transport = createTransport({ askSecret: async () => undefined });
  const engine = startFleet(
    {
      nodes: endpoints.map((endpoint) => ({ endpoint, everyMs: periods })),
      lateAfterMs: LATE_MS,
      lostAfterMs: LATE_MS * 2,
      maxConnecting: 64,
    },
    { probes: impatient, transport, clock, random: Math.random },
  );
  const links = new Map<string, Link>();
  const outcomes = new Map<string, Outcome>();
  const good = new Map<string, unknown>();
  const waiting = new Set<() => void>();
  engine.subscribe((batch) => {
    for (const event of batch) {
      if (event.kind === 'link') links.set(event.node, event.link);
      if (event.kind !== 'observation') continue;
      const { node, probe, target = '', outcome } = event.observation;
      if (outcome.kind === 'ok') good.set(`${node} ${probe} ${target}`, outcome.value);
      if (outcome.kind === 'same') outcomes.set(`${node} ${probe} ${target}`, { kind: 'same' });
      else if (outcome.kind !== 'asked') outcomes.set(`${node} ${probe} ${target}`, outcome);
    }
    for (const look of [...waiting]) look();
  });
  return {
    link: (node) => links.get(node),
    outcome: <P extends ProbeName>(node: string, probe: P, target = '') =>
      outcomes.get(`${node} ${probe} ${target}`) as Outcome<Fact<P>> | undefined,
    fact: <P extends ProbeName>(node: string, probe: P, target = '') =>
      good.get(`${node} ${probe} ${target}`) as Fact<P> | undefined,
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    reconnect: (node) => engine.request({ kind: 'reconnect', nodes: [node as NodeName] }),
    close: () => engine.close(),
  };
}

/** All facts a node can have but usage, which is asked per mount. */
export const QUESTIONS = Object.keys(probes).filter(
  (name): name is Exclude<keyof Facts, TargetedProbe> => name !== 'usage' && name !== 'directories',
);
