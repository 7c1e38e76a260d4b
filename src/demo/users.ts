import { chance } from './chance.ts';
import { type Job, jobOn, pidOn } from './jobs.ts';
import type { DemoProcess, NodeState } from './node-state.ts';
import { isUnder } from './transitions.ts';

/** Share of the jobs on cards that keep their data on the share open. */
const READERS = 0.3;

/** Who has something open at or below a path. */
export function usersBelow(node: NodeState, path: string, nowMs: number): readonly DemoProcess[] {
  return [...node.processes, ...readers(node, nowMs)].filter(({ directory }) => isUnder(directory, path));
}

/** The node after these processes were ended, with the jobs they belong to. */
export function endProcesses(node: NodeState, pids: ReadonlySet<number>, nowMs: number): NodeState {
  const ended = jobsNow(node, nowMs).filter(({ pid }) => pids.has(pid));
  return {
    ...node,
    processes: node.processes.filter(({ pid }) => !pids.has(pid)),
    endedJobs: [...node.endedJobs, ...ended.map(({ job }) => job.seed)].slice(-64),
  };
}

/** Jobs read their data from a share where it is mounted. */
function readers(node: NodeState, nowMs: number): readonly DemoProcess[] {
  if (!node.mounts.some(({ target, fsType }) => target === '/data' && fsType !== 'autofs')) return [];
  return jobsNow(node, nowMs)
    .filter(({ job }) => chance(job.seed, 6) < READERS)
    .map(({ job, pid }) => ({ pid, user: job.user, command: job.command, directory: `/data/${job.user}` }));
}

/** Each job once, with its process on the first of its cards. */
function jobsNow(node: NodeState, nowMs: number): readonly { readonly job: Job; readonly pid: number }[] {
  const found = new Map<number, { job: Job; pid: number }>();
  for (const { index } of node.gpus) {
    const job = jobOn(node, index, nowMs).now;
    if (job !== undefined && !found.has(job.seed)) found.set(job.seed, { job, pid: pidOn(job, index) });
  }
  return [...found.values()];
}
