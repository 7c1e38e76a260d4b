import { at, fields, type Json, ownerOf, text } from '../model/json.ts';
import type { KubeConfigMap } from '../model/kubernetes.ts';
import { isPluginConfig, readPluginConfig } from './plugin-config.ts';

/** Keys of one ConfigMap that are looked at. */
const KEYS = 256;

/** A ConfigMap of the API server; undefined for what is none. Of its values only device plugin configurations are kept. */
export function readConfigMap(object: Json): KubeConfigMap | undefined {
  const metadata = at(object, 'metadata');
  const name = text(at(metadata, 'name'));
  if (name === '') return undefined;
  const data = Object.entries(fields(at(object, 'data'))).slice(0, KEYS);
  const owner = ownerOf(metadata);
  return {
    namespace: text(at(metadata, 'namespace')),
    name,
    keys: data.map(([key]) => key),
    configs: Object.fromEntries(
      data.flatMap(([key, value]) =>
        typeof value === 'string' && isPluginConfig(value) ? [[key, readPluginConfig(value)] as const] : [],
      ),
    ),
    ...(owner === undefined ? {} : { owner }),
  };
}
