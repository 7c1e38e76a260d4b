import type { Condition } from '../model/condition.ts';
import { type ApplicationWish, applicationTarget, type KubeWay, type PluginState } from '../model/kube-sharing.ts';
import type { Step } from '../model/plan.ts';
import { sha256 } from '../storage/managed.ts';
import { kubeRun } from './kube-run.ts';
import { AWAIT, LABEL, MAP, POLICY, RESTART, SYNC, VERIFY } from './kube-scripts.ts';

/** One request, with what kubectl may need to find the API server. */
const REQUEST_MS = 60_000;
/** The API server drains a node's device plugin and starts it anew within seconds; images may have to be pulled. */
const RESTART_SEC = 300;
/** Registration follows the start at once; feature discovery takes a minute. */
const VERIFY_SEC = 180;

/** Blanks at its end say nothing: charts add and take them. */
export const sumOf = (text: string): string => sha256(text.trimEnd());

/** A script of `kube-scripts.ts` under its name, with the way to the cluster. */
const script = (name: string, sh: string, way: KubeWay, ...rest: readonly string[]) =>
  kubeRun(sh, `muster-kube-${name}`, way, ...rest);

/** Everything that is the same for all of them: kubectl runs as the user who logs in, whose credentials they are. */
const base = { as: 'login-user', timeoutMs: REQUEST_MS, warnings: [] } as const;

/** One key of a ConfigMap, before and after; `before` undefined: there is no such key, `version` undefined: no such ConfigMap. */
export interface MapEdit {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  readonly before?: string;
  readonly after: string;
  readonly version?: string;
}

/** Puts a text under a key of a ConfigMap; nobody else's change is overwritten. Its undo puts the old text back and starts the device plugin with it. */
export function mapStep(way: KubeWay, edit: MapEdit, restart: readonly Step[]): Step {
  const { namespace, name, key, before, after, version } = edit;
  const held = (text: string | undefined): Condition => ({
    kind: 'kube-map',
    way,
    map: name,
    key,
    ...(text === undefined ? {} : { sha256: sumOf(text) }),
  });
  const full = `${namespace}/${name}`;
  const body =
    version === undefined
      ? { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { [key]: after } }
      : { metadata: { resourceVersion: version }, data: { [key]: after } };
  const verb = version === undefined ? 'create' : 'patch';
  const back = version === undefined ? 'delete' : 'patch';
  const undo: Step = {
    ...base,
    title: version === undefined ? `delete ConfigMap ${full}` : `put ${key} of ConfigMap ${full} back`,
    run: {
      ...script('map', MAP, way, namespace, name, back),
      stdin: JSON.stringify({ data: { [key]: before ?? null } }),
    },
    risk: 'changes',
    guard: [held(after)],
    done: [held(before)],
    preview: [
      { kind: 'file', path: `${full} ${key}`, before: after, ...(before === undefined ? {} : { after: before }) },
    ],
    undo: { never: 'undoing an undo is a plan of its own' },
  };
  return {
    ...base,
    title: version === undefined ? `make ConfigMap ${full} with ${key}` : `change ${key} of ConfigMap ${full}`,
    run: { ...script('map', MAP, way, namespace, name, verb), stdin: JSON.stringify(body) },
    risk: 'changes',
    guard: [held(before)],
    done: [held(after)],
    preview: [{ kind: 'file', path: `${full} ${key}`, ...(before === undefined ? {} : { before }), after }],
    undo: [undo, ...restart],
  };
}

/** Which ConfigMap and which default the operator's ClusterPolicy names. */
export interface PolicyEdit {
  readonly policy: string;
  readonly before: { readonly configMap?: string; readonly defaultKey?: string };
  readonly after: { readonly configMap?: string; readonly defaultKey?: string };
}

/** Makes the ClusterPolicy name a ConfigMap; the operator then changes the device plugin's DaemonSet, which starts it anew. */
export function policyStep(way: KubeWay, { policy, before, after }: PolicyEdit): Step {
  const told = ({ configMap, defaultKey }: PolicyEdit['after']): string =>
    `ConfigMap ${configMap ?? 'none'}, default ${defaultKey ?? 'none'}`;
  const to = (
    { configMap, defaultKey }: PolicyEdit['after'],
    was: PolicyEdit['after'],
  ): Omit<Step, 'undo' | 'risk' | 'guard'> & { readonly risk: 'changes'; readonly guard: readonly Condition[] } => ({
    ...base,
    title: `let ClusterPolicy ${policy} name ${told({ ...(configMap === undefined ? {} : { configMap }), ...(defaultKey === undefined ? {} : { defaultKey }) })}`,
    run: {
      ...script('policy', POLICY, way, policy),
      stdin: JSON.stringify({
        spec: { devicePlugin: { config: { name: configMap ?? null, default: defaultKey ?? null } } },
      }),
    },
    risk: 'changes',
    guard: [{ kind: 'kube-policy', way, policy, ...was }],
    done: [
      {
        kind: 'kube-policy',
        way,
        policy,
        ...(configMap === undefined ? {} : { configMap }),
        ...(defaultKey === undefined ? {} : { defaultKey }),
      },
    ],
    preview: [
      {
        kind: 'state',
        now: told(was),
        after: told({
          ...(configMap === undefined ? {} : { configMap }),
          ...(defaultKey === undefined ? {} : { defaultKey }),
        }),
      },
    ],
  });
  return {
    ...to(after, before),
    undo: [{ ...to(before, after), undo: { never: 'undoing an undo is a plan of its own' } }],
  };
}

