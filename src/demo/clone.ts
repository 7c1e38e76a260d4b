import { createHash } from 'node:crypto';
import { fileAt, made, putFile } from './files.ts';
import type { DemoFile, NodeState } from './node-state.ts';

/** Where the demo's Git clone lies, on the first storage server. Its files are what the remote branch has. */
export const CLONE = '/srv/gitops';

const VALUES = `# GPU operator of the training cluster; Argo CD renders the chart with these values.
driver:
  enabled: false # the nodes bring their own

devicePlugin:
  config:
    create: true
    name: "time-slicing-config"
    default: "whole"
    data:
      # two pods share a card
      shared: |-
        version: v1
        sharing:
          timeSlicing:
            renameByDefault: true
            resources:
              - name: nvidia.com/gpu
                replicas: 2
      whole: |-
        version: v1

dcgmExporter:
  enabled: true
`;

/** A storage server with the clone on it. */
export function withClone(node: NodeState, atMs: number): NodeState {
  const path = `${CLONE}/infrastructure/gpu-operator`;
  const entries: readonly (readonly [string, DemoFile])[] = [
    ...[CLONE, `${CLONE}/infrastructure`, path].map((folder) => [folder, made('directory', '', atMs)] as const),
    [`${path}/values.yaml`, made('file', VALUES, atMs)],
  ];
  return entries.reduce((state, [at, file]) => putFile(state, at, file), node);
}

/** The commit id of the clone's branch: another one whenever a file is. */
export const tipOf = (node: NodeState): string =>
  createHash('sha1')
    .update(fileAt(node, `${CLONE}/infrastructure/gpu-operator/values.yaml`)?.text ?? '')
    .digest('hex');
