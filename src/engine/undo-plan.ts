import type { Job, NodeNote, Plan, Stage, Step } from '../model/plan.ts';
import { refuse } from '../model/plan.ts';
import type { Rollout, StepState } from '../model/rollout.ts';
import { wantsLostSecret } from './plan-secrets.ts';

/**
 * The reverse of what a rollout changed: its stages, its steps and their order turned round. Only steps that ran and were verified are taken
 * back; what was so before is left alone, and what cannot be taken back, or failed midway, is told by node.
 */
export function undoPlan(rollout: Rollout): Plan {
  const { plan } = rollout;
  const title = `undo: ${plan?.title ?? rollout.action}`;
  if (plan?.kind !== 'change') return refuse(title, 'this rollout changed nothing', 'there is nothing to take back');
  const refused: NodeNote[] = [];
  const stages = plan.stages
    .map((stage, index) => undoStage(stage, rollout.stages[index] ?? [], refused))
    .filter((stage) => stage !== undefined)
    .toReversed();
  const [first, ...others] = stages;
  if (first !== undefined) return { kind: 'change', title, stages: [first, ...others], already: [], refused };
  if (refused.length > 0)
    return {
      kind: 'refused',
      title,
      because: 'none of its steps can be taken back',
      tryThis: 'read why, node by node',
      refused,
    };
  return { kind: 'no-op', title, because: 'none of its steps changed anything', already: [] };
}

/** A step that fails at its start would leave the node half taken back. */
const WITH_A_SECRET = {
  because: 'what was there before holds a password, which no plan keeps',
  tryThis: 'put the file back by hand from /var/lib/muster/backups on the node',
} as const;

function undoStage(stage: Stage, jobs: Rollout['stages'][number], refused: NodeNote[]): Stage | undefined {
  if (stage.driver !== undefined) {
    const changed = jobs.filter(({ steps }) => steps.some(({ outcome }) => outcome?.kind === 'changed'));
    const { undo } = stage.driver.step;
    if (changed.length > 0 && 'never' in undo)
      refused.push({ nodes: changed.map(({ node }) => node), because: `${stage.title}: ${undo.never}` });
    return undefined;
  }
  const undone = stage.jobs.flatMap((job): readonly Job[] => {
    const progress = jobs.find(({ node }) => node === job.node);
    for (const [index, { title }] of job.steps.entries()) {
      if (mayHaveRun(progress?.steps[index]))
        refused.push({ nodes: [job.node], because: `${title}: it failed midway; look at what of it is there` });
    }
    const changed = job.steps.filter((_, index) => progress?.steps[index]?.outcome?.kind === 'changed');
    const steps = changed.toReversed().flatMap((step): readonly Step[] => {
      if (!('never' in step.undo) && step.undo.some(({ run }) => wantsLostSecret(run))) {
        refused.push({ nodes: [job.node], ...WITH_A_SECRET, because: `${step.title}: ${WITH_A_SECRET.because}` });
        return [];
      }
      if (!('never' in step.undo)) return step.undo;
      refused.push({ nodes: [job.node], because: `${step.title}: ${step.undo.never}` });
      return [];
    });
    const [first, ...others] = steps;
    return first === undefined ? [] : [{ node: job.node, steps: [first, ...others] }];
  });
  const [first, ...others] = undone;
  return first === undefined ? undefined : { ...stage, title: `undo: ${stage.title}`, jobs: [first, ...others] };
}

/** It ran, or may have, and was not seen to hold: an undo would take back it knows not what. */
function mayHaveRun(step: StepState | undefined): boolean {
  const { attempt = 0, outcome } = step ?? {};
  return attempt > 0 && outcome?.kind === 'failed' && !['guarded', 'not-started'].includes(outcome.failure.kind);
}
