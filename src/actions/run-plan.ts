import type { FleetView, Input } from '../model/action.ts';
import type { Command } from '../model/command.ts';
import { parseNodeSet } from '../model/node-set.ts';
import { type Job, type NodeNote, type Plan, refuse, type Step } from '../model/plan.ts';
import { gather, planOf, stageOf } from './node-plans.ts';
import { destroysGuard, destroysIn } from './own-destroys.ts';
import { type OwnRisk, ownRisk } from './own-risk.ts';

/** What is run, and what it is called. */
export interface Run {
  readonly title: string;
  readonly run: Command;
}

/** The plan of one command on a node set: one stage, one step a node, known by its exit code alone. Nodes that may not be changed are refused one by one. */
export function planRun(input: Input, fleet: FleetView, { title, run }: Run): Plan {
  const { inventory, nodes } = fleet;
  const set = parseNodeSet(String(input['nodes']), inventory);
  if (set.kind === 'error') return refuse(title, set.message, 'name other nodes');
  const { risk, warnings } = ownRisk(run, riskIn(input));
  const base = {
    title,
    run,
    as: input['as'] === 'login-user' ? 'login-user' : 'root',
    done: 'exit-code',
    timeoutMs: Number(input['timeout']) * 1000,
    preview: [],
    undo: { never: risk === 'reads' ? 'it only reads' : 'nobody knows what it changed' },
  } as const;
  const what = destroysIn(input);
  if (what !== undefined) return planDestroying(base, what, set.nodes, fleet);
  if (input['risk'] === 'destroys-data')
    return refuse(title, 'a command that destroys data has to say of what', 'name the disk or the path (destroys)');
  const refused = set.nodes.flatMap((node): readonly NodeNote[] => {
    const because = nodes.get(node)?.offLimits;
    return because === undefined ? [] : [{ nodes: [node], because, tryThis: 'allow changes there' }];
  });
  const jobs = set.nodes
    .filter((node) => nodes.get(node)?.offLimits === undefined)
    .map((node): Job => ({ node, steps: [{ ...base, risk, guard: [], warnings }] }));
  const [first, ...others] = jobs;
  if (first === undefined)
    return { kind: 'refused', title, because: 'no node may be changed', tryThis: 'allow changes there', refused };
  return { kind: 'change', title, stages: [{ title, jobs: [first, ...others] }], already: [], refused };
}

/** The same, guarded by what it destroys, one node at a time. */
function planDestroying(
  base: Pick<Step, 'title' | 'run' | 'as' | 'done' | 'timeoutMs' | 'preview' | 'undo'>,
  what: string,
  nodes: readonly Job['node'][],
  fleet: FleetView,
): Plan {
  const gathered = gather(nodes, fleet, (view) => {
    const guard = destroysGuard(what, view);
    if ('because' in guard) return guard;
    const step: Step = {
      ...base,
      risk: 'destroys-data',
      guard,
      undo: { never: `what it does to ${what} is not taken back` },
      warnings: ['nothing but its exit code tells what it did'],
    };
    return { kind: 'steps', steps: [step] };
  });
  return planOf(base.title, stageOf(base.title, gathered.jobs, { maxAtOnce: 1 }), gathered);
}

/** What is not said is taken to change something. */
const riskIn = ({ risk }: Input): OwnRisk['risk'] =>
  risk === 'reads' || risk === 'interrupts-users' ? risk : 'changes';
