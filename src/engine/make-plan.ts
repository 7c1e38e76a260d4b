import type { Action, FleetView, Input, NodeView } from '../model/action.ts';
import { type Need, needKey, type Observed } from '../model/check.ts';
import { type NodeName, nodeName } from '../model/ids.ts';
import type { Inventory } from '../model/inventory.ts';
import { kubectlNode } from '../model/kubectl.ts';
import { foldNodes } from '../model/node-set.ts';
import { type Plan, refuse } from '../model/plan.ts';
import { type PlaybookStudy, THIS_MACHINE } from '../model/playbook.ts';
import type { Hand, Look } from './hand.ts';
import { LOOK_ROUNDS, LOOKS_AT_ONCE } from './limits.ts';
import { withoutTwins } from './one-machine.ts';
import type { Clock } from './ports.ts';

/** What planning needs of the world. */
export interface PlanTools {
  readonly inventory: Inventory;
  readonly hand: (node: NodeName) => Hand;
  readonly clock: Clock;
  readonly render: FleetView['render'];
  readonly playbook?: PlaybookStudy;
  readonly localFile?: NonNullable<FleetView['localFile']>;
  /** Why a node may not be changed; undefined where it may. */
  readonly offLimits: (node: NodeName) => string | undefined;
  /** Each name has a spool of its own on whatever machine, so two names of one do not meet there. */
  readonly isSpoolByName?: boolean;
}

/** Looks at what the action needs, until it needs nothing new, and plans. Throws where the action breaks its contract. */
export async function makePlan(action: Action, input: Input, tools: PlanTools): Promise<Plan> {
  const nodes = new Map(lookedAt(tools.inventory).map((name) => [name, unseen(tools, name)] as const));
  const asked = new Set<string>();
  const fleet = (): FleetView => ({
    inventory: tools.inventory,
    nodes,
    nowMs: tools.clock.nowMs(),
    render: tools.render,
    ...(tools.playbook === undefined ? {} : { playbook: tools.playbook }),
    ...(tools.localFile === undefined ? {} : { localFile: tools.localFile }),
  });
  for (let round = 0; round < LOOK_ROUNDS; round++) {
    const wanted = withIdentity([...action.needs(input, fleet())])
      .map(([node, needs]) => ({ node, needs: needs.filter((need) => !asked.has(askKey(node, need))) }))
      .filter(({ node, needs }) => needs.length > 0 && nodes.get(node)?.unreachable === undefined);
    if (wanted.length === 0) break;
    for (const { node, needs } of wanted) for (const need of needs) asked.add(askKey(node, need));
    await allOf(wanted, async ({ node, needs }) => {
      const before = nodes.get(node);
      if (before === undefined) return;
      const look = await lookTwice(tools.hand(node), needs);
      nodes.set(
        node,
        look.kind === 'seen'
          ? { ...before, seen: merged(before.seen, look.seen) }
          : { ...before, unreachable: look.because },
      );
    });
  }
  const plan = action.plan(input, fleet());
  return refuseOffLimits(tools.isSpoolByName === true ? plan : withoutTwins(plan, nodes), tools);
}

/** Where several nodes are looked at, it is asked of each as well whether it is another one's machine. */
const withIdentity = (wanted: readonly (readonly [NodeName, readonly Need[]])[]): typeof wanted =>
  wanted.filter(([, needs]) => needs.length > 0).length < 2
    ? wanted
    : wanted.map(([node, needs]) => [node, needs.length === 0 ? needs : [...needs, IDENTITY]]);

const IDENTITY: Need = { kind: 'probe', probe: 'identity' };

/** The nodes of the inventory, and the machine muster runs on where kubectl of a cluster works there or its Git file lies there. */
function lookedAt({ nodes, clusters = [] }: Inventory): readonly NodeName[] {
  const names = nodes.map(({ name }) => name);
  const here = clusters.some(({ git }) => git !== undefined) ? [nodeName(THIS_MACHINE)] : [];
  const places = [...clusters.map(kubectlNode), ...here].filter((name) => !names.includes(name));
  return [...names, ...new Set(places)];
}

/** A busy node misses deadlines when it is asked everything at once; what it did not answer it is asked once more, by itself. */
async function lookTwice(hand: Hand, needs: readonly Need[]): Promise<Look> {
  const look = await hand.look(needs);
  const unanswered = look.kind === 'seen' ? needs.filter((need) => look.seen.failed.has(needKey(need))) : [];
  if (look.kind !== 'seen' || unanswered.length === 0) return look;
  const again = await hand.look(unanswered);
  if (again.kind !== 'seen') return again;
  const failed = [...look.seen.failed].filter(([key]) => !unanswered.some((need) => needKey(need) === key));
  return { kind: 'seen', seen: merged({ ...look.seen, failed: new Map(failed) }, again.seen) };
}

const askKey = (node: NodeName, need: Need): string => `${node} ${JSON.stringify(need)}`;

function unseen(tools: PlanTools, name: NodeName): NodeView {
  const offLimits = tools.offLimits(name);
  return {
    name,
    ...(offLimits === undefined ? {} : { offLimits }),
    seen: { atMs: tools.clock.nowMs(), facts: {}, checks: new Map(), failed: new Map(), absent: new Map() },
  };
}

const merged = (before: Observed, after: Observed): Observed => ({
  atMs: Math.min(before.atMs, after.atMs),
  facts: { ...before.facts, ...after.facts },
  checks: new Map([...before.checks, ...after.checks]),
  failed: new Map([...before.failed, ...after.failed]),
  absent: new Map([...before.absent, ...after.absent]),
});

/** A few at a time, in order. */
async function allOf<T>(items: readonly T[], call: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const lane = async () => {
    for (const item of queue) await call(item);
  };
  await Promise.all(Array.from({ length: Math.min(LOOKS_AT_ONCE, items.length) }, lane));
}

/** Whatever an action plans, a node that may not be changed is not; and a node stands once in a stage. */
function refuseOffLimits(plan: Plan, { offLimits }: PlanTools): Plan {
  if (plan.kind !== 'change') return plan;
  for (const { title, jobs } of plan.stages) {
    const nodes = jobs.map(({ node }) => node);
    const twice = nodes.find((node, index) => nodes.indexOf(node) !== index);
    if (twice !== undefined) throw new TypeError(`the plan "${plan.title}" names ${twice} twice in "${title}"`);
  }
  const touched = new Set(plan.stages.flatMap(({ jobs }) => jobs.map(({ node }) => node)));
  const forbidden = [...touched].filter((node) => offLimits(node) !== undefined);
  const [first] = forbidden;
  if (first === undefined) return plan;
  return refuse(
    plan.title,
    `${foldNodes(forbidden)}: ${offLimits(first) ?? ''}`,
    'leave these nodes out, or allow changes on them',
  );
}