/** A node with its label `nvidia.com/device-plugin.config`; undefined: none. */
export interface LabelState {
  readonly node: string;
  readonly value?: string;
}

/** Labels nodes; the config-manager beside the device plugin takes a changed label by itself. */
export function labelStep(way: KubeWay, before: readonly LabelState[], value: string): Step {
  const names = before.map(({ node }) => node);
  const after = names.map((node): LabelState => ({ node, value }));
  const values = [...new Set(before.map((one) => one.value))];
  const undo = values.map((old): Step => {
    const own = before.filter((one) => one.value === old);
    return labelling(
      way,
      own.map(({ node }): LabelState => ({ node, value })),
      own,
      old ?? '',
      {
        never: 'undoing an undo is a plan of its own',
      },
    );
  });
  return labelling(way, before, after, value, undo);
}

function labelling(
  way: KubeWay,
  before: readonly LabelState[],
  after: readonly LabelState[],
  value: string,
  undo: Step['undo'],
): Step {
  const names = after.map(({ node }) => node);
  const words = (all: readonly LabelState[]): string =>
    [...new Set(all.map((one) => one.value ?? 'no label'))].join(', ');
  return {
    ...base,
    title: `${value === '' ? 'take the label of the configuration from' : `label with the configuration ${value}`} ${names.length === 1 ? names[0] : `${names.length} nodes`}`,
    run: script('label', LABEL, way, value, ...names),
    risk: 'changes',
    guard: [{ kind: 'kube-labels', way, labels: before }],
    done: [{ kind: 'kube-labels', way, labels: after }],
    preview: [{ kind: 'state', now: `${names.join(', ')}: ${words(before)}`, after: words(after) }],
    undo,
  };
}

/** How long Argo CD is waited for, and what is done where it syncs by hand. */
export interface SyncWish {
  readonly application: ApplicationWish;
  readonly minutes: number;
  readonly start: boolean;
  /** What the cluster has once it is synced. */
  readonly then: readonly Condition[];
  readonly warnings: readonly string[];
}

/** Follows an Application of Argo CD to its end. */
export function syncStep(way: KubeWay, { application, minutes, start, then, warnings }: SyncWish): Step {
  const { namespace, name, clone } = application;
  const [first, ...others]: readonly Condition[] = [...then, { kind: 'kube-synced', way, application }];
  return {
    ...base,
    title: `wait until Argo CD has synced ${namespace}/${name}`,
    run: script(
      'sync',
      SYNC,
      way,
      ...[namespace, name, String(minutes * 60), start ? 'start' : 'wait', clone?.ref ?? '-', clone?.root ?? '-'],
    ),
    timeoutMs: minutes * 60_000 + REQUEST_MS,
    risk: start ? 'changes' : 'reads',
    guard: [],
    done: [first ?? { kind: 'kube-synced', way, application }, ...others],
    preview: [],
    warnings,
    undo: [],
  };
}

/** Waits for a ConfigMap where nobody can tell who syncs the cluster. */
export function awaitStep(
  way: KubeWay,
  namespace: string,
  map: string,
  key: string,
  text: string,
  minutes: number,
): Step {
  return {
    ...base,
    title: `wait until ConfigMap ${namespace}/${map} has what Git declares`,
    run: script('await', AWAIT, way, namespace, map, key, sumOf(text), String(minutes * 60)),
    timeoutMs: minutes * 60_000 + REQUEST_MS,
    risk: 'reads',
    guard: [],
    done: [{ kind: 'kube-map', way, map, key, sha256: sumOf(text) }],
    preview: [],
    undo: [],
  };
}

/** Restarts the device plugin where a pod of it began before its configuration changed. */
export function restartStep(
  way: KubeWay,
  namespace: string,
  plugin: Pick<PluginState, 'name' | 'strategy' | 'pods'>,
  map: string | undefined,
): Step {
  const { name, strategy, pods } = plugin;
  const names = strategy === 'OnDelete' ? pods.map((pod) => pod.name) : [];
  return {
    ...base,
    title: `restart the device plugin, DaemonSet ${namespace}/${name}`,
    run: script('restart', RESTART, way, namespace, name, map ?? '-', String(RESTART_SEC), strategy, ...names),
    timeoutMs: RESTART_SEC * 1_000 + REQUEST_MS,
    risk: 'changes',
    guard: [],
    done: [{ kind: 'kube-fresh', way, ...(map === undefined ? {} : { map }) }],
    preview: [],
    warnings: ['pods that run keep what they have; for seconds no new pod gets a GPU'],
    undo: [],
  };
}

/** What a node should offer. */
export interface Offer {
  readonly node: string;
  readonly resource: string;
  readonly amount: number;
}

/** Waits until every node offers cards times slices; undefined where no node is known to. */
export function verifyStep(way: KubeWay, offers: readonly Offer[]): Step {
  return {
    ...base,
    title: `see ${offers.length === 1 ? `${offers[0]?.node} offer` : `${offers.length} nodes offer`} the slices`,
    run: {
      ...script('verify', VERIFY, way, String(VERIFY_SEC)),
      stdin: offers.map(({ node, resource, amount }) => `${node} ${resource} ${amount}\n`).join(''),
    },
    timeoutMs: VERIFY_SEC * 1_000 + REQUEST_MS,
    risk: 'reads',
    guard: [],
    done: [{ kind: 'kube-offers', way, offers }],
    preview: [],
    undo: [],
  };
}

/** Everything a sync is asked about. */
export const applicationNeed = (way: KubeWay, application: ApplicationWish) =>
  ({ kind: 'check', check: 'kubeApplication', target: applicationTarget(way, application) }) as const;
