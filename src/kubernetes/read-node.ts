import { whyNotNodeName } from '../model/ids.ts';
import { at, elements, fields, type Json, text, texts, whole, words } from '../model/json.ts';
import type { KubeNode, Resources } from '../model/kubernetes.ts';

/** A node of the API server; undefined for what is none. */
export function readNode(object: Json): KubeNode | undefined {
  const name = text(at(object, 'metadata', 'name'));
  if (whyNotNodeName(name) !== undefined) return undefined;
  const ready = elements(at(object, 'status', 'conditions')).find((each) => at(each, 'type') === 'Ready');
  const status = text(at(ready, 'status'));
  const because = words(at(ready, 'message'));
  const kubelet = words(at(object, 'status', 'nodeInfo', 'kubeletVersion'));
  const os = words(at(object, 'status', 'nodeInfo', 'osImage'));
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
