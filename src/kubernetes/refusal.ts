import { kubectlSentence } from '../model/kubectl.ts';
import { type ClusterSpec, KUBE_WORDS, type KubeKind, type KubeTrouble } from '../model/kubernetes.ts';
import { neutralise } from '../model/neutralise.ts';
import type { Ended } from './run-command.ts';

/** What a command that did not end well means. */
export type Refusal =
  | { readonly kind: 'trouble'; readonly reason: KubeTrouble; readonly because: string }
  /** The resource version is too old: everything must be listed anew. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'absent' };

/** What was asked for: a verb of a kind. */
export interface Asked {
  readonly of: KubeKind;
  readonly verb: 'list' | 'watch';
  readonly namespace: string | undefined;
}

/** One sentence for what kubectl said, with the object or the verb it is about, and what to do. */
export function refusalOf(ended: Ended, asked: Asked, spec: ClusterSpec): Refusal {
  const where = spec.from ?? 'this machine';
  const what = `${asked.verb} ${KUBE_WORDS[asked.of]}${asked.namespace === undefined ? '' : ` in ${asked.namespace}`}`;
  const trouble = (reason: KubeTrouble, because: string): Refusal => ({ kind: 'trouble', reason, because });
  if (ended.kind === 'lost')
    return trouble('unreachable', `kubectl on ${where} gives no answer: ${neutralise(ended.because)}`);
  if (/too old resource version|\(Expired\)|\(Gone\)/.test(ended.words)) return { kind: 'expired' };
  const told = kubectlSentence(ended.words, ended.exitCode, { wanted: what, where });
  const isAbsent = /\(NotFound\)|could not find the requested resource/.test(ended.words);
  return told.reason === 'failed' && isAbsent ? { kind: 'absent' } : trouble(told.reason, told.because);
}
