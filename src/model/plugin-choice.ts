import type { Cluster, KubeConfigMap, KubeNode, KubeTable } from './kubernetes.ts';
import type { SharingConfig } from './sharing-config.ts';

/** The label by which a node chooses a configuration. */
export const CONFIG_LABEL = 'nvidia.com/device-plugin.config';

/** What the device plugin of a cluster is told: which ConfigMap, which key by default. */
export interface PluginSource {
  /** `DaemonSet gpu-operator/nvidia-device-plugin-daemonset`, `ClusterPolicy cluster-policy`. */
  readonly from: string;
  readonly namespace: string | undefined;
  readonly configMap: string | undefined;
  readonly defaultKey: string | undefined;
  readonly fallbacks: readonly string[];
  readonly owner: string | undefined;
}

/** The configuration one node ends up with, and why. */
export type PluginChoice =
  /** Nothing is known yet, or may not be read. */
  | { readonly kind: 'unknown'; readonly because: string }
  /** No device plugin at all. */
  | { readonly kind: 'no-plugin'; readonly because: string }
  /** The plugin runs without a configuration of its own: whole cards. */
  | { readonly kind: 'plain'; readonly because: string }
  | { readonly kind: 'broken'; readonly because: string; readonly lint: ChoiceLint; readonly map?: KubeConfigMap }
  | {
      readonly kind: 'chosen';
      readonly key: string;
      readonly by: 'label' | 'default' | 'fallback';
      readonly map: KubeConfigMap;
      readonly config: SharingConfig;
    };

/** Which mistake it is. */
export type ChoiceLint = 'no-map' | 'default-no-key' | 'label-no-key' | 'no-config';

const sources = new WeakMap<Cluster['tables'], PluginSource | { readonly none: true }>();

/** The device plugin as it runs, else as the operator is told to run it; undefined where there is neither. */
export function pluginSourceOf({ tables }: Cluster): PluginSource | undefined {
  const before = sources.get(tables);
  const made = before ?? findSource(tables) ?? { none: true };
  if (before === undefined) sources.set(tables, made);
  return 'none' in made ? undefined : made;
}

function findSource({ daemonSets, policies }: Cluster['tables']): PluginSource | undefined {
  const [policy] = policies.items.values();
  const plugins = [...daemonSets.items.values()].filter(({ isDevicePlugin }) => isDevicePlugin);
  const plugin = plugins.find(({ configMap }) => configMap !== undefined) ?? plugins[0];
  if (plugin !== undefined) {
    return {
      from: `DaemonSet ${plugin.namespace}/${plugin.name}`,
      namespace: plugin.namespace,
      configMap: plugin.configMap ?? policy?.configMap,
      defaultKey: plugin.defaultKey ?? policy?.defaultKey,
      fallbacks: plugin.fallbacks,
      owner: plugin.owner ?? policy?.owner,
    };
  }
  if (policy === undefined || !policy.isPluginEnabled) return undefined;
  return {
    from: `ClusterPolicy ${policy.name}`,
    namespace: undefined,
    configMap: policy.configMap,
    defaultKey: policy.defaultKey,
    fallbacks: ['empty'],
    owner: policy.owner,
  };
}

/** The configuration a node takes, in the order config-manager decides: its label, the default, the fallbacks. */
export function choiceFor(cluster: Cluster, node: Pick<KubeNode, 'labels'>): PluginChoice {
  const { daemonSets, policies, configMaps } = cluster.tables;
  const source = pluginSourceOf(cluster);
  if (source === undefined) {
    const because = unread(daemonSets) ?? unread(policies);
    return because === undefined
      ? { kind: 'no-plugin', because: 'no device plugin: neither a DaemonSet of one nor a ClusterPolicy is there' }
      : { kind: 'unknown', because };
  }
  if (source.configMap === undefined)
    return { kind: 'plain', because: `${source.from} names no ConfigMap, so every card is given whole` };
  const map = [...configMaps.items.values()].find(
    ({ namespace, name }) => name === source.configMap && (source.namespace ?? namespace) === namespace,
  );
  if (map === undefined) {
    const because = unread(configMaps);
    if (because !== undefined) return { kind: 'unknown', because };
    return {
      kind: 'broken',
      lint: 'no-map',
      because: `ConfigMap ${source.configMap} is not in the namespace of the device plugin`,
    };
  }
  return choiceIn(map, source, node.labels[CONFIG_LABEL]);
}

function choiceIn(map: KubeConfigMap, source: PluginSource, label: string | undefined): PluginChoice {
  const keys = map.keys.length === 0 ? 'it has none' : `it has ${map.keys.slice(0, 6).join(', ')}`;
  if (label !== undefined && label !== '') {
    return map.keys.includes(label)
      ? chosen(map, label, 'label')
      : {
          kind: 'broken',
          lint: 'label-no-key',
          map,
          because: `the label ${CONFIG_LABEL}=${label} names no key of ConfigMap ${map.name}: ${keys}`,
        };
  }
  if (source.defaultKey !== undefined) {
    return map.keys.includes(source.defaultKey)
      ? chosen(map, source.defaultKey, 'default')
      : {
          kind: 'broken',
          lint: 'default-no-key',
          map,
          because: `the default "${source.defaultKey}" is no key of ConfigMap ${map.name}: ${keys}`,
        };
  }
  const [only] = map.keys;
  if (source.fallbacks.includes('named') && map.keys.includes('default')) return chosen(map, 'default', 'fallback');
  if (source.fallbacks.includes('single') && map.keys.length === 1 && only !== undefined)
    return chosen(map, only, 'fallback');
  const because = `neither a label ${CONFIG_LABEL} nor a default names a key of ConfigMap ${map.name}, so nothing is shared`;
  return { kind: 'broken', lint: 'no-config', map, because };
}

function chosen(map: KubeConfigMap, key: string, by: 'label' | 'default' | 'fallback'): PluginChoice {
  const config = map.configs[key];
  if (config === undefined)
    return {
      kind: 'broken',
      lint: 'no-config',
      map,
      because: `key ${key} of ConfigMap ${map.name} is no configuration of the device plugin`,
    };
  return { kind: 'chosen', key, by, map, config };
}

/** Why a table proves nothing by being empty; undefined where it was read. */
export function unread({ state }: KubeTable<unknown>): string | undefined {
  if (state.kind === 'asking') return 'not answered yet';
  return state.kind === 'trouble' ? state.because : undefined;
}
