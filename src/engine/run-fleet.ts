import type { FleetEvent } from '../model/fleet-event.ts';
import type { FleetRequest } from '../model/fleet-request.ts';
import type { NodeName } from '../model/ids.ts';
import type { ProbeSet } from '../model/probe.ts';
import { unreachable } from '../model/unreachable.ts';
import { type Connector, createConnector } from './connector.ts';
import type { Fleet, FleetNode, FleetPlan } from './fleet.ts';
import { CLOSE_MS, STALL_MS, TICK_MS } from './limits.ts';
import { createNodeLink, type NodeLink, type NodeLinkOptions } from './node-link.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createPoller } from './poller.ts';
import type { Clock, Random, Transport } from './ports.ts';
import { composeProgram } from './program.ts';
import { createSecretDesk, type SecretDesk } from './secret-desk.ts';
import { createShells } from './shells.ts';

/** What the engine works with. */
export interface FleetParts {
  readonly probes: ProbeSet;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** The desk the transport asks at; without one nothing is ever asked. */
  readonly secrets?: SecretDesk;
  /** Files a reviewed host key; the reason where it could not, undefined when it is done. */
  readonly acceptHostKey?: (node: NodeName, fingerprint: string) => string | undefined;
  /** Called before nodes are tried again because a person wants it: what was declined may be asked for once more. */
  readonly askAgain?: () => void;
}

/** A fleet in this thread. */
export interface LocalFleet extends Fleet {
  /** Resolves when no connection is being made, no question is due or within its deadline, and all events are delivered. */
  readonly idle: () => Promise<void>;
}

interface Running {
  readonly parts: FleetParts;
  readonly links: ReadonlyMap<NodeName, NodeLink>;
  readonly connector: Connector;
  /** When each link is to be looked at again, in the order of `links`: of a thousand nodes each turn of the wheel concerns a few dozen. */
  readonly dueMs: Float64Array;
  readonly outbox: Outbox;
  readonly focused: Set<NodeName>;
  readonly waitingForIdle: Set<() => void>;
}

/** Starts to watch the nodes of a plan. */
export function startFleet(plan: FleetPlan, parts: FleetParts): LocalFleet {
  const listeners = new Set<(batch: readonly FleetEvent[]) => void>();
  const outbox = createOutbox(parts.clock, (batch) => {
    for (const listener of listeners) listener(batch);
  });
  const running = prepare(plan, parts, outbox);
  const secrets = parts.secrets ?? createSecretDesk();
  secrets.attend((wanted) => outbox.urgent({ kind: 'secret-wanted', ...wanted }));
  const shells = createShells(parts.transport, (node) => running.links.get(node)?.endpoint, outbox.urgent);
  const stopWheel = startWheel(running);
  let closing: Promise<void> | undefined;

  const close = async () => {
    stopWheel();
    secrets.close();
    shells.close();
    for (const link of running.links.values()) link.close();
    outbox.close();
    await withinMs(parts.clock, CLOSE_MS, parts.transport.close());
  };
  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    request: (request) => {
      if (closing !== undefined) return;
      if ('shell' in request) shells.request(request);
      else if (request.kind === 'secret') secrets.answer(request.id, request.text);
      else answer(running, request);
    },
    close: () => (closing ??= close()),
    idle: () =>
      new Promise((resolve) => {
        running.waitingForIdle.add(resolve);
      }),
  };
}

function prepare(plan: FleetPlan, parts: FleetParts, outbox: Outbox): Running {
  const program = composeProgram(parts.probes);
  const focused = new Set<NodeName>();
  const links = new Map<NodeName, NodeLink>();
  const nodes = new Map(plan.nodes.map((node) => [node.endpoint.node, node]));
  const dueMs = new Float64Array(nodes.size);
  const connector = createConnector(nodes.size, plan.maxConnecting, (node) => focused.has(node));
  for (const node of nodes.values()) {
    const place = links.size;
    const link = linkOf(node, plan, parts, program, outbox, {
      dropped: () => connector.dropped(link, parts.clock.nowMs()),
      wake: () => {
        dueMs[place] = 0;
      },
    });
    links.set(node.endpoint.node, link);
  }
  return { parts, links, connector, dueMs, outbox, focused, waitingForIdle: new Set() };
}

