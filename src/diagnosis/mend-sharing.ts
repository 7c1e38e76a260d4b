import type { Mend } from '../model/finding.ts';
import type { SharingConfig } from '../model/sharing-config.ts';
import type { Group, Symptom } from './rule.ts';

type Words = NonNullable<Symptom['words']>;

/** Fields of `time-slice` a rule may fill; `nodes` are those of the finding. */
type Filled = 'cluster' | 'nodes' | 'config' | 'replicas' | 'resource' | 'rename';

/** A wish to share as words of a symptom; none where `time-slice` cannot make it so. */
export function shareWords(
  cluster: string,
  config: Pick<SharingConfig, 'strategy' | 'resources'> | undefined,
  more: { readonly config?: string } = {},
): Words {
  if (config === undefined || config.strategy === 'mps' || config.resources.length > 1) return {};
  const [{ name, replicas } = { name: '', replicas: 1 }] = config.resources;
  return { cluster, replicas: String(replicas), ...(isUsual(name) ? {} : { resource: name }), ...more };
}

const isUsual = (resource: string): boolean => resource === '' || resource === 'nvidia.com/gpu';

/** The plan of `time-slice` in a symptom's words, these fields of it in their order; undefined where they hold none. */
export function shareAnew({ word, nodes }: Group, ...fields: readonly Filled[]): Mend | undefined {
  if (word('replicas') === '') return undefined;
  const texts = fields.flatMap((field): readonly (readonly [string, string])[] => {
    const text = field === 'nodes' ? nodes : word(field);
    return text === '' ? [] : [[field, text]];
  });
  return { action: 'time-slice', fields: Object.fromEntries(texts) };
}

/** The key that shares something, else the first one. */
export const firstShared = (configs: { readonly [key: string]: SharingConfig }): string | undefined =>
  Object.entries(configs).find(([, { resources }]) => resources.length > 0)?.[0] ?? Object.keys(configs)[0];

/** The words for the key `firstShared` finds; `more` where another one is meant. */
export function firstSharedWords(cluster: string, configs: { readonly [key: string]: SharingConfig }): Words {
  const config = firstShared(configs);
  return config === undefined ? {} : shareWords(cluster, configs[config], { config });
}
