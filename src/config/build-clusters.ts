import type { NodeName } from '../model/ids.ts';
import type { ClusterSpec } from '../model/kubernetes.ts';
import type { NodeScope } from '../model/node-set.ts';
import type { Piece, Report } from './piece.ts';

/** Kubernetes clusters over all files; a name may stand once, and `from` must be a node. */
export function buildClusters(pieces: readonly Piece[], scope: NodeScope, report: Report): readonly ClusterSpec[] {
  const clusters: ClusterSpec[] = [];
  for (const { source, data } of pieces) {
    for (const [name, entry] of Object.entries(data.clusters ?? {})) {
      const path = ['clusters', name];
      if (clusters.some((known) => known.name === name))
        report.problem(
          source.problemAt(path, {
            message: `a second cluster ${JSON.stringify(name)}`,
            at: 'key',
            expected: 'a name of its own for each',
          }),
        );
      const from = entry?.from === undefined ? undefined : nodeCalled(entry.from, scope);
      if (entry?.from !== undefined && from === undefined)
        report.problem(
          source.problemAt([...path, 'from'], {
            message: `no node is called ${JSON.stringify(entry.from)}`,
            expected: 'the name of the node that kubectl works on, or nothing for this machine',
          }),
        );
      clusters.push({
        name,
        ...(from === undefined ? {} : { from }),
        ...(entry?.context === undefined ? {} : { context: entry.context }),
        ...(entry?.kubeconfig === undefined ? {} : { kubeconfig: entry.kubeconfig }),
        ...(entry?.namespace === undefined ? {} : { namespace: entry.namespace }),
        ...(entry?.git === undefined ? {} : { git: entry.git }),
        ...(entry?.talos === undefined ? {} : { talos: given(entry.talos) }),
      });
    }
  }
  return clusters;
}

const nodeCalled = (name: string, { nodes }: NodeScope): NodeName | undefined =>
  nodes.find((node) => node.name === name)?.name;

const given = ({ config, context }: { config?: string | undefined; context?: string | undefined }) => ({
  ...(config === undefined ? {} : { config }),
  ...(context === undefined ? {} : { context }),
});
