import { at, type Json, ownerOf, text, words } from '../model/json.ts';
import type { KubePolicy } from '../model/kubernetes.ts';

/** A ClusterPolicy of the NVIDIA GPU operator; undefined for what is none. */
export function readPolicy(object: Json): KubePolicy | undefined {
  const name = text(at(object, 'metadata', 'name'));
  if (name === '') return undefined;
  const plugin = at(object, 'spec', 'devicePlugin');
  const state = words(at(object, 'status', 'state'));
  const configMap = words(at(plugin, 'config', 'name'));
  const defaultKey = words(at(plugin, 'config', 'default'));
  const owner = ownerOf(at(object, 'metadata'));
  const chart = words(at(object, 'metadata', 'labels', 'helm.sh/chart'));
  return {
    name,
    ...(state === undefined ? {} : { state }),
    isPluginEnabled: at(plugin, 'enabled') !== false,
    ...(configMap === undefined ? {} : { configMap }),
    ...(defaultKey === undefined ? {} : { defaultKey }),
    ...(owner === undefined ? {} : { owner }),
    ...(chart === undefined ? {} : { chart }),
  };
}
