// Actions on a cluster from plan to done: planned from what the real kubectl tells of a test API server, each step run as the runner runs it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { checks } from '../../src/checks/registry.ts';
import { judgeAll, needsOf } from '../../src/conditions/judge.ts';
import { createHand } from '../../src/engine/create-hand.ts';
import { makePlan } from '../../src/engine/make-plan.ts';
import type { Action } from '../../src/model/action.ts';
import type { Condition, Verdict } from '../../src/model/condition.ts';
import { localEndpoint } from '../../src/model/endpoint.ts';
import { nodeName } from '../../src/model/ids.ts';
import { type GivenInput, readInput } from '../../src/model/input.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import { probes } from '../../src/probes/registry.ts';
import { clock } from '../../src/transport/clock.ts';
import { createTransport } from '../../src/transport/transport.ts';
import { inventory } from '../store/builders.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { budgetKeeper } from './evictions.ts';
import { hurry, shortWaits } from './short-waits.ts';
import { kubeconfigOf } from './watched-cluster.ts';

/** What came of a step. */
export interface KubeRan {
  /** `done`, or why it was left alone, failed or was not proven. */
  readonly outcome: string;
  /** What it said, both streams. */
  readonly said: string;
}

export interface KubeBench {
  readonly api: ApiServer;
  readonly plan: (action: Action, input: GivenInput) => Promise<Plan>;
  /** Runs every step in order until one does not end well. */
  readonly run: (plan: Plan) => Promise<readonly KubeRan[]>;
  readonly runStep: (step: Step) => Promise<KubeRan>;
  /** From now on so many seconds pass at every look of a step at the clock. */
  readonly hurry: (seconds: number) => void;
}

const KINDS = ['nodes', 'pods', 'configmaps', 'daemonsets', 'clusterpolicies', 'poddisruptionbudgets'];

/** A cluster of a test API server whose kubectl works on this machine. */
export async function kubeBench(over: Partial<Inventory> = {}): Promise<KubeBench> {
  const api = await startApiServer(KINDS, { eviction: budgetKeeper });
  const folder = mkdtempSync(join(tmpdir(), 'muster-bench-'));
  const kubeconfig = join(folder, 'config');
  const bin = join(folder, 'bin');
  const env = { ...process.env, PATH: shortWaits(bin) };
  writeFileSync(kubeconfig, kubeconfigOf(api.url));
  const transport = createTransport({ askSecret: async () => undefined });
  const here = createHand(transport, localEndpoint(nodeName('localhost')), { clock, probes, checks, isRising: false });
  onTestFinished(async () => {
    here.close();
    await transport.close();
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const fleet = inventory([], { clusters: [{ name: 'talos', kubeconfig }], ...over });
  const judge = async (asked: readonly Condition[]): Promise<Verdict> => {
    const look = await here.look(needsOf(asked));
    return look.kind === 'seen' ? judgeAll(asked, look.seen) : { kind: 'unknown', because: look.because };
  };
  const runStep = async ({ run, guard, done }: Step): Promise<KubeRan> => {
    const wished = typeof done === 'string' ? [] : done;
    if ((await judge(wished)).kind === 'holds') return { outcome: 'already', said: '' };
    const held = await judge(guard);
    if (held.kind !== 'holds') return { outcome: `guarded: ${held.because}`, said: '' };
    const { code, said } = await ran(run.argv, run.stdin ?? '', env);
    if (code !== 0) return { outcome: `exit ${code}`, said };
    const after = await judge(wished);
    return { outcome: after.kind === 'holds' ? 'done' : `unverified: ${after.because}`, said };
  };
  return {
    api,
    plan: (action, given) => {
      const read = readInput(action.fields, given, fleet);
      if (read.kind === 'problems') throw new Error(read.problems.map(({ because }) => because).join('; '));
      return makePlan(action, read.input, {
        inventory: fleet,
        hand: () => here,
        clock,
        render: () => '',
        offLimits: () => undefined,
      });
    },
    runStep,
    hurry: (seconds) => hurry(bin, seconds),
    run: async (plan) => {
      const outcomes: KubeRan[] = [];
      if (plan.kind !== 'change') return outcomes;
      for (const step of plan.stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps))) {
        const one = await runStep(step);
        outcomes.push(one);
        if (one.outcome !== 'done' && one.outcome !== 'already') break;
      }
      return outcomes;
    },
  };
}

function ran(
  [program = '', ...args]: readonly string[],
  stdin: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk));
    child.on('close', (code) => resolve({ code, said }));
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
  });
}
