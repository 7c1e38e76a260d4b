import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import type { RolloutPlaces } from '../journal/places.ts';
import type { NodeName } from '../model/ids.ts';
import { foldNodes } from '../model/node-set.ts';
import { whyNeverStarted } from '../model/not-started.ts';
import type { JobProgress, JobState, Rollout } from '../model/rollout.ts';
import { waitsForSomebody } from '../model/rollout-pause.ts';
import { describeFailure } from '../model/step-failure.ts';
import { formatBytes, formatDuration } from '../model/units.ts';

/** Bytes of a node's output that are shown at the end of a command; the log has all of it. */
const SHOWN_BYTES = 64 * 1024;

/** How a node came out, in words: equal ones are gathered. */
interface Outcome {
  readonly state: JobState;
  readonly words: string;
  readonly output: string;
}

/** What came of every node, equal outcomes of many nodes once: `gpu[01-07]: exited 32: mount.nfs: access denied`. What failed comes first. */
export function outcomeLines(rollout: Rollout, places: RolloutPlaces): readonly string[] {
  const groups = new Map<string, { readonly outcome: Outcome; readonly nodes: NodeName[] }>();
  for (const [node, jobs] of byNode(rollout)) {
    const outcome = outcomeOf(rollout, node, jobs, places);
    const key = JSON.stringify(outcome);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { outcome, nodes: [node] });
    else group.nodes.push(node);
  }
  const order = (state: JobState) => ORDER.indexOf(state);
  return [...groups.values()]
    .sort((a, b) => order(a.outcome.state) - order(b.outcome.state))
    .flatMap(({ outcome: { words, output }, nodes }) => [
      `${foldNodes(nodes)}: ${words}`,
      ...(output === ''
        ? []
        : output
            .replace(/\n$/, '')
            .split('\n')
            .map((line) => `  ${line}`)),
    ]);
}

/** Failures first, what went well at the end. */
const ORDER: readonly JobState[] = ['failed', 'timed-out', 'unknown', 'running', 'queued', 'skipped', 'succeeded'];

/** `12 succeeded, 1 failed of 20 nodes in 42s`. */
export function countsLine(rollout: Rollout, nowMs: number): string {
  const states = [...byNode(rollout).values()].map(worst);
  if (states.length === 0) return `${whyNeverStarted(rollout) ?? rollout.phase}: nothing was run`;
  const parts = ORDER.toReversed().flatMap((state) => {
    const count = states.filter((each) => each === state).length;
    return count === 0 ? [] : [`${count} ${WORDS[state]}`];
  });
  const tookMs = (rollout.endedAtMs ?? nowMs) - (rollout.startedAtMs ?? nowMs);
  return `${parts.join(', ')} of ${states.length} ${states.length === 1 ? 'node' : 'nodes'} in ${formatDuration(tookMs)}`;
}

/** The same in a table's cell: `20 ok`, or `17/20 ok, 3 failed`; empty where nothing has begun. */
export function briefCounts(rollout: Rollout): string {
  const states = [...byNode(rollout).values()].map(worst);
  if (states.length === 0) return '';
  const ok = states.filter((state) => state === 'succeeded').length;
  const bad = states.filter((state) => ORDER.indexOf(state) < ORDER.indexOf('running')).length;
  return `${ok === states.length ? ok : `${ok}/${states.length}`} ok${bad === 0 ? '' : `, ${bad} failed`}`;
}

/** What may be done about a rollout that left nodes behind, over or paused by failures, as commands to copy; empty where all is well. */
export function nextMoves(rollout: Rollout): readonly string[] {
  const isPaused = waitsForSomebody(rollout);
  if ((rollout.phase !== 'ended' && !isPaused) || rollout.stages.length === 0 || hasSucceeded(rollout)) return [];
  const { id } = rollout;
  const isBad = (state: JobState) => ORDER.indexOf(state) < ORDER.indexOf('queued');
  const [bad] = [...byNode(rollout)].filter(([, jobs]) => isBad(worst(jobs)));
  const changed = rollout.stages.flat().some(({ steps }) => steps.some(({ outcome }) => outcome?.kind === 'changed'));
  return [
    ...(bad === undefined ? [] : [`What ${bad[0]} said: muster rollouts log ${id} ${bad[0]}`]),
    ...(isPaused ? [`Go on with the other nodes: muster rollouts resume ${id}`] : []),
    `Try again what is left: muster rollouts retry ${id}`,
    ...(changed ? [`Take back what was done: muster rollouts undo ${id}`] : []),
    ...(isPaused ? [`End it as it is: muster rollouts abort ${id}`] : []),
  ];
}

