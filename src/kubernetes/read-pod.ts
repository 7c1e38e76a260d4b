import { at, elements, type Json, text, texts, whole, words } from '../model/json.ts';
import type { KubePod, Resources } from '../model/kubernetes.ts';
import { extendedResources } from './read-node.ts';

/** A pod of the API server; undefined for what is none. */
export function readPod(object: Json): KubePod | undefined {
  const metadata = at(object, 'metadata');
  const uid = text(at(metadata, 'uid'));
  const name = text(at(metadata, 'name'));
  if (uid === '' || name === '') return undefined;
  const spec = at(object, 'spec');
  const status = at(object, 'status');
  const statuses = elements(at(status, 'containerStatuses'));
  const owner = elements(at(metadata, 'ownerReferences')).find((each) => at(each, 'controller') === true);
  const createdMs = Date.parse(text(at(metadata, 'creationTimestamp')));
  const hash = words(at(metadata, 'labels', 'pod-template-hash'));
  const priorityClass = words(at(spec, 'priorityClassName'));
  const why = whyNotWell(status, statuses);
  const exporterPort = exporterPortOf(metadata, spec);
  const startedMs = Date.parse(text(at(status, 'startTime')));
  const nominatedNode = words(at(status, 'nominatedNodeName'));
  return {
    uid,
    namespace: text(at(metadata, 'namespace')),
    name,
    node: text(at(spec, 'nodeName')),
    phase: text(at(status, 'phase')) || 'Unknown',
    ...why,
    isReady: statuses.length > 0 && statuses.every((each) => at(each, 'ready') === true),
    restarts: statuses.reduce<number>((sum, each) => sum + whole(at(each, 'restartCount')), 0),
    ...(owner === undefined ? {} : { owner: { kind: text(at(owner, 'kind')), name: text(at(owner, 'name')) } }),
    ...(hash === undefined ? {} : { templateHash: hash }),
    requests: requestsOf(spec),
    priority: priorityOf(at(spec, 'priority')),
    ...(priorityClass === undefined ? {} : { priorityClass }),
    ...(at(spec, 'preemptionPolicy') === 'Never' ? { preemptsNever: true } : {}),
    ...(nominatedNode === undefined ? {} : { nominatedNode }),
    nodeSelector: texts(at(spec, 'nodeSelector'), 32),
    ...(Number.isNaN(createdMs) ? {} : { createdMs }),
    ...(Number.isNaN(startedMs) ? {} : { startedMs }),
    isLeaving: at(metadata, 'deletionTimestamp') !== undefined,
    ...(exporterPort === undefined ? {} : { exporterPort }),
  };
}

const EXPORTER_PORT = 9_400;

/** The operator labels its exporter `app`, NVIDIA's own chart `app.kubernetes.io/name`; the port is named in both, and 9400 unless told otherwise. */
function exporterPortOf(metadata: Json, spec: Json): number | undefined {
  const labels = at(metadata, 'labels');
  const isExporter = ['app', 'app.kubernetes.io/name'].some((key) => /dcgm-exporter$/.test(text(at(labels, key))));
  if (!isExporter) return undefined;
  const ports = elements(at(spec, 'containers')).flatMap((container) => elements(at(container, 'ports')));
  const port = whole(at(ports.find((each) => at(each, 'name') === 'metrics') ?? ports[0], 'containerPort'));
  return port > 0 && port < 65_536 ? port : EXPORTER_PORT;
}

const priorityOf = (value: Json): number => (typeof value === 'number' && Number.isSafeInteger(value) ? value : 0);

/** What the scheduler counts: the sum of the containers, or the largest init container where that asks for more. */
function requestsOf(spec: Json): Resources {
  const total: Record<string, number> = {};
  for (const container of elements(at(spec, 'containers')))
    for (const [name, amount] of Object.entries(asked(container))) total[name] = (total[name] ?? 0) + amount;
  for (const container of elements(at(spec, 'initContainers')))
    for (const [name, amount] of Object.entries(asked(container))) total[name] = Math.max(total[name] ?? 0, amount);
  return total;
}

/** A limit of an extended resource is its request, too, where only the limit is written. */
const asked = (container: Json): Resources => ({
  ...extendedResources(at(container, 'resources', 'limits')),
  ...extendedResources(at(container, 'resources', 'requests')),
});

function whyNotWell(status: Json, statuses: readonly Json[]): { readonly reason?: string; readonly message?: string } {
  const waiting = statuses.map((each) => at(each, 'state', 'waiting')).find((each) => at(each, 'reason') !== undefined);
  const unscheduled = elements(at(status, 'conditions')).find(
    (each) => at(each, 'type') === 'PodScheduled' && at(each, 'status') === 'False',
  );
  for (const source of [status, unscheduled, waiting]) {
    const reason = words(at(source, 'reason'));
    if (reason === undefined) continue;
    const message = words(at(source, 'message'));
    return { reason, ...(message === undefined ? {} : { message }) };
  }
  return {};
}
