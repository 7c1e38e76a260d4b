import { judgeAll } from '../conditions/judge.ts';
import type { FleetView, Input, NodeView } from '../model/action.ts';
import type { PluginMap, PluginState, SeenSharing } from '../model/kube-sharing.ts';
import type { Step } from '../model/plan.ts';
import { editPluginText } from '../sharing/plugin-text.ts';
import { labelStep, type MapEdit, mapStep, policyStep, restartStep, verifyStep } from './kube-steps.ts';
import { type Refusal, refused } from './node-plans.ts';
import { sharingWarnings } from './time-slice-git.ts';
import { type CardNode, type ClusterPlace, gpuNodesOf, textIn, wishOf } from './time-slice-input.ts';
import { defaultKeyOf, keyOf, labelsFor, offersOf } from './time-slice-offers.ts';

/** Steps by what they are for; empty where it is so already. */
export interface DirectPlan {
  readonly kind: 'direct';
  readonly tell: readonly Step[];
  readonly restart: readonly Step[];
  readonly verify: readonly Step[];
}

/** The ConfigMap of a cluster that has none, as NVIDIA's guide calls it. */
const USUAL_MAP = 'time-slicing-config';

/** Shares GPUs without Git: a key of the ConfigMap, the nodes' label, the ClusterPolicy where it names no ConfigMap; refused where somebody owns them. */
export function planDirect(
  input: Input,
  fleet: FleetView,
  { way }: ClusterPlace,
  sharing: SeenSharing,
  { seen }: NodeView,
): DirectPlan | Refusal {
  const nodes = gpuNodesOf(input, fleet, sharing);
  if (nodes.kind === 'refused') return nodes;
  if (nodes.chosen.length === 0) return refused(`cluster ${way.cluster} has no GPU node`, 'see the view Sharing');
  const target = targetOf(sharing);
  if (target.kind === 'refused') return target;
  const { mapName, map, plugin, policy } = target;
  const { namespace } = sharing;
  const choice = choose(textIn(input, 'config'), nodes.all, nodes.chosen, defaultKeyOf(sharing), policy !== undefined);
  const { key, base } = choice;
  const before = map?.data[key];
  const edit = editPluginText(`${namespace}/${mapName} ${key}`, before ?? map?.data[base ?? ''], wishOf(input));
  if (edit.kind === 'refused') return edit;
  const isChanged = before === undefined || before.trimEnd() !== edit.text.trimEnd();
  const restart = restartStep(way, namespace, plugin, mapName);
  const after = { configMap: mapName, ...(choice.defaultKey === undefined ? {} : { defaultKey: choice.defaultKey }) };
  const change: MapEdit = {
    ...{ namespace, name: mapName, key, after: edit.text },
    ...(before === undefined ? {} : { before }),
    ...(map === undefined ? {} : { version: map.version }),
  };
  const labels = labelsFor(nodes.chosen, key, choice.defaultKey);
  const tell = [
    ...(isChanged ? [mapStep(way, change, [restartStep(way, namespace, plugin, undefined)])] : []),
    ...(policy === undefined ? [] : [policyStep(way, { ...policy, after })]),
    ...(labels.length === 0 ? [] : [labelStep(way, labels, key)]),
  ];
  const { offers, warnings } = offersOf(nodes.chosen, edit.text, wishOf(input).resource);
  const verify = offers.length === 0 ? [] : [verifyStep(way, offers)];
  const isDone = (step: Step): boolean => typeof step.done !== 'string' && judgeAll(step.done, seen).kind === 'holds';
  const needsRestart = isChanged || policy !== undefined || !isDone(restart);
  const said = [...sharingWarnings(wishOf(input)), ...warnings];
  if (tell.length === 0 && !needsRestart && verify.every(isDone))
    return { kind: 'direct', tell: [], restart: [], verify: [] };
  return {
    kind: 'direct',
    tell: tell.map((step, index) => (index === 0 ? { ...step, warnings: [...step.warnings, ...said] } : step)),
    restart: needsRestart ? [restart] : [],
    verify,
  };
}

interface Target {
  readonly kind: 'target';
  readonly mapName: string;
  readonly map: PluginMap | undefined;
  readonly plugin: PluginState;
  /** The ClusterPolicy to change, where it names no ConfigMap yet. */
  readonly policy: { readonly policy: string; readonly before: { readonly defaultKey?: string } } | undefined;
}

/** Which ConfigMap is to be changed, and whether that may be done by hand. */
function targetOf({ plugin, policy, maps, namespace, refused: unread }: SeenSharing): Target | Refusal {
  const because = unread.get('plugins') ?? unread.get('maps');
  if (because !== undefined) return refused(because, 'mend that, then plan again');
  if (plugin === undefined)
    return refused(
      `no device plugin runs in ${namespace}`,
      'install the GPU operator, or name its namespace in the inventory',
    );
  const mapName = plugin.configMap ?? policy?.configMap ?? USUAL_MAP;
  const map = maps.find(({ name }) => name === mapName);
  if (map?.owner !== undefined) return owned(`ConfigMap ${namespace}/${mapName}`, map.owner);
  if (plugin.configMap !== undefined || policy?.configMap !== undefined)
    return { kind: 'target', mapName, map, plugin, policy: undefined };
  if (policy === undefined)
    return refused(
      `DaemonSet ${namespace}/${plugin.name} reads no ConfigMap, and no operator is there to tell it one`,
      'set config.name in the values of its chart',
    );
  if (policy.owner !== undefined) return owned(`ClusterPolicy ${policy.name}`, policy.owner);
  const { name, defaultKey } = policy;
  return {
    kind: 'target',
    mapName,
    map,
    plugin,
    policy: { policy: name, before: defaultKey === undefined ? {} : { defaultKey } },
  };
}

/** What somebody else makes is not changed by hand: it would be undone, or stand in the way. */
function owned(what: string, owner: string): Refusal {
  const tryThis = owner.startsWith('Helm')
    ? 'change the values of that release (helm upgrade), or declare it in Git and name the file (files)'
    : 'change it in Git: name its files (files), or the file under clusters: in the inventory (git)';
  return refused(`${what} is made by ${owner}, which would undo a change by hand`, tryThis);
}

interface Choice {
  readonly key: string;
  /** The configuration to start from where the key is new. */
  readonly base: string | undefined;
  /** What nodes without a label take afterwards. */
  readonly defaultKey: string | undefined;
}

/** Under which key the configuration is to stand: that of the nodes where nobody else takes it, else one of its own. */
function choose(
  said: string,
  all: readonly CardNode[],
  chosen: readonly CardNode[],
  defaultKey: string | undefined,
  isNewMap: boolean,
): Choice {
  const keys = [...new Set(chosen.map((node) => keyOf(node, defaultKey)))];
  const [only] = keys;
  const isAll = all.length === chosen.length;
  const others = all.filter((node) => !chosen.includes(node));
  const isTheirs = keys.length === 1 && only !== undefined && !others.some((node) => keyOf(node, defaultKey) === only);
  const base = keys.length === 1 ? only : undefined;
  const key = said || (isTheirs && only !== undefined ? only : 'time-slicing');
  return { key, base, defaultKey: isNewMap && isAll && defaultKey === undefined ? key : defaultKey };
}
