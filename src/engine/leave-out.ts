import type { NodeName } from '../model/ids.ts';
import { foldNodes } from '../model/node-set.ts';
import type { Job, NodeNote, Plan, Stage } from '../model/plan.ts';

/**
 * A reverse plan without the nodes that may not be changed. What a later stage takes away may be what such a node still stands on (the export
 * below its mount), so after a stage that leaves one out nothing more is planned. Each node that stays as it is is told with its reason.
 */
export function withoutForbidden(plan: Plan, offLimits: (node: NodeName) => string | undefined): Plan {
  if (plan.kind !== 'change') return plan;
  const refused: NodeNote[] = [...plan.refused];
  const stages: Stage[] = [];
  let leftOut: readonly NodeName[] = [];
  for (const stage of plan.stages) {
    if (leftOut.length > 0) {
      const because = `${stage.title}: it stays, because ${foldNodes(leftOut)} cannot be undone and may stand on it`;
      refused.push({ nodes: stage.jobs.map(({ node }) => node), because });
      continue;
    }
    const jobs = stage.jobs.filter(({ node }) => offLimits(node) === undefined);
    leftOut = stage.jobs.filter((job) => !jobs.includes(job)).map(({ node }) => node);
    for (const node of leftOut) refused.push({ nodes: [node], because: offLimits(node) ?? '' });
    const [first, ...others]: readonly Job[] = jobs;
    if (first !== undefined) stages.push({ ...stage, jobs: [first, ...others] });
  }
  const [first, ...others] = stages;
  if (first !== undefined) return { ...plan, stages: [first, ...others], refused };
  const because = `${foldNodes(leftOut)}: ${leftOut[0] === undefined ? '' : (offLimits(leftOut[0]) ?? '')}`;
  const tryThis = 'allow changes there, or name the node in the inventory again';
  return { kind: 'refused', title: plan.title, because, tryThis, refused };
}
