import type { ClusterSpec } from '../model/kubernetes.ts';
import type { PodLogName } from '../model/pod-log.ts';
import { quote } from '../model/quote.ts';

/** First line of the program, by which the demo knows it. */
export const MARK = '# muster-kubectl 1';

/** What the program says last, with the exit status of the command. */
export const END = '#muster-end';

/**
 * The `sh` program that runs one `kubectl get --raw` and says how it ended. The API server's own JSON comes one object a line, which
 * `-o json` would print indented over a hundred, and the list's resource version and pages are in our hand. When the connection goes, the
 * end of its input ends kubectl, too: over SSH nobody else would. Needs kubectl 1.20 or newer.
 */
export function kubectlProgram(spec: ClusterSpec, uri: string, timeoutSec?: number): string {
  const words = [
    'kubectl',
    ...(spec.context === undefined ? [] : ['--context', spec.context]),
    ...(timeoutSec === undefined ? [] : [`--request-timeout=${timeoutSec}s`]),
    'get',
    '--raw',
    uri,
  ];
  return `${MARK}\n${watched(`${kubeconfigOf(spec)}${quote(words)}`)}`;
}

/** Lines that are asked for when a log is opened. */
const LOG_TAIL = 1_000;
/** Containers of one pod whose logs are followed at once. */
const LOG_REQUESTS = 20;

/**
 * The program that prints the log of a pod, each line with its container and its time, and goes on from `since`, where that is not empty. Of containers before
 * the last restart there is nothing to follow.
 */
export function logProgram(spec: ClusterSpec, { namespace, pod, isPrevious }: PodLogName, since: string): string {
  const words = [
    'kubectl',
    ...(spec.context === undefined ? [] : ['--context', spec.context]),
    'logs',
    '-n',
    namespace,
    pod,
    '--all-containers',
    '--prefix',
    '--timestamps',
    `--max-log-requests=${LOG_REQUESTS}`,
    ...(isPrevious ? ['--previous', '--ignore-errors'] : ['--follow']),
    since === '' ? `--tail=${LOG_TAIL}` : `--since-time=${since}`,
  ];
  return `${MARK}\n${watched(`${kubeconfigOf(spec)}${quote(words)}`)}`;
}

/**
 * The program that asks one machine of Talos something. Where there is no talosconfig talosctl would write an empty one, so that is looked at first.
 * The address is a node's, from the API server; endpoints and credentials are the talosconfig's, which nothing here reads.
 */
export function talosctlProgram({ talos = {} }: ClusterSpec, address: string, argv: readonly string[]): string {
  const { config, context } = talos;
  const words = ['talosctl', ...(context === undefined ? [] : ['--context', context]), '-n', address, ...argv];
  const own = config === undefined ? `"\${TALOSCONFIG:-$HOME/.talos/config}"` : homePath(config);
  return [
    MARK,
    `end() { printf '\\n${END} %s\\n' "$1"; exit; }`,
    `command -v talosctl >/dev/null 2>&1 || end 127`,
    `f=${own}`,
    '[ -e "$f" ] || { echo "no talosconfig at $f" >&2; end 1; }',
    watched(`TALOSCONFIG=$f ${quote(words)}`),
  ].join('\n');
}

/** The program that prints a file of the machine it runs on. */
export const fileProgram = (path: string): string => `${MARK}\n${watched(`cat -- ${homePath(path)}`)}`;

/** In the environment, because an older kubectl has no `--kubeconfig` for plugins of credentials it starts. */
const kubeconfigOf = ({ kubeconfig }: ClusterSpec): string =>
  kubeconfig === undefined ? '' : `KUBECONFIG=${homePath(kubeconfig)} `;

const homePath = (path: string): string =>
  path.startsWith('~/') ? `"$HOME"/${quote([path.slice(2)])}` : quote([path]);

const watched = (command: string): string =>
  [
    'exec 3<&0',
    `${command} </dev/null 3<&- & k=$!`,
    '{ while read -r x <&3; do :; done; kill "$k"; } >/dev/null 2>&1 & r=$!',
    'exec 3<&-',
    'wait "$k"; s=$?',
    'kill "$r" 2>/dev/null',
    `printf '\\n${END} %s\\n' "$s"`,
    '',
  ].join('\n');
