import { type Command, cmd } from '../model/command.ts';
import { KUBECTL_SH, type KubectlCall } from '../model/kubectl.ts';

/** What every script of a step through kubectl starts with: `$1` context, `$2` kubeconfig, both taken away. */
export const KUBE_HEAD = `set -u
context=$1 config=$2
shift 2
${KUBECTL_SH}
command -v kubectl >/dev/null 2>&1 || { echo "kubectl is not installed here; install it, or name another node with from" >&2; exit 127; }
`;

/** A script that begins with `KUBE_HEAD`, under a name of its own, with the way to the cluster and words of its own. */
export const kubeRun = (
  script: string,
  name: string,
  { context = '', kubeconfig = '' }: KubectlCall,
  ...rest: readonly string[]
): Command => cmd('sh', '-c', script, name, context, kubeconfig, ...rest);
