import { whyNotNodeName } from '../model/ids.ts';
import { at, elements, fields, type Json, text, texts, whole, words } from '../model/json.ts';
import type { KubeNode, KubeNodeCondition, Resources } from '../model/kubernetes.ts';

/** A node of the API server; undefined for what is none. */
export function readNode(object: Json): KubeNode | undefined {
  const name = text(at(object, 'metadata', 'name'));
  if (whyNotNodeName(name) !== undefined) return undefined;
  const ready = elements(at(object, 'status', 'conditions')).find((each) => at(each, 'type') === 'Ready');
  const status = text(at(ready, 'status'));
  const because = words(at(ready, 'message'));
  const kubelet = words(at(object, 'status', 'nodeInfo', 'kubeletVersion'));
  const os = words(at(object, 'status', 'nodeInfo', 'osImage'));
  const kernel = words(at(object, 'status', 'nodeInfo', 'kernelVersion'));
  const runtime = words(at(object, 'status', 'nodeInfo', 'containerRuntimeVersion'));
  const addresses = elements(at(object, 'status', 'addresses'));
  const address = words(
    at(
      addresses.find((each) => at(each, 'type') === 'InternalIP'),
      'address',
    ),
  );
  const createdMs = Date.parse(text(at(object, 'metadata', 'creationTimestamp')));
  return {
    name,
    labels: texts(at(object, 'metadata', 'labels')),
    isCordoned: at(object, 'spec', 'unschedulable') === true,
    ready: status === 'True' ? 'yes' : status === 'False' ? 'no' : 'unknown',
    ...(status === 'True' || because === undefined ? {} : { readyBecause: because }),
    taints: elements(at(object, 'spec', 'taints'))
      .slice(0, 32)
      .map(taintText),
    capacity: extendedResources(at(object, 'status', 'capacity')),
    allocatable: extendedResources(at(object, 'status', 'allocatable')),
    ...(kubelet === undefined ? {} : { kubelet }),
    ...(os === undefined ? {} : { os }),
    ...(kernel === undefined ? {} : { kernel }),
    ...(runtime === undefined ? {} : { runtime }),
    ...(address === undefined ? {} : { address }),
    ...(Number.isNaN(createdMs) ? {} : { createdMs }),
    conditions: elements(at(object, 'status', 'conditions'))
      .slice(0, MOST_CONDITIONS)
      .map(conditionOf),
    amounts: ['cpu', 'memory', 'ephemeral-storage', 'pods'].flatMap((amount) => {
      const capacity = quantity(at(object, 'status', 'capacity', amount));
      const allocatable = quantity(at(object, 'status', 'allocatable', amount));
      return capacity === '' && allocatable === '' ? [] : [{ name: amount, capacity, allocatable }];
    }),
  };
}

/** Conditions of one node; the kubelet has five, node-problem-detector some more. */
const MOST_CONDITIONS = 32;

const quantity = (value: Json): string => (typeof value === 'number' ? String(value) : text(value, 40));

function conditionOf(condition: Json): KubeNodeCondition {
  const reason = words(at(condition, 'reason'));
  const message = words(at(condition, 'message'));
  const sinceMs = Date.parse(text(at(condition, 'lastTransitionTime')));
  return {
    type: text(at(condition, 'type')),
    status: text(at(condition, 'status')),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(Number.isNaN(sinceMs) ? {} : { sinceMs }),
  };
}

/** Amounts of resources whose name has a slash: what device plugins advertise. */
export function extendedResources(value: Json): Resources {
  const entries = Object.entries(fields(value)).filter(([name]) => name.includes('/'));
  return Object.fromEntries(entries.slice(0, 64).map(([name, amount]) => [name.slice(0, 200), whole(amount)]));
}

function taintText(taint: Json): string {
  const value = text(at(taint, 'value'));
  return `${text(at(taint, 'key'))}${value === '' ? '' : `=${value}`}:${text(at(taint, 'effect'))}`;
}
