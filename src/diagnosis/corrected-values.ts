import type { SharingConfig } from '../model/sharing-config.ts';

/** What the templates of NVIDIA's charts take out of the values, for explanations. */
export const CHART_READS: readonly string[] = [
  'The gpu-operator chart passes on devicePlugin.config.name and .default and nothing else (templates/clusterpolicy.yaml).',
  'With create: true it makes the ConfigMap out of devicePlugin.config.data, one configuration a key (templates/plugin_config.yaml).',
  'The default must be one of these keys; the node label nvidia.com/device-plugin.config=KEY wins over it.',
];

/** The values as the chart reads them: a ConfigMap of its own under `data`, and a default that is its key. */
export function correctedValues(
  config: SharingConfig,
  name: string | undefined,
  defaultKey: string | undefined,
): string {
  // A number for a default is the usual mistake; the word is the one time-slice takes, so that text and plan are one.
  const key = defaultKey === undefined || /^\d*$/.test(defaultKey) ? 'time-slicing' : defaultKey;
  return [
    'devicePlugin:',
    '  config:',
    '    create: true',
    `    name: ${name ?? 'time-slicing-config'}`,
    `    default: ${key}`,
    '    data:',
    `      ${key}: |-`,
    ...pluginConfigLines(config).map((line) => `        ${line}`),
  ].join('\n');
}

/** A configuration of the device plugin as YAML, line by line. */
export function pluginConfigLines({
  strategy,
  resources,
  renameByDefault,
  failRequestsGreaterThanOne,
}: SharingConfig): readonly string[] {
  if (resources.length === 0) return ['version: v1'];
  return [
    'version: v1',
    'sharing:',
    `  ${strategy === 'mps' ? 'mps' : 'timeSlicing'}:`,
    ...(renameByDefault ? ['    renameByDefault: true'] : []),
    ...(failRequestsGreaterThanOne ? ['    failRequestsGreaterThanOne: true'] : []),
    '    resources:',
    ...resources.flatMap(({ name, replicas }) => [`      - name: ${name}`, `        replicas: ${replicas}`]),
  ];
}