function linkOf(
  { endpoint, everyMs, directories = [] }: FleetNode,
  plan: FleetPlan,
  { probes, transport, clock, random }: FleetParts,
  program: string,
  { push }: Outbox,
  tell: Pick<NodeLinkOptions, 'dropped' | 'wake'>,
): NodeLink {
  const { node } = endpoint;
  const { lateAfterMs, lostAfterMs, firstSeq = 0 } = plan;
  const observe = (observation: Extract<FleetEvent, { kind: 'observation' }>['observation']) =>
    push({ kind: 'observation', observation });
  const poller = createPoller({ node, probes, everyMs, heartbeatMs: lateAfterMs / 3, firstSeq, directories, observe });
  return createNodeLink({
    endpoint,
    program,
    poller,
    transport,
    clock,
    random,
    lateAfterMs,
    lostAfterMs,
    report: (link) => push({ kind: 'link', node, link }),
    review: (review) => push({ kind: 'host-key', review }),
    ...tell,
  });
}

/** Turns the wheel for all nodes together: one timer, and one write per node and turn. */
function startWheel(running: Running): () => void {
  const { links, dueMs } = running;
  const { clock } = running.parts;
  const all = [...links.values()];
  let cancel: (() => void) | undefined;
  let lastMs = clock.nowMs();

  const turn = () => {
    const nowMs = clock.nowMs();
    const stalledMs = nowMs - lastMs - TICK_MS;
    // A clock that was set back must not make anybody wait for the old time.
    if (nowMs < lastMs) dueMs.fill(0);
    lastMs = nowMs;
    if (stalledMs > STALL_MS) for (const link of all) link.forgive(stalledMs);
    const apart: NodeLink[] = [];
    for (let place = 0; place < all.length; place++) {
      const link = all[place];
      if (link === undefined || nowMs < (dueMs[place] ?? 0)) continue;
      const nextMs = link.tick(nowMs);
      dueMs[place] = nextMs;
      if (nextMs === 0) apart.push(link);
    }
    running.connector.tick(apart, nowMs);
    settle(running, nowMs);
    cancel = clock.after(TICK_MS, turn);
  };
  cancel = clock.after(0, turn);
  return () => cancel?.();
}

function settle({ links, outbox, waitingForIdle }: Running, nowMs: number): void {
  if (waitingForIdle.size === 0) return;
  for (const link of links.values()) {
    const { kind } = link.now();
    if (kind === 'connecting' || link.isReady(nowMs) || link.poller.pending(nowMs) > 0) return;
  }
  outbox.flush();
  for (const resolve of waitingForIdle) resolve();
  waitingForIdle.clear();
}

function answer(
  running: Running,
  request: Exclude<FleetRequest, { readonly shell: number } | { readonly kind: 'secret' }>,
): void {
  const { links, focused, parts } = running;
  const nowMs = parts.clock.nowMs();
  switch (request.kind) {
    case 'focus': {
      focused.clear();
      for (const node of request.nodes) focused.add(node);
      for (const [node, { poller }] of links) poller.focus(focused.has(node) ? request : undefined, nowMs);
      running.dueMs.fill(0);
      return;
    }
    case 'refresh':
      for (const node of request.nodes) links.get(node)?.poller.refresh(request.probes, nowMs);
      running.dueMs.fill(0);
      return;
    case 'reconnect':
      parts.askAgain?.();
      for (const node of request.nodes) links.get(node)?.retry(nowMs);
      return;
    case 'accept-host-key': {
      const link = links.get(request.node);
      const because = parts.acceptHostKey?.(request.node, request.fingerprint);
      if (because === undefined) link?.retry(nowMs);
      else link?.refuseAgain(because);
      return;
    }
    // Pods are not nodes: whoever follows the clusters answers.
    case 'pod-log':
      return;
    default:
      unreachable(request);
  }
}

/** Waits for a promise, but not for ever; never rejects. */
function withinMs(clock: Clock, ms: number, promise: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    const done = () => {
      cancel();
      resolve();
    };
    promise.then(done, done);
  });
}
