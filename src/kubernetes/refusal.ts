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

const WORDS_TOLD = 240;

/** One sentence for what kubectl said, with the object or the verb it is about, and what to do. */
export function refusalOf(ended: Ended, asked: Asked, spec: ClusterSpec): Refusal {
  const where = spec.from ?? 'this machine';
  const what = `${asked.verb} ${KUBE_WORDS[asked.of]}${asked.namespace === undefined ? '' : ` in ${asked.namespace}`}`;
  const trouble = (reason: KubeTrouble, because: string): Refusal => ({ kind: 'trouble', reason, because });
  if (ended.kind === 'lost')
    return trouble('unreachable', `kubectl on ${where} gives no answer: ${neutralise(ended.because)}`);
  const said = lastLine(ended.words);
  if (ended.exitCode === 127 || /kubectl: (?:command )?not found/.test(ended.words))
    return trouble(
      'no-kubectl',
      `kubectl is not installed on ${where}; install it there, or name another node with "from"`,
    );
  if (/too old resource version|\(Expired\)|\(Gone\)/.test(ended.words)) return { kind: 'expired' };
  if (/\(Forbidden\)|is forbidden/.test(ended.words))
    return trouble('forbidden', `may not ${what}${userIn(ended.words)}; grant the verb "${asked.verb}" to see them`);
  if (/Unauthorized|must be logged in|provide credentials/.test(ended.words))
    return trouble(
      'unauthorized',
      `the API server does not accept the credentials on ${where} (expired?); log in there anew`,
    );
  if (/\(NotFound\)|could not find the requested resource/.test(ended.words)) return { kind: 'absent' };
  if (
    /context .* does not exist|no context exists|stat .*no such file|error loading config|invalid configuration/i.test(
      said,
    )
  )
    return trouble('configuration', `kubectl on ${where} cannot use its configuration: ${said}`);
  if (/was refused|Unable to connect|timeout|timed out|no route|EOF|TLS handshake|x509|deadline exceeded/i.test(said))
    return trouble('unreachable', `the API server does not answer kubectl on ${where}: ${said}`);
  return trouble('failed', `cannot ${what}: ${said === '' ? `kubectl ended with exit code ${ended.exitCode}` : said}`);
}

const userIn = (words: string): string => {
  const user = /User "([^"]{1,120})"/.exec(words)?.[1];
  return user === undefined ? '' : ` as ${neutralise(user)}`;
};

function lastLine(words: string): string {
  const lines = words.split('\n').filter((line) => line.trim() !== '');
  return neutralise((lines.at(-1) ?? '').trim().replace(/^error: /i, '')).slice(0, WORDS_TOLD);
}
