import type { ConditionRules } from '../model/condition.ts';
import { drainPodName, fateOf } from '../model/drain.ts';
import { kubectlTarget } from '../model/kubectl.ts';
import { fails, look, onCheck, unless } from './verdicts.ts';

/** Pods that are named in a sentence, at most. */
const MOST_NAMED = 3;

const onNode = (node: string): string => `spec.nodeName=${node}`;

/** What is asked of a cluster through kubectl. */
export const drainRules = {
  'kube-node': {
    needs: ({ kubectl, node }) => [look('kubeNode', kubectlTarget(kubectl, node))],
    judge: ({ kubectl, node, uid, isCordoned }, seen) =>
      onCheck(seen, 'kubeNode', kubectlTarget(kubectl, node), (state) => {
        if (state.kind === 'none') return { kind: 'unknown', because: state.because };
        if (state.uid !== uid) return fails(`${node} was taken out of the cluster and is another one now`);
        if (isCordoned === undefined || state.isCordoned === isCordoned) return { kind: 'holds' };
        return fails(`${node} ${state.isCordoned ? 'is cordoned' : 'takes new pods'}`);
      }),
    words: ({ node, isCordoned }) =>
      isCordoned === undefined
        ? `${node} is the node that was seen`
        : `${node} ${isCordoned ? 'is cordoned' : 'takes new pods'}`,
  },
  'kube-drained': {
    needs: ({ kubectl, node }) => [look('kubePods', kubectlTarget(kubectl, onNode(node)))],
    judge: ({ kubectl, node, leave, uids }, seen) =>
      onCheck(seen, 'kubePods', kubectlTarget(kubectl, onNode(node)), (state) => {
        if (state.kind === 'none') return { kind: 'unknown', because: state.because };
        const left = state.pods
          .filter((pod) => (uids === undefined ? fateOf(pod, leave).kind !== 'stays' : uids.includes(pod.uid)))
          .map(drainPodName);
        return unless(left.length === 0 ? undefined : `still on ${node}: ${named(left)}`);
      }),
    words: ({ node, uids }) =>
      uids === undefined
        ? `no pod is on ${node} but those that stay`
        : uids.length === 1
          ? `the pod is gone from ${node}`
          : `these ${uids.length} pods are gone from ${node}`,
  },
  'kube-drainable': {
    needs: ({ kubectl, node }) => [look('kubePods', kubectlTarget(kubectl, onNode(node)))],
    judge: ({ kubectl, node, leave, uids }, seen) =>
      onCheck(seen, 'kubePods', kubectlTarget(kubectl, onNode(node)), (state) => {
        if (state.kind === 'none') return { kind: 'unknown', because: state.because };
        const blocking = state.pods
          .filter(({ uid }) => uids === undefined || uids.includes(uid))
          .flatMap((pod) => {
            const fate = fateOf(pod, leave);
            return fate.kind === 'blocks' ? [`${drainPodName(pod)}: ${fate.because}`] : [];
          });
        return unless(blocking[0]);
      }),
    words: ({ node }) => `no pod on ${node} would be lost but those that may be`,
  },
} satisfies Pick<ConditionRules, 'kube-node' | 'kube-drained' | 'kube-drainable'>;

function named(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}
