import type { NodeName } from '../model/ids.ts';
import type { ClusterSpec } from '../model/kubernetes.ts';
import type { NodeScope } from '../model/node-set.ts';
import type { Piece, Report } from './piece.ts';

/** Kubernetes clusters over all files; a name may stand once, and `from` must be a node. */
export function buildClusters(pieces: readonly Piece[], scope: NodeScope, report: Report): readonly ClusterSpec[] {
  const clusters: ClusterSpec[] = [];
  for (const { source, data } of pieces) {
    const nodeOf = (said: string | undefined, at: readonly string[], which: string): NodeName | undefined => {
      const node = said === undefined ? undefined : nodeCalled(said, scope);
      if (said !== undefined && node === undefined)
        report.problem(
          source.problemAt(at, {
            message: `no node is called ${JSON.stringify(said)}`,
            expected: `the name of the node ${which}, or nothing for this machine`,
          }),
        );
      return node;
    };
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
      const from = nodeOf(entry?.from, [...path, 'from'], 'that kubectl works on');
      const gitFrom = nodeOf(entry?.git?.from, [...path, 'git', 'from'], 'the clone lies on');
      clusters.push({
        name,
        ...(from === undefined ? {} : { from }),
        ...(entry?.context === undefined ? {} : { context: entry.context }),
        ...(entry?.kubeconfig === undefined ? {} : { kubeconfig: entry.kubeconfig }),
        ...(entry?.namespace === undefined ? {} : { namespace: entry.namespace }),
        ...(entry?.git === undefined
          ? {}
          : { git: { file: entry.git.file, ...(gitFrom === undefined ? {} : { from: gitFrom }) } }),
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
