import { createHash } from 'node:crypto';
import { fileAt, made, putFile } from './files.ts';
import type { DemoFile, NodeState } from './node-state.ts';

/** Where the demo's Git clone lies, on the first storage server. Its files are what the remote branch has. */
export const CLONE = '/srv/gitops';

/** The server it lies on, which Argo CD syncs from. */
export const CLONE_NODE = 'nfs-a';

/** The values of the operator's chart in it. */
export const VALUES_FILE = `${CLONE}/infrastructure/gpu-operator/values.yaml`;

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
    [VALUES_FILE, made('file', VALUES, atMs)],
  ];
  return entries.reduce((state, [at, file]) => putFile(state, at, file), node);
}

/** The commit id of the clone's branch: another one whenever a file is. */
export const tipOf = (node: NodeState): string =>
  createHash('sha1')
    .update(fileAt(node, VALUES_FILE)?.text ?? '')
    .digest('hex');

/** What somebody adds who takes `devicePlugin.config` for the device plugin's own configuration: no template of the chart reads it. */
const DROPPED = `    sharing: # four pods a card
      timeSlicing:
        resources:
          - name: nvidia.com/gpu
            replicas: 4
`;
const BEFORE = '    data:\n';

/** The clone with a sharing block in a place that has no effect, or without it. */
export function withDropped(node: NodeState, isThere: boolean, atMs: number): NodeState {
  const text = fileAt(node, VALUES_FILE)?.text ?? '';
  const clean = text.replace(DROPPED, '');
  const wished = isThere ? clean.replace(BEFORE, DROPPED + BEFORE) : clean;
  return wished === text ? node : putFile(node, VALUES_FILE, made('file', wished, atMs));
}
