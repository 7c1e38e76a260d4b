import type { NodeName } from '../model/ids.ts';
import { forItsNodes, type Job, type NodeNote, type Plan, refuse, type Stage } from '../model/plan.ts';
import type { JobProgress, Rollout } from '../model/rollout.ts';

/** Which nodes of a finished rollout are tried again: failed, timed out, unknown or never started, but not those an operator took out. */
export function retryNodes(rollout: Rollout): ReadonlySet<NodeName> {
  const open = rollout.stages.flat().filter(({ state }) => state !== 'succeeded' && state !== 'skipped');
  return new Set(open.map(({ node }) => node));
}

/**
 * A plan made again from fresh facts, cut down to what a retry is for. Steps that succeeded and are known by their exit code alone are not
 * run again: their node begins where it failed. With `onlyFailedStep` nothing but that step is left. Steps are found again by title.
 */
export function retryPlan(plan: Plan, before: Rollout, onlyFailedStep: boolean, nodes?: readonly NodeName[]): Plan {
  if (plan.kind !== 'change') return plan;
  if (onlyFailedStep && plan.stages.some(({ driver }) => driver !== undefined))
    return refuse(
      `retry: ${plan.title}`,
      'a playbook cannot begin at the task that failed: what earlier tasks registered and notified would be missing',
      'retry it whole: tasks that are done already say so; or play a part of it by its tags',
    );
  const qualified = retryNodes(before);
  const wanted = new Set([...qualified].filter((node) => nodes === undefined || nodes.includes(node)));
  const refused: NodeNote[] = [...plan.refused];
  const stages = plan.stages.flatMap((stage): readonly Stage[] => {
    const jobs = stage.jobs.flatMap((job): readonly Job[] => {
      if (!wanted.has(job.node)) return [];
      const left = stepsLeft(job, before, stage.title, onlyFailedStep);
      return left === undefined ? [] : [left];
    });
    const [first, ...others] = jobs;
    return first === undefined ? [] : [forItsNodes({ ...stage, jobs: [first, ...others] })];
  });
  const [first, ...others] = stages;
  if (first === undefined)
    return refuse(`retry: ${plan.title}`, 'no node is left to be tried again', 'plan the action anew');
  return { ...plan, title: `retry: ${plan.title}`, stages: [first, ...others], refused };
}

function stepsLeft(job: Job, before: Rollout, stage: string, onlyFailedStep: boolean): Job | undefined {
  const progress = progressOf(before, job.node, stage);
  if (progress === undefined) return job;
  const failedAt = progress.titles.findIndex((_, index) => progress.job.steps[index]?.outcome?.kind === 'failed');
  const failedTitle = progress.titles[failedAt];
  // Of several steps with one title nobody can tell which is meant: `let systemd read its units again` comes after every line of fstab.
  const isOne = (title: string): boolean => progress.titles.indexOf(title) === progress.titles.lastIndexOf(title);
  const ran = new Set(
    progress.titles.filter((title, index) => progress.job.steps[index]?.outcome?.kind === 'changed' && isOne(title)),
  );
  const steps = job.steps.filter((step) => {
    if (onlyFailedStep) return step.title === failedTitle;
    return !(step.done === 'exit-code' && ran.has(step.title));
  });
  const [first, ...others] = steps;
  return first === undefined ? undefined : { ...job, steps: [first, ...others] };
}

function progressOf(
  { plan, stages }: Rollout,
  node: NodeName,
  stage: string,
): { readonly job: JobProgress; readonly titles: readonly string[] } | undefined {
  if (plan?.kind !== 'change') return undefined;
  const at = plan.stages.findIndex(({ title }) => title === stage);
  const job = stages[at]?.find((one) => one.node === node);
  const titles = plan.stages[at]?.jobs.find((one) => one.node === node)?.steps.map(({ title }) => title);
  return job === undefined || titles === undefined ? undefined : { job, titles };
}
