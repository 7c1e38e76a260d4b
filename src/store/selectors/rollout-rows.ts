import { describeCommand } from '../../model/command.ts';
import { droppedWords } from '../../model/dropped-words.ts';
import type { NodeName } from '../../model/ids.ts';
import { foldNodes } from '../../model/node-set.ts';
import type { Job, NodeNote, Plan, Stage, Step } from '../../model/plan.ts';
import type { JobProgress, JobState, Rollout } from '../../model/rollout.ts';
import { describeFailure } from '../../model/step-failure.ts';
import { memo, memoEach } from '../memo.ts';
import type { State } from '../state.ts';

/** One rollout with the nodes it touches and where they stand. */
export interface RolloutRow {
  readonly id: string;
  readonly rollout: Rollout;
  /** It was begun, and no process drives it now. */
  readonly isOrphan: boolean;
  readonly title: string;
  readonly nodes: readonly NodeName[];
  readonly folded: string;
  /** Nodes by state, over all stages: a node that failed in any stage has failed. */
  readonly counts: { readonly [S in JobState]: number };
}

const WORST: readonly JobState[] = ['failed', 'timed-out', 'unknown', 'running', 'queued', 'skipped', 'succeeded'];

const toRolloutRow = memoEach((rollout: Rollout): RolloutRow => {
  const states = new Map<NodeName, JobState>();
  for (const { node, state } of rollout.stages.flat()) {
    const known = states.get(node);
    if (known === undefined || WORST.indexOf(state) < WORST.indexOf(known)) states.set(node, state);
  }
  const nodes = states.size > 0 ? [...states.keys()] : plannedNodes(rollout.plan);
  const count = (wanted: JobState): number => [...states.values()].filter((state) => state === wanted).length;
  return {
    id: rollout.id,
    rollout,
    isOrphan: false,
    title: rollout.plan?.title ?? rollout.action,
    nodes,
    folded: foldNodes(nodes),
    counts: {
      queued: count('queued'),
      running: count('running'),
      succeeded: count('succeeded'),
      failed: count('failed'),
      'timed-out': count('timed-out'),
      unknown: count('unknown'),
      skipped: count('skipped'),
    },
  };
});

const plannedNodes = (plan: Plan | undefined): readonly NodeName[] =>
  plan?.kind === 'change' ? [...new Set(plan.stages.flatMap(({ jobs }) => jobs.map(({ node }) => node)))] : [];

/** Every rollout, the newest first. */
export const selectRolloutRows = memo(
  [(state: State) => state.rollouts, (state: State) => state.orphans],
  (rollouts, orphans): readonly RolloutRow[] =>
    [...rollouts.values()]
      .sort((left, right) => right.requestedAtMs - left.requestedAtMs)
      .map((rollout) =>
        orphans.has(rollout.id) ? { ...toRolloutRow(rollout), isOrphan: true } : toRolloutRow(rollout),
      ),
);

/** One node within one stage: its steps, how far they are, and what is wrong. */
export interface BoardRow {
  readonly id: string;
  readonly rollout: Rollout;
  readonly isOrphan: boolean;
  readonly stage: number;
  readonly stageTitle: string;
  readonly node: NodeName;
  readonly job: Job;
  readonly progress: JobProgress;
  /** The failure in words, of the first step that failed. */
  readonly failure?: string;
}

const toBoardRows = memoEach((rollout: Rollout): readonly BoardRow[] => {
  const { plan } = rollout;
  if (plan?.kind !== 'change') return [];
  return plan.stages.flatMap((stage, index) =>
    stage.jobs.flatMap((job): readonly BoardRow[] => {
      const progress = rollout.stages[index]?.find(({ node }) => node === job.node);
      return progress === undefined ? [] : [toBoardRow(rollout, stage, index, job, progress)];
    }),
  );
});

function toBoardRow(rollout: Rollout, stage: Stage, index: number, job: Job, progress: JobProgress): BoardRow {
  const outcome = progress.steps.find((step) => step.outcome?.kind === 'failed')?.outcome;
  return {
    id: `${rollout.id}/${index}/${job.node}`,
    rollout,
    isOrphan: false,
    stage: index,
    stageTitle: stage.title,
    node: job.node,
    job,
    progress,
    ...(outcome?.kind === 'failed' ? { failure: describeFailure(outcome.failure) } : {}),
  };
}

/** Every job of every rollout, stage by stage. */
export const selectBoardRows = memo([selectRolloutRows], (rows): readonly BoardRow[] =>
  rows.flatMap(({ rollout, isOrphan }) =>
    isOrphan ? toBoardRows(rollout).map((row) => ({ ...row, isOrphan })) : toBoardRows(rollout),
  ),
);

