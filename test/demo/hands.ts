// Hands, plans and rollouts on a demo fleet: the product's own engine and transport over real SSH.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { checks } from '../../src/checks/registry.ts';
import { conditions } from '../../src/conditions/registry.ts';
import { nodeIo } from '../../src/config/node-io.ts';
import { readTemplates, templateRenderer } from '../../src/config/templates.ts';
import type { DemoClock } from '../../src/demo/chance.ts';
import type { DemoFleet } from '../../src/demo/fleet.ts';
import { createHand, type HandParts } from '../../src/engine/create-hand.ts';
import type { Hand, StepEnd, StepName } from '../../src/engine/hand.ts';
import { makePlan } from '../../src/engine/make-plan.ts';
import { driveRollout } from '../../src/engine/run-rollout.ts';
import { nodeName } from '../../src/model/ids.ts';
import { type GivenInput, readInput } from '../../src/model/input.ts';
import type { Plan } from '../../src/model/plan.ts';
import { type Rollout, type RolloutEvent, type RolloutRecord, rolloutId } from '../../src/model/rollout.ts';
import { foldJournal } from '../../src/model/rollout-fold.ts';
import { probes } from '../../src/probes/registry.ts';
import { clock } from '../../src/transport/clock.ts';
import { createTransport } from '../../src/transport/transport.ts';

const AUTHOR = { user: 'ada', host: 'desk' };

const templates = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'templates');
const render = templateRenderer(readTemplates(nodeIo, templates));

/** The machine's own clock with waits of a fraction: what takes a second in the demo takes a few milliseconds in a test. */
export const quickClock = (times: number): DemoClock => ({
  nowMs: () => Date.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs / times);
    timer.unref();
    return () => clearTimeout(timer);
  },
});

/** Consoles of one demo fleet. */
export interface DemoHands {
  readonly hand: (node: string, parts?: Partial<HandParts>) => Hand;
  readonly plan: (action: string, given: GivenInput) => Promise<Plan>;
  /** Runs a plan to its end, all nodes at once, with what each step said. */
  readonly run: (plan: Plan) => Promise<{ readonly rollout: Rollout; readonly said: string }>;
  /** The same of a plan that changes something, of which every node must succeed. */
  readonly succeed: (plan: Plan) => Promise<Rollout>;
  readonly close: () => Promise<void>;
}

/** Opens them; every hand of one node is the same, but those with parts of their own. */
export function demoHands(fleet: DemoFleet): DemoHands {
  const transport = createTransport({ askSecret: async () => undefined });
  const hands = new Map<string, Hand>();
  const made: Hand[] = [];
  const hand = (node: string, parts?: Partial<HandParts>): Hand => {
    const known = hands.get(node);
    if (parts === undefined && known !== undefined) return known;
    const endpoint = fleet.endpoints.find((each) => each.node === node);
    if (endpoint === undefined) throw new Error(`the demo fleet has no ${node}`);
    const own = createHand(transport, endpoint, { clock, probes, checks, ...parts });
    made.push(own);
    if (parts === undefined) hands.set(node, own);
    return own;
  };
  return {
    hand,
    plan: (name, given) => {
      const action = actions.find((each) => each.name === name);
      if (action === undefined) throw new Error(`there is no action ${name}`);
      const read = readInput(action.fields, given, fleet.inventory);
      if (read.kind === 'problems') throw new Error(read.problems.map(({ because }) => because).join('; '));
      const tools = { inventory: fleet.inventory, hand, clock, render, offLimits: () => undefined };
      return makePlan(action, read.input, tools);
    },
    run: (plan) => runPlan(plan, hand),
    succeed: async (plan) => {
      expect(plan.kind, JSON.stringify(plan).slice(0, 500)).toBe('change');
      const { rollout, said } = await runPlan(plan, hand);
      expect(new Set(rollout.stages.flat().map(({ state }) => state)), said).toEqual(new Set(['succeeded']));
      return rollout;
    },
    close: async () => {
      for (const each of made) each.close();
      await transport.close();
    },
  };
}

let runs = 0;

async function runPlan(plan: Plan, hand: (node: string) => Hand) {
  const journal: RolloutRecord[] = [];
  const write = (event: RolloutEvent): RolloutRecord => {
    const record: RolloutRecord = { seq: journal.length + 1, atMs: Date.now(), ...event };
    journal.push(record);
    return record;
  };
  runs += 1;
  const id = rolloutId(`20261122-103016-${String(runs).padStart(4, '0')}`);
  write({ kind: 'requested', id, action: 'test', input: {}, author: AUTHOR });
  write({ kind: 'planned', plan });
  write({ kind: 'started', author: AUTHOR, limits: { canary: 1, maxUnavailable: 64, maxFailures: 0 } });
  const start = foldJournal(journal);
  if (start === undefined) throw new Error('there is no rollout');
  let said = '';
  const drive = driveRollout(start, {
    here: () => {
      throw new Error('nothing runs here');
    },
    conditions,
    clock,
    hand: (node) => hand(nodeName(node)),
    append: (event) => ({ record: write(event), synced: Promise.resolve() }),
    logs: {
      at: () => 0,
      write: () => 0,
      pour: (_node, bytes) => {
        said += String(bytes);
      },
      settle: async () => 0,
    },
    says: () => {},
  });
  return { rollout: await drive.ended, said };
}

/** Follows a step to its end with all it said. */
export async function heard(hand: Hand, name: StepName): Promise<{ readonly end: StepEnd; readonly text: string }> {
  let text = '';
  const end = await hand.follow(name, 0, (chunk) => {
    text += chunk.toString('utf8');
  });
  return { end, text };
}
