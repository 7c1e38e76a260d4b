import { z } from 'zod';

const text = (error: string) => z.string({ error }).min(1, { error });

const cluster = z.strictObject({
  from: text('the name of a node')
    .optional()
    .describe('Node of the inventory that kubectl works on. Default: the machine muster runs on.'),
  context: text('a context of the kubeconfig')
    .optional()
    .describe('Context of the kubeconfig. Default: its current one.'),
  kubeconfig: text('a path')
    .optional()
    .describe(
      'Kubeconfig where kubectl runs; ~/ is the home there. Default: what kubectl takes. muster never reads it.',
    ),
  namespace: text('a namespace')
    .optional()
    .describe('Namespace of the NVIDIA device plugin. Default: that of its pods, else gpu-operator.'),
  git: z
    .strictObject({
      file: text('a path').describe(
        'File of your Git clone that declares how GPUs are shared: chart values, a kustomization with valuesInline, a HelmRelease or a ConfigMap.',
      ),
      from: text('the name of a node')
        .optional()
        .describe('Node of the inventory the clone lies on. Default: the machine muster runs on.'),
    })
    .optional()
    .describe('Where Git declares GPU sharing; compared with what the cluster has.'),
  talos: z
    .strictObject({
      config: text('a path')
        .optional()
        .describe(
          'Talosconfig where talosctl runs; ~/ is the home there. Default: what talosctl takes. muster never reads it.',
        ),
      context: text('a context of the talosconfig')
        .optional()
        .describe('Context of the talosconfig. Default: its current one.'),
    })
    .optional()
    .describe(
      'For nodes that run Talos: ask them through talosctl, too, which runs where kubectl does. talos: {} takes its own configuration.',
    ),
});

/** The clusters of one file, by name. */
export const clustersSchema = z
  .record(z.string(), cluster.nullable(), { error: 'a map of clusters, e.g. talos: { context: admin@talos }' })
  .optional()
  .describe('Kubernetes clusters, by name: where kubectl works for them. docs/kubernetes.md.');
