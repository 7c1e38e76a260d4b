import type { FleetView, Input } from '../model/action.ts';
import type { Command } from '../model/command.ts';
import { parseNodeSet } from '../model/node-set.ts';
import { type Job, type NodeNote, type Plan, refuse } from '../model/plan.ts';
import { type OwnRisk, ownRisk } from './own-risk.ts';

/** What is run, and what it is called. */
export interface Run {
  readonly title: string;
  readonly run: Command;
}

/** The plan of one command on a node set: one stage, one step a node, known by its exit code alone. Nodes that may not be changed are refused one by one. */
export function planRun(input: Input, { inventory, nodes }: FleetView, { title, run }: Run): Plan {
  const set = parseNodeSet(String(input['nodes']), inventory);
  if (set.kind === 'error') return refuse(title, set.message, 'name other nodes');
  const { risk, warnings } = ownRisk(run, riskIn(input));
  const refused = set.nodes.flatMap((node): readonly NodeNote[] => {
    const because = nodes.get(node)?.offLimits;
    return because === undefined ? [] : [{ nodes: [node], because, tryThis: 'allow changes there' }];
  });
  const jobs = set.nodes
    .filter((node) => nodes.get(node)?.offLimits === undefined)
    .map(
      (node): Job => ({
        node,
        steps: [
          {
            title,
            run,
            as: input['as'] === 'login-user' ? 'login-user' : 'root',
            risk,
            guard: [],
            done: 'exit-code',
            timeoutMs: Number(input['timeout']) * 1000,
            preview: [],
            undo: { never: risk === 'reads' ? 'it only reads' : 'nobody knows what it changed' },
            warnings,
          },
        ],
      }),
    );
  const [first, ...others] = jobs;
  if (first === undefined)
    return { kind: 'refused', title, because: 'no node may be changed', tryThis: 'allow changes there', refused };
  return { kind: 'change', title, stages: [{ title, jobs: [first, ...others] }], already: [], refused };
}

/** What is not said is taken to change something. */
const riskIn = ({ risk }: Input): OwnRisk['risk'] =>
  risk === 'reads' || risk === 'interrupts-users' ? risk : 'changes';
