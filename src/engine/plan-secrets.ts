import { type Command, mask } from '../model/command.ts';
import type { Job, Plan, Stage, Step } from '../model/plan.ts';

/** What stands in a stored plan for a secret that was not stored. */
const NOT_KEPT = '******';

/** The plan as it may be written down: every secret masked, in what a step reads and in the steps that would take it back. */
export function withoutSecrets(plan: Plan): Plan {
  if (plan.kind !== 'change') return plan;
  const [first, ...others] = plan.stages;
  return { ...plan, stages: [stageWithout(first), ...others.map(stageWithout)] };
}

/** The command reads a secret that only the runner that planned it knew. */
export const wantsLostSecret = ({ secrets = [] }: Command): boolean => secrets.includes(NOT_KEPT);

function stageWithout(stage: Stage): Stage {
  const [first, ...others] = stage.jobs;
  const jobs = [jobWithout(first), ...others.map(jobWithout)] as const;
  const { driver } = stage;
  return driver === undefined
    ? { ...stage, jobs }
    : { ...stage, jobs, driver: { ...driver, step: stepWithout(driver.step) } };
}

function jobWithout(job: Job): Job {
  const [first, ...others] = job.steps;
  return { ...job, steps: [stepWithout(first), ...others.map(stepWithout)] };
}

const stepWithout = (step: Step): Step => ({
  ...step,
  run: commandWithout(step.run),
  undo: 'never' in step.undo ? step.undo : step.undo.map(stepWithout),
});

function commandWithout(command: Command): Command {
  const { argv, stdin, onDisk, secrets = [] } = command;
  if (secrets.every((secret) => secret === '')) return command;
  const [program, ...rest] = argv;
  return {
    argv: [mask(program, secrets), ...rest.map((word) => mask(word, secrets))],
    ...(stdin === undefined ? {} : { stdin: mask(stdin, secrets) }),
    ...(onDisk === undefined ? {} : { onDisk }),
    secrets: [NOT_KEPT],
  };
}
