import type { Gpu, GpuProcess } from '../../model/facts.ts';
import type { Finding } from '../../model/finding.ts';
import type { NodeName } from '../../model/ids.ts';
import type { Link } from '../../model/link.ts';
import { goodValueOf as lastKnown, type Slot } from '../../model/observation.ts';
import type { State } from '../state.ts';
import { aboutThing, findingsOf, rowsByNode } from './by-node.ts';

/** One process that holds memory of one GPU. */
export interface ProcessRow {
  /** `gpu01:gpu3:4711`. */
  readonly id: string;
  readonly node: NodeName;
  /** Undefined when the driver names a card that it does not list. */
  readonly gpuIndex: number | undefined;
  readonly holder: GpuProcess;
  readonly link: Link | undefined;
  readonly findings: readonly Finding[];
}

interface ProcessInput {
  readonly node: NodeName;
  readonly gpus: Slot<readonly Gpu[]> | undefined;
  readonly processes: Slot<readonly GpuProcess[]> | undefined;
  readonly link: Link | undefined;
  readonly findings: readonly Finding[];
}

/** GPU processes of all nodes; a process on two cards has two rows. */
export const selectProcessRows = rowsByNode(
  (state: State, { name }): ProcessInput => ({
    node: name,
    gpus: state.nodes.get(name)?.slots.gpus,
    processes: state.nodes.get(name)?.slots.gpuProcesses,
    link: state.links.get(name),
    findings: findingsOf(state, name),
  }),
  ({ node, gpus, processes, link, findings }): readonly ProcessRow[] => {
    const indexOf = new Map((lastKnown(gpus) ?? []).map(({ uuid, index }) => [uuid, index]));
    return (lastKnown(processes) ?? []).map((holder) => {
      const gpuIndex = indexOf.get(holder.gpuUuid);
      const about = gpuIndex === undefined ? holder.gpuUuid : `gpu${gpuIndex}`;
      return {
        id: `${node}:${about}:${holder.pid}`,
        node,
        gpuIndex,
        holder,
        link,
        findings: aboutThing(findings, node, (thing) => thing === about),
      };
    });
  },
).all;
