import { amountsText } from '../../src/model/gpu-pods.ts';
import { quantityText } from '../../src/model/kube-quantity.ts';
import { isBadCondition, type KubeNode, type KubeNodeCondition, kubeNodeCalled } from '../../src/model/kubernetes.ts';
import { formatDuration } from '../../src/model/units.ts';
import type { Cell, DescribeContext, Section } from '../../src/ui/view.ts';
import { factsSection, sentencesSection } from './describe.ts';
import { meterSections } from './meters.ts';
import { talosSections } from './talos.ts';

type Kubelet = Pick<KubeNode, 'isCordoned'> & { readonly ready: string };

/** `ready`, `not ready` or `unknown`, and whether new pods are kept off. */
export function kubeletText({ ready, isCordoned }: Kubelet): string {
  const word = ready === 'yes' ? 'ready' : ready === 'no' ? 'not ready' : 'unknown';
  return isCordoned ? `${word}, cordoned` : word;
}

/** The same in its role. */
export function kubeletCell(kubelet: Kubelet): Cell {
  const { ready, isCordoned } = kubelet;
  const role = ready === 'yes' ? (isCordoned ? 'warning' : 'good') : ready === 'no' ? 'critical' : 'unknown';
  return [{ text: kubeletText(kubelet), role }];
}

/** What Kubernetes says of a node: nothing where no cluster has one of its name. */
export function kubeSections(name: string, context: DescribeContext): readonly Section[] {
  const { state, nowMs } = context;
  const found = kubeNodeCalled(state.clusters, name);
  if (found === undefined) return [];
  const { cluster, node } = found;
  const bad = node.conditions.filter(isBadCondition);
  const good = node.conditions.filter((condition) => !isBadCondition(condition));
  return [
    factsSection('Kubernetes', [
      ['cluster', cluster],
      ['kubelet', kubeletCell(node)],
      ['version', node.kubelet],
      ['system', [node.os, node.kernel].filter((part) => part !== undefined).join(', ')],
      ['runtime', node.runtime],
      ['address', node.address],
      ['in the cluster', node.createdMs === undefined ? undefined : `for ${formatDuration(nowMs - node.createdMs)}`],
      ...node.amounts.map(
        ({ name: amount, capacity, allocatable }) =>
          [amount, `${quantityText(amount, allocatable)} allocatable of ${quantityText(amount, capacity)}`] as const,
      ),
      [
        'GPUs',
        amountsText(node.capacity) &&
          `${amountsText(node.allocatable) || 'none'} allocatable of ${amountsText(node.capacity)}`,
      ],
      ['taints', node.taints.join(', ')],
      ['as it should be', good.map(({ type }) => type).join(', ')],
    ]),
    ...sentencesSection(
      'Conditions',
      bad.map((condition) => conditionText(condition, nowMs)),
      'warning',
    ),
    ...talosSections(cluster, name, context),
    ...meterSections(cluster, name, context),
  ];
}

function conditionText({ type, status, reason, message, sinceMs }: KubeNodeCondition, nowMs: number): string {
  const since = sinceMs === undefined ? '' : ` for ${formatDuration(Math.max(0, nowMs - sinceMs))}`;
  const why = message ?? reason;
  return `${type} is ${status}${since}${why === undefined ? '' : `: ${why}`}`;
}
