import { readGpu } from '../gpu-reading.ts';
import { pidOn } from '../jobs.ts';
import type { DemoGpu, NodeState } from '../node-state.ts';

/** A process with a card open. */
export interface CardUser {
  readonly pid: number;
  readonly user: string;
  readonly command: string;
  readonly gpuIndex: number;
  readonly container?: string;
}

/** Everything that has cards of a node open: the jobs, and what else does. */
export function cardUsers(node: NodeState, nowMs: number): readonly CardUser[] {
  const jobs = node.gpus.flatMap((gpu): readonly CardUser[] => {
    const { job } = readGpu(node, gpu, nowMs);
    if (job === undefined || gpu.isLost) return [];
    const { user, command, container } = job;
    return [
      {
        pid: pidOn(job, gpu.index),
        user,
        command,
        gpuIndex: gpu.index,
        ...(container === undefined ? {} : { container }),
      },
    ];
  });
  return [...jobs, ...node.stack.holders];
}

/** Whether anything has the card open. */
export const isInUse = (node: NodeState, gpu: DemoGpu, nowMs: number): boolean =>
  cardUsers(node, nowMs).some(({ gpuIndex }) => gpuIndex === gpu.index);