/** Equal words of nodes, the most frequent first: what fails, and where. */
export function gatherFailures(
  rows: readonly BoardRow[],
): readonly { readonly text: string; readonly nodes: string }[] {
  const byText = new Map<string, NodeName[]>();
  for (const { failure, node } of rows)
    if (failure !== undefined) byText.set(failure, [...(byText.get(failure) ?? []), node]);
  return [...byText]
    .sort(([, left], [, right]) => right.length - left.length)
    .map(([text, nodes]) => ({ text, nodes: foldNodes(nodes) }));
}

/** One thing a plan says: a step that is the same on several nodes, nodes with nothing to do, nodes that are refused, or what became of the planning. */
export type PlanRow = { readonly id: string; readonly rollout: Rollout; readonly nodes: readonly NodeName[] } & (
  | {
      readonly kind: 'step';
      readonly stage: number;
      readonly stageTitle: string;
      readonly place: number;
      readonly step: Step;
    }
  | { readonly kind: 'already' | 'refused'; readonly note: NodeNote }
  | { readonly kind: 'planning' | 'no-op' | 'refusal'; readonly text: string; readonly tryThis?: string }
);

const toPlanRows = memoEach((rollout: Rollout): readonly PlanRow[] => {
  const { plan, id } = rollout;
  const head = { id: `${id}/`, rollout, nodes: [] };
  if (plan === undefined)
    return [{ ...head, kind: 'planning', text: 'looking at the nodes; the plan comes when they have answered' }];
  switch (plan.kind) {
    case 'no-op':
      return [{ ...head, kind: 'no-op', text: plan.because }, ...noteRows(rollout, 'already', plan.already)];
    case 'refused':
      return [
        { ...head, kind: 'refusal', text: plan.because, tryThis: plan.tryThis },
        ...noteRows(rollout, 'refused', plan.refused),
      ];
    case 'change':
      return [
        ...plan.stages.flatMap((stage, index) => stepRows(rollout, stage, index)),
        ...noteRows(rollout, 'already', plan.already),
        ...noteRows(rollout, 'refused', plan.refused),
      ];
  }
});

function noteRows(rollout: Rollout, kind: 'already' | 'refused', notes: readonly NodeNote[]): readonly PlanRow[] {
  return notes.map((note, index) => ({
    id: `${rollout.id}/${kind}/${index}`,
    rollout,
    kind,
    note,
    nodes: note.nodes,
  }));
}

/** Steps that are equal word for word on several nodes are one row. */
function stepRows(rollout: Rollout, stage: Stage, index: number): readonly PlanRow[] {
  const groups = new Map<string, { readonly step: Step; readonly place: number; readonly nodes: NodeName[] }>();
  for (const { node, steps } of stage.jobs)
    for (const [place, step] of steps.entries()) {
      const key = `${place} ${step.title} ${describeCommand(step.run)} ${step.run.stdin ?? ''} ${JSON.stringify(step.preview)}`;
      const group = groups.get(key) ?? { step, place, nodes: [] };
      group.nodes.push(node);
      groups.set(key, group);
    }
  return [...groups.values()]
    .sort((left, right) => left.place - right.place)
    .map(({ step, place, nodes }, at) => ({
      id: `${rollout.id}/${index}/${at}`,
      rollout,
      kind: 'step',
      stage: index,
      stageTitle: stage.title,
      place,
      step,
      nodes,
    }));
}

/** What every plan says, in its order. */
export const selectPlanRows = memo([selectRolloutRows], (rows): readonly PlanRow[] =>
  rows.flatMap(({ rollout }) => toPlanRows(rollout)),
);

/** One line of the log that is open. */
export interface LogRow {
  readonly id: string;
  readonly number: number;
  /** The number is a guess. */
  readonly isGuess?: true;
  readonly text: string;
  readonly node: NodeName;
  readonly rollout: string;
}

/** Lines of the open log, oldest first, and after them what was dropped; `id` is the number of the line, so the cursor stays while more come. */
export const selectLogRows = memo(
  [(state: State) => state.log, (state: State) => state.rollouts],
  (log, rollouts): readonly LogRow[] => {
    if (log === undefined) return [];
    const rollout = [...rollouts.values()].find(({ id }) => id === log.rollout);
    const dropped = rollout === undefined ? undefined : droppedWords(rollout, log.node);
    const lines = dropped === undefined ? log.lines : [...log.lines, dropped];
    return lines.map((text, index) => ({
      id: `${log.firstNumber + index}`,
      number: log.firstNumber + index,
      ...(log.isGuess === true ? { isGuess: true } : {}),
      text,
      node: log.node,
      rollout: log.rollout,
    }));
  },
);
