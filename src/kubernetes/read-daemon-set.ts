import { at, elements, type Json, ownerOf, text, whole, words } from '../model/json.ts';
import type { KubeDaemonSet } from '../model/kubernetes.ts';

/**
 * A DaemonSet of the API server; undefined for what is none. A device plugin's config-manager container says in its environment which
 * configuration counts: `DEFAULT_CONFIG`, `FALLBACK_STRATEGIES`, and the ConfigMap of the volume it reads (k8s-device-plugin, cmd/config-manager).
 */
export function readDaemonSet(object: Json): KubeDaemonSet | undefined {
  const metadata = at(object, 'metadata');
  const name = text(at(metadata, 'name'));
  if (name === '') return undefined;
  const spec = at(object, 'spec', 'template', 'spec');
  const containers = [...elements(at(spec, 'containers')), ...elements(at(spec, 'initContainers'))];
  const environment = containers.flatMap((container) => elements(at(container, 'env')));
  const variable = (wanted: string): string | undefined =>
    words(
      at(
        environment.find((each) => at(each, 'name') === wanted),
        'value',
      ),
    );
  const manager = containers.find((container) => /config-manager/.test(text(at(container, 'name'))));
  const configMap = manager === undefined ? undefined : configMapOf(spec, manager);
  const defaultKey = variable('DEFAULT_CONFIG');
  const owner = ownerOf(metadata);
  const chart = words(at(metadata, 'labels', 'helm.sh/chart'));
  return {
    namespace: text(at(metadata, 'namespace')),
    name,
    isDevicePlugin: /device-plugin/.test(name) && !/sandbox|mps-control/.test(name),
    ...(configMap === undefined ? {} : { configMap }),
    ...(defaultKey === undefined ? {} : { defaultKey }),
    fallbacks: (variable('FALLBACK_STRATEGIES') ?? '').split(',').filter((word) => word !== ''),
    desired: whole(at(object, 'status', 'desiredNumberScheduled')),
    ready: whole(at(object, 'status', 'numberReady')),
    ...(owner === undefined ? {} : { owner }),
    ...(chart === undefined ? {} : { chart }),
  };
}

/** The ConfigMap behind the volume that the config-manager reads the available configurations from. */
function configMapOf(spec: Json, manager: Json): string | undefined {
  const mounted = new Set(elements(at(manager, 'volumeMounts')).map((mount) => at(mount, 'name')));
  const volumes = elements(at(spec, 'volumes')).filter(
    (volume) => mounted.has(at(volume, 'name')) && at(volume, 'configMap', 'name') !== undefined,
  );
  // The operator also mounts the entry point script as a ConfigMap.
  const config = volumes.find((volume) => !/entrypoint/.test(text(at(volume, 'name'))));
  return words(at(config, 'configMap', 'name'));
}
