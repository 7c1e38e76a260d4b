import type { Command } from './command.ts';
import type { Condition } from './condition.ts';
import type { NodeName } from './ids.ts';

/** What a change costs others, from harmless to final. */
export const RISKS = ['reads', 'changes', 'interrupts-users', 'destroys-data'] as const;
export type Risk = (typeof RISKS)[number];

/** How the end of a step is known: by facts; by the facts of the step after it; or, for commands of the user's own, by the exit code alone. */
export type Done = readonly [Condition, ...Condition[]] | 'with-next' | 'exit-code';

/** What the operator sees of a change before it is made. */
export type Preview =
  /** `before` undefined: the file is new. `after` undefined: it goes. Secrets are masked already. */
  | { readonly kind: 'file'; readonly path: string; readonly before?: string; readonly after?: string }
  /** Things that go, and what was left alone and why. `head` says how many and where, `after` what becomes of them. */
  | {
      readonly kind: 'items';
      readonly head: string;
      readonly items: readonly PreviewItem[];
      readonly after: string;
      readonly left: readonly string[];
    }
  /** What is there now and what will be, a line each: `/dev/sdb: ntfs "Backup" 931G` and `gpt, one ext4 partition labelled data`. */
  | { readonly kind: 'state'; readonly now: string; readonly after: string };

/** One thing that goes. Names are the node's own and may hold anything. */
export interface PreviewItem {
  readonly name: string;
  readonly owner: string;
  readonly sizeBytes?: number;
  readonly ageMs?: number;
}

interface StepBase {
  /** What it does, as an order: `make an ext4 filesystem on /dev/sdb1`. */
  readonly title: string;
  readonly run: Command;
  /** `root` goes through `sudo -n` where the login user is not root. */
  readonly as: 'root' | 'login-user';
  readonly done: Done;
  readonly timeoutMs: number;
  readonly preview: readonly Preview[];
  /** Steps that take it back, in the order they run; or why nothing can. */
  readonly undo: readonly Step[] | { readonly never: string };
  /** What is said of it beside risk and commands: whom it interrupts, what it leaves behind. */
  readonly warnings: readonly string[];
}

/** One idempotent change on one node, as plain data. One that destroys data cannot be written without a guard. */
export type Step = StepBase &
  (
    | { readonly risk: 'reads' | 'changes' | 'interrupts-users'; readonly guard: readonly Condition[] }
    | { readonly risk: 'destroys-data'; readonly guard: readonly [Condition, ...Condition[]] }
  );

/** The steps of one node within a stage, in order; a step that fails ends the job. */
export interface Job {
  readonly node: NodeName;
  readonly steps: readonly [Step, ...Step[]];
  /** The nodes it is about, where those are others than the one it runs on: kubectl works on one node for a whole cluster. */
  readonly concerns?: readonly NodeName[];
}

/**
 * One command on the machine muster runs on that does the work of all jobs of a stage, and tells in lines what it does where
 * (`driver-lines.ts`). The first step of each job stands for it there; the others appear while it runs.
 */
export interface Driver {
  readonly step: Step;
  /** Which word of its command names the nodes, parted by commas: one that cannot be had is left out there. */
  readonly nodesAt: number;
}

/** An ordered part of a plan: every job is verified before the next stage starts. */
export interface Stage {
  readonly title: string;
  readonly jobs: readonly [Job, ...Job[]];
  /** Upper bound of nodes at once, below what the rollout allows: storage servers go one at a time. */
  readonly maxAtOnce?: number;
  readonly driver?: Driver;
  /** What must hold of the facts of the whole stage before the next one is in the steps themselves; here only what a reader wants to know. */
  readonly note?: string;
}

/** Equal words about nodes: why nothing is done there, or why it cannot be. */
export interface NodeNote {
  readonly nodes: readonly NodeName[];
  readonly because: string;
  /** For refusals: the next move. */
  readonly tryThis?: string;
}

/** What an action would do. `already` and `refused` stand beside the change where only some nodes are concerned. */
export type Plan =
  | {
      readonly kind: 'change';
      readonly title: string;
      readonly stages: readonly [Stage, ...Stage[]];
      readonly already: readonly NodeNote[];
      readonly refused: readonly NodeNote[];
    }
  | { readonly kind: 'no-op'; readonly title: string; readonly because: string; readonly already: readonly NodeNote[] }
  | {
      readonly kind: 'refused';
      readonly title: string;
      readonly because: string;
      readonly tryThis: string;
      readonly refused: readonly NodeNote[];
    };

/** A stage for the nodes of its jobs alone: a driver is told who they are. */
export function forItsNodes(stage: Stage): Stage {
  const { driver, jobs } = stage;
  if (driver === undefined) return stage;
  const nodes = jobs.map(({ node }) => node).join(',');
  const narrowed = (step: Step): Step => ({ ...step, run: withWord(step.run, driver.nodesAt, nodes) });
  const narrowedJob = ({ node, steps: [first, ...others] }: Job): Job => ({
    node,
    steps: [narrowed(first), ...others],
  });
  const [job, ...otherJobs] = jobs;
  return {
    ...stage,
    driver: { ...driver, step: narrowed(driver.step) },
    jobs: [narrowedJob(job), ...otherJobs.map(narrowedJob)],
  };
}

function withWord(command: Command, at: number, word: string): Command {
  const [program, ...rest] = command.argv;
  return { ...command, argv: [program, ...rest.with(at - 1, word)] };
}

/** Nothing may be done at all: why, and the next move. */
export const refuse = (title: string, because: string, tryThis: string): Plan => ({
  kind: 'refused',
  title,
  because,
  tryThis,
  refused: [],
});

/** The highest risk of any step; undefined for a plan that changes nothing. */
export function riskOf(plan: Plan): Risk | undefined {
  if (plan.kind !== 'change') return undefined;
  const found = new Set(plan.stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps.map(({ risk }) => risk))));
  return RISKS.findLast((risk) => found.has(risk));
}
