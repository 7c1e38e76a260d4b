import { at, elements, type Json, ownerOf, text, whole, words } from '../model/json.ts';
import type { PluginState } from '../model/kube-sharing.ts';
import type { Resources } from '../model/kubernetes.ts';

/** The Application of Argo CD that tracks an object: `name`, or `namespace/name` where it says so (argo-cd.readthedocs.io, resource tracking). */
export function applicationOf(metadata: Json): string | undefined {
  const tracking = text(at(metadata, 'annotations', 'argocd.argoproj.io/tracking-id')).split(':')[0];
  const name = tracking || text(at(metadata, 'labels', 'argocd.argoproj.io/instance'));
  return name ? name.replace('_', '/') : undefined;
}

/** The DaemonSet of a device plugin without its pods; undefined for what is none. */
export function pluginOf(object: Json): Omit<PluginState, 'pods'> | undefined {
  const metadata = at(object, 'metadata');
  const name = text(at(metadata, 'name'));
  if (!/device-plugin/.test(name) || /sandbox|mps-control/.test(name)) return undefined;
  const spec = at(object, 'spec', 'template', 'spec');
  const containers = [...elements(at(spec, 'containers')), ...elements(at(spec, 'initContainers'))];
  const env = containers.flatMap((container) => elements(at(container, 'env')));
  const manager = containers.find((container) => /config-manager/.test(text(at(container, 'name'))));
  const configMap = manager === undefined ? undefined : configMapOf(spec, manager);
  const fallback = env.find((each) => at(each, 'name') === 'DEFAULT_CONFIG');
  const defaultKey = words(at(fallback, 'value'));
  const unsettled = whyUnsettled(object);
  const owner = ownerOf(metadata);
  const chart = words(at(metadata, 'labels', 'helm.sh/chart'));
  return {
    name,
    ...(configMap === undefined ? {} : { configMap }),
    ...(defaultKey === undefined ? {} : { defaultKey }),
    strategy: text(at(object, 'spec', 'updateStrategy', 'type')) || 'RollingUpdate',
    ...(unsettled === undefined ? {} : { unsettled }),
    ...(owner === undefined ? {} : { owner }),
    ...(chart === undefined ? {} : { chart }),
  };
}

/** The ConfigMap that the config-manager reads; the operator mounts its entry point as one, too. */
function configMapOf(spec: Json, manager: Json): string | undefined {
  const mounted = new Set(elements(at(manager, 'volumeMounts')).map((mount) => at(mount, 'name')));
  const volume = elements(at(spec, 'volumes')).find(
    (each) =>
      mounted.has(at(each, 'name')) &&
      at(each, 'configMap', 'name') !== undefined &&
      !/entrypoint/.test(text(at(each, 'name'))),
  );
  return words(at(volume, 'configMap', 'name'));
}

function whyUnsettled(object: Json): string | undefined {
  const status = at(object, 'status');
  const wanted = whole(at(status, 'desiredNumberScheduled'));
  const generation = whole(at(object, 'metadata', 'generation'));
  if (whole(at(status, 'observedGeneration')) < generation) return 'its change was not begun yet';
  const updated = whole(at(status, 'updatedNumberScheduled'));
  if (updated < wanted) return `${updated} of ${wanted} pods are of its last change`;
  const ready = whole(at(status, 'numberReady'));
  return ready < wanted ? `${ready} of ${wanted} pods are ready` : undefined;
}

/** `nvidia.com/gpu=8 cpu=32`: amounts of what has a slash in its name. */
export function resourcesOf(pairs: string): Resources {
  const found = pairs.split(' ').flatMap((pair): (readonly [string, number])[] => {
    const [name = '', amount = ''] = pair.split('=');
    return name.includes('/') ? [[name.slice(0, 200), whole(amount)]] : [];
  });
  return Object.fromEntries(found.slice(0, 64));
}