/** How a state reads. */
export const WORDS: { readonly [S in JobState]: string } = {
  queued: 'not started',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  'timed-out': 'timed out',
  unknown: 'unknown',
  skipped: 'skipped',
};

/** Nothing failed, nothing is unknown, nothing was left. */
export const hasSucceeded = ({ stages }: Rollout): boolean =>
  stages.flat().every(({ state }) => state === 'succeeded' || state === 'skipped');

/** A node's jobs over all stages. */
export function byNode({ stages }: Rollout): ReadonlyMap<NodeName, readonly JobProgress[]> {
  const found = new Map<NodeName, readonly JobProgress[]>();
  for (const job of stages.flat()) found.set(job.node, [...(found.get(job.node) ?? []), job]);
  return found;
}

/** The state a node is known by: the first of `ORDER` that any of its jobs has. */
export const worst = (jobs: readonly JobProgress[]): JobState =>
  ORDER.find((state) => jobs.some((job) => job.state === state)) ?? 'queued';

function outcomeOf(rollout: Rollout, node: NodeName, jobs: readonly JobProgress[], places: RolloutPlaces): Outcome {
  const state = worst(jobs);
  const at = jobs.findIndex((job) => job.state === state);
  const failed = jobs[at]?.steps.findIndex(({ outcome }) => outcome?.kind === 'failed') ?? -1;
  const outcome = jobs[at]?.steps[failed]?.outcome;
  const says = outcome?.kind === 'failed' ? describeFailure(outcome.failure) : undefined;
  const steps = jobs.flatMap((job) => job.steps);
  const isAlready = steps.every((step) => step.outcome?.kind === 'already');
  const words =
    says === undefined ? (isAlready ? 'already so' : WORDS[state]) : `${titleOf(rollout, node, failed)}${says}`;
  if (isDriven(rollout)) return { state, words: [words, ...taskCounts(steps)].join(', '), output: '' };
  return { state, words, output: isUsersOwn(rollout) ? outputOf(node, steps, places) : '' };
}

const isDriven = ({ plan }: Rollout): boolean =>
  plan?.kind === 'change' && plan.stages.some(({ driver }) => driver !== undefined);

/** What the tasks of a playbook came to, as its recap has it: `7 changed`, `4 ok`. */
function taskCounts([, ...tasks]: JobProgress['steps']): readonly string[] {
  const kinds = { changed: 'changed', already: 'ok', omitted: 'skipped', ignored: 'ignored' } as const;
  return Object.entries(kinds).flatMap(([kind, word]) => {
    const count = tasks.filter(({ outcome }) => outcome?.kind === kind).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
}

/** Which step it was; said where a job has several. */
function titleOf(rollout: Rollout, node: NodeName, step: number): string {
  const { plan } = rollout;
  // A failure of a task names the task itself.
  if (plan?.kind !== 'change' || isDriven(rollout)) return '';
  const job = plan.stages.flatMap(({ jobs }) => jobs).find((each) => each.node === node && each.steps.length > 1);
  const title = job?.steps[step]?.title;
  return title === undefined ? '' : `${title}: `;
}

/** The output of a command is what its user wants to see; the output of our own steps is for when something fails. */
const isUsersOwn = ({ plan }: Rollout): boolean =>
  plan?.kind === 'change' &&
  plan.stages.every(({ jobs }) => jobs.every(({ steps }) => steps.every(({ done }) => done === 'exit-code')));

function outputOf(node: NodeName, steps: JobProgress['steps'], places: RolloutPlaces): string {
  const spans = steps.flatMap(({ log }) => (log === undefined ? [] : [log]));
  const dropped = spans.reduce((sum, { droppedBytes }) => sum + droppedBytes, 0);
  const text = spans.map(({ fromByte, toByte }) => readSpan(places.log(node), fromByte, toByte)).join('');
  return dropped === 0 ? text : `${text}\n... ${formatBytes(dropped)} of it were kept nowhere; a line in it says where`;
}

function readSpan(path: string, fromByte: number, toByte: number): string {
  const length = toByte - fromByte;
  if (length <= 0 || !existsSync(path)) return '';
  const file = openSync(path, 'r');
  try {
    const part = (at: number, bytes: number): string => {
      const buffer = Buffer.alloc(bytes);
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, bytes, at));
    };
    if (length <= SHOWN_BYTES) return part(fromByte, length);
    const half = SHOWN_BYTES / 2;
    const left = formatBytes(length - SHOWN_BYTES);
    return `${part(fromByte, half)}\n... ${left} in between stand in ${path} ...\n${part(toByte - half, half)}`;
  } finally {
    closeSync(file);
  }
}
