import type { Observed } from '../model/check.ts';
import type { ConditionRules, Verdict } from '../model/condition.ts';
import { applicationTarget, type KubeWay, type SeenSharing, sharingTarget } from '../model/kube-sharing.ts';
import { fails, HOLDS, look, onCheck, unless } from './verdicts.ts';

const needs = (way: KubeWay) => [look('kubeSharing', sharingTarget(way))];

/** Judges what the cluster has; where it cannot be asked, nothing is known. */
const onSharing = (seen: Observed, way: KubeWay, judge: (sharing: SeenSharing) => Verdict): Verdict =>
  onCheck(seen, 'kubeSharing', sharingTarget(way), (sharing) =>
    sharing.kind === 'none'
      ? { kind: 'unknown', because: `cluster ${way.cluster}: ${sharing.because}` }
      : judge(sharing),
  );

/** Nodes told at most in one sentence. */
const TOLD = 4;

const listed = (all: readonly string[]): string =>
  all.length <= TOLD ? all.join(', ') : `${all.slice(0, TOLD).join(', ')} and ${all.length - TOLD} more`;

/** What is asked of a cluster through kubectl. */
export const kubeRules = {
  'kube-map': {
    needs: ({ way }) => needs(way),
    judge: ({ way, map, key, sha256 }, seen) =>
      onSharing(seen, way, ({ maps, namespace, refused }) => {
        const because = refused.get('maps');
        if (because !== undefined) return { kind: 'unknown', because };
        const found = maps.filter(({ name }) => map === undefined || name === map);
        const where = map === undefined ? `no ConfigMap in ${namespace}` : `ConfigMap ${namespace}/${map}`;
        if (sha256 === undefined)
          return unless(found.some(({ data }) => Object.hasOwn(data, key)) ? `${where} has the key ${key}` : undefined);
        if (found.some(({ sums }) => sums[key] === sha256)) return HOLDS;
        if (found.length === 0) return fails(`there is no ConfigMap ${namespace}/${map}`);
        if (map === undefined) return fails(`${where} has this text under the key ${key}`);
        const has = found.some(({ data }) => Object.hasOwn(data, key));
        return fails(has ? `${where} has another text under the key ${key}` : `${where} has no key ${key}`);
      }),
    words: ({ way, map, key, sha256 }) =>
      `cluster ${way.cluster}: ${map === undefined ? 'a ConfigMap' : `ConfigMap ${map}`} has ${
        sha256 === undefined ? `no key ${key}` : `the key ${key} as shown (${sha256.slice(0, 12)})`
      }`,
  },
  'kube-policy': {
    needs: ({ way }) => needs(way),
    judge: ({ way, policy, configMap, defaultKey }, seen) =>
      onSharing(seen, way, (sharing) => {
        const found = sharing.policy;
        if (found === undefined || found.name !== policy) return fails(`there is no ClusterPolicy ${policy}`);
        const is = `${found.configMap ?? 'none'}, default ${found.defaultKey ?? 'none'}`;
        const isSo = found.configMap === configMap && found.defaultKey === defaultKey;
        return unless(isSo ? undefined : `ClusterPolicy ${policy} names ConfigMap ${is}`);
      }),
    words: ({ way, policy, configMap, defaultKey }) =>
      `cluster ${way.cluster}: ClusterPolicy ${policy} names ConfigMap ${configMap ?? 'none'}, default ${defaultKey ?? 'none'}`,
  },
  'kube-labels': {
    needs: ({ way }) => needs(way),
    judge: ({ way, labels }, seen) =>
      onSharing(seen, way, ({ nodes }) => {
        const wrong = labels.flatMap(({ node, value }) => {
          const found = nodes.find(({ name }) => name === node);
          if (found === undefined) return [`${node} is not there`];
          return found.label === value ? [] : [`${node} has ${found.label ?? 'none'}`];
        });
        return unless(wrong.length === 0 ? undefined : `label nvidia.com/device-plugin.config: ${listed(wrong)}`);
      }),
    words: ({ way, labels }) =>
      `cluster ${way.cluster}: label nvidia.com/device-plugin.config of ${listed(labels.map(({ node, value }) => `${node} is ${value ?? 'none'}`))}`,
  },
  'kube-fresh': {
    needs: ({ way }) => needs(way),
    judge: ({ way, map }, seen) => onSharing(seen, way, (sharing) => freshness(sharing, map)),
    words: ({ way, map }) =>
      `cluster ${way.cluster}: every pod of the device plugin is ready and began after ${map === undefined ? 'its configuration' : `ConfigMap ${map}`} changed`,
  },
  'kube-offers': {
    needs: ({ way }) => needs(way),
    judge: ({ way, offers }, seen) =>
      onSharing(seen, way, ({ nodes }) => {
        const wrong = offers.flatMap(({ node, resource, amount }) => {
          const found = nodes.find(({ name }) => name === node);
          if (found === undefined) return [`${node} is not there`];
          const now = found.allocatable[resource] ?? 0;
          return now === amount ? [] : [`${node} offers ${now} ${resource} instead of ${amount}`];
        });
        return unless(wrong.length === 0 ? undefined : listed(wrong));
      }),
    words: ({ way, offers }) =>
      `cluster ${way.cluster}: ${listed(offers.map(({ node, resource, amount }) => `${node} offers ${amount} ${resource}`))}`,
  },
  'kube-synced': {
    needs: ({ way, application }) => [look('kubeApplication', applicationTarget(way, application))],
    judge: ({ way, application }, seen) =>
      onCheck(seen, 'kubeApplication', applicationTarget(way, application), (state) => {
        const name = `Application ${application.namespace}/${application.name}`;
        if (state.kind === 'none') return { kind: 'unknown', because: `${name}: ${state.because}` };
        const revision = state.revision.slice(0, 10) || 'no revision';
        if (state.isAtPush === false) return fails(`${name} is at ${revision}, not at what was pushed`);
        if (state.sync !== 'Synced') return fails(`${name} is ${state.sync || 'not compared yet'} at ${revision}`);
        return unless(
          state.health === 'Healthy' ? undefined : `${name} is synced and ${state.health || 'of unknown health'}`,
        );
      }),
    words: ({ application }) =>
      `Argo CD's Application ${application.namespace}/${application.name} is synced and healthy${application.clone === undefined ? '' : ' at what was pushed'}`,
  },
} satisfies Pick<
  ConditionRules,
  'kube-map' | 'kube-policy' | 'kube-labels' | 'kube-fresh' | 'kube-offers' | 'kube-synced'
>;

/** Whether every pod of the device plugin began after the configuration changed: an edit takes effect when it starts. */
function freshness({ plugin, maps, refused }: SeenSharing, map: string | undefined): Verdict {
  if (plugin === undefined) {
    const because = refused.get('plugins');
    return because === undefined ? fails('there is no device plugin') : { kind: 'unknown', because };
  }
  const name = map ?? plugin.configMap;
  if (map !== undefined && plugin.configMap !== map)
    return fails(
      `DaemonSet ${plugin.name} reads ${plugin.configMap === undefined ? 'no ConfigMap' : `ConfigMap ${plugin.configMap}`}`,
    );
  if (plugin.unsettled !== undefined) return fails(`DaemonSet ${plugin.name}: ${plugin.unsettled}`);
  const changedMs = maps.find((one) => one.name === name)?.changedMs ?? 0;
  const old = plugin.pods.filter(({ createdMs }) => createdMs < changedMs);
  if (old.length > 0) return fails(`older than the change of ConfigMap ${name}: ${listed(old.map((pod) => pod.name))}`);
  const sick = plugin.pods.filter(({ isReady }) => !isReady);
  return unless(sick.length === 0 ? undefined : `not ready: ${listed(sick.map((pod) => pod.name))}`);
}
