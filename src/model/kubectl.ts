import { AS_LOGIN_USER } from './git-shell.ts';
import { type NodeName, nodeName } from './ids.ts';
import type { ClusterSpec } from './kubernetes.ts';
import { neutralise } from './neutralise.ts';
import { THIS_MACHINE } from './playbook.ts';

/** How kubectl is to be called where it works: nothing of it is a secret. */
export interface KubectlCall {
  readonly context?: string;
  /** `~/` is the home of whoever runs it. */
  readonly kubeconfig?: string;
}

/** How kubectl is called for a cluster. */
export const kubectlCall = ({ context, kubeconfig }: ClusterSpec): KubectlCall => ({
  ...(context === undefined ? {} : { context }),
  ...(kubeconfig === undefined ? {} : { kubeconfig }),
});

/** The node kubectl works on, or the machine muster runs on. */
export const kubectlNode = ({ from }: ClusterSpec): NodeName => from ?? nodeName(THIS_MACHINE);

/** What a check asks about: context, kubeconfig and up to three words, a line each; an empty line is the default. */
export const kubectlTarget = ({ context = '', kubeconfig = '' }: KubectlCall, ...words: readonly string[]): string =>
  [context, kubeconfig, ...words].join('\n');

/** Reads the lines of a target: `context`, `config`, then `one`, `two`, `three`. No single quotes, so that it may stand within some. */
const KUBECTL_WORDS = `{ read -r context; read -r config; read -r one; read -r two; read -r three; } <<EOF
$1
EOF`;

/**
 * Defines `k`, which is kubectl with the context `$context` and the kubeconfig `$config`, each empty or `-` for what kubectl takes by itself; an API server
 * that is away is given up after a while. No single quotes, so that it may stand within some.
 */
export const KUBECTL_SH = `LC_ALL=C
export LC_ALL
[ "$context" != - ] || context=
case $config in -) config=;; "~/"*) config=$HOME/\${config#"~/"};; esac
[ -z "$config" ] || { KUBECONFIG=$config; export KUBECONFIG; }
k() { if [ -n "$context" ]; then kubectl --context "$context" --request-timeout=20s "$@"; else kubectl --request-timeout=20s "$@"; fi; }`;

/**
 * With `KUBECTL_SH`: `said NAME WORDS` prints `== NAME`, what kubectl answers, `== end CODE` and what it says on standard error; `raw NAME URI` gets an
 * object so. No single quotes, so that it may stand within some.
 */
const KUBECTL_SAID = `exec 3>&1
said() {
printf "== %s\\n" "$1"
shift
words=$(k "$@" 2>&1 >&3)
code=$?
printf "\\n== end %s\\n%.2000s\\n" "$code" "$words"
}
raw() { said "$1" get --raw "$2"; }`;

/**
 * The program of a check that asks kubectl as the login user, whose kubeconfig it is: `body` has the words of the target, `said` and `raw`, and no single
 * quotes; `args` are its `$2` and on, each without single quotes, too.
 */
export const kubectlCheck = (body: string, ...args: readonly string[]): string => `
${AS_LOGIN_USER}
as_login_user sh -c '
${KUBECTL_WORDS}
${KUBECTL_SH}
${KUBECTL_SAID}
${body}
' muster "$1"${args.map((arg) => ` '${arg}'`).join('')} </dev/null`;

/** Why a command of kubectl came to nothing. */
export type KubectlTrouble = 'no-kubectl' | 'forbidden' | 'unauthorized' | 'configuration' | 'unreachable' | 'failed';

const WORDS_TOLD = 240;

/** One sentence for what kubectl said on standard error: `wanted` is the verb and what it is about, `where` the node it ran on. */
export function kubectlSentence(
  words: string,
  exitCode: number,
  { wanted, where }: { readonly wanted: string; readonly where: string },
): { readonly reason: KubectlTrouble; readonly because: string } {
  const said = lastLine(words);
  const [verb = wanted] = wanted.split(' ');
  if (exitCode === 127 || /kubectl: (?:command )?not found/.test(words))
    return {
      reason: 'no-kubectl',
      because: `kubectl is not installed on ${where}; install it there, or name another node with "from"`,
    };
  if (/\(Forbidden\)|is forbidden/.test(words))
    return {
      reason: 'forbidden',
      because: `may not ${wanted}${userIn(words)}; grant the verb "${verb}" to ${READS.has(verb) ? 'see them' : 'do it'}`,
    };
  if (/Unauthorized|must be logged in|provide credentials/.test(words))
    return {
      reason: 'unauthorized',
      because: `the API server does not accept the credentials on ${where} (expired?); log in there anew`,
    };
  if (NO_CONFIGURATION.test(said))
    return { reason: 'configuration', because: `kubectl on ${where} cannot use its configuration: ${said}` };
  if (NO_SERVER.test(said))
    return { reason: 'unreachable', because: `the API server does not answer kubectl on ${where}: ${said}` };
  const what = said === '' ? `kubectl ended with exit code ${exitCode}` : said;
  return { reason: 'failed', because: `cannot ${wanted}: ${what}` };
}

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
const NO_CONFIGURATION =
  /context .* does not exist|no context exists|stat .*no such file|error loading config|invalid configuration/i;
const NO_SERVER = /was refused|Unable to connect|timeout|timed out|no route|EOF|TLS handshake|x509|deadline exceeded/i;

const userIn = (words: string): string => {
  const user = /User "([^"]{1,120})"/.exec(words)?.[1];
  return user === undefined ? '' : ` as ${neutralise(user)}`;
};

function lastLine(words: string): string {
  const lines = words.split('\n').filter((line) => line.trim() !== '');
  return neutralise((lines.at(-1) ?? '').trim().replace(/^error: /i, '')).slice(0, WORDS_TOLD);
}
