import type { KubectlCall } from '../model/kubectl.ts';
import type { Step } from '../model/plan.ts';
import { KUBE_HEAD, kubeRun } from './kube-run.ts';

/** A request to an API server and the look after it. */
export const KUBE_MS = 90_000;

/** `why VERB` tells what kubectl said in `words` in one sentence. */
const HEAD = `${KUBE_HEAD}why() {
case $words in
*"(Forbidden)"*|*"is forbidden"*) user=$(printf "%s\\n" "$words" | sed -n 's/.*User "\\([^"]*\\)" cannot.*/ as \\1/p' | head -n 1)
echo "may not $1$user; grant the verb in a role, then try again" >&2;;
*Unauthorized*|*"must be logged in"*) echo "the API server does not accept the credentials (expired?); log in where kubectl runs, then try again" >&2;;
*"was refused"*|*"Unable to connect"*|*imeout*|*"timed out"*|*"no route"*|*x509*) echo "the API server does not answer: $(printf "%s\\n" "$words" | tail -n 1)" >&2;;
*) echo "cannot $1: $(printf "%s\\n" "$words" | tail -n 1)" >&2;;
esac
exit 1
}
`;

// kubectl says that it could not, and ends well all the same.
const MARK = `${HEAD}words=$(k "$1" "$2" 2>&1) || why "patch nodes"
case $words in *"unable to cordon"*|*"unable to uncordon"*) why "patch nodes";; esac
printf "%s\\n" "$words"`;

/** Keeps new pods off a node, or lets them in again. */
export function cordonStep(
  call: KubectlCall,
  node: string,
  uid: string,
  isCordoned: boolean,
  undo?: Step['undo'],
): Step {
  const wished = { kind: 'kube-node', kubectl: call, node, uid, isCordoned } as const;
  const verb = isCordoned ? 'cordon' : 'uncordon';
  return {
    title: `${verb} ${node}`,
    run: kubeRun(MARK, 'muster-cordon', call, verb, node),
    as: 'login-user',
    risk: 'changes',
    guard: [{ kind: 'kube-node', kubectl: call, node, uid }],
    done: [wished],
    timeoutMs: KUBE_MS,
    preview: [
      {
        kind: 'state',
        now: isCordoned ? 'takes new pods' : 'is cordoned',
        after: isCordoned ? 'takes no new pods; those on it stay' : 'takes new pods again',
      },
    ],
    undo: undo ?? [cordonStep(call, node, uid, !isCordoned, { never: 'it is an undo itself' })],
    warnings: [],
  };
}

/**
 * Asks the eviction of pods, a line each of namespace, name and uid, again and again where a PodDisruptionBudget forbids it, and waits until they are gone.
 * `$1` the node, `$2` seconds for all of it, `$3` grace in seconds or nothing, `$4` version of the policy API.
 */
const EVICT = `${HEAD}node=$1 wait=$2 grace=$3 policy=$4
end=$(($(date +%s) + wait))
left=$(cat)
uids=$(printf "%s\\n" "$left" | cut -d " " -f 3)
more=
[ -z "$grace" ] || more=",\\"gracePeriodSeconds\\":$grace"
late() { [ "$(date +%s)" -ge "$end" ]; }
told=
while [ -n "$left" ]; do
again=
while read -r ns name uid; do
words=$(printf '{"apiVersion":"%s","kind":"Eviction","metadata":{"namespace":"%s","name":"%s"},"deleteOptions":{"preconditions":{"uid":"%s"}%s}}' "$policy" "$ns" "$name" "$uid" "$more" |
k create --raw "/api/v1/namespaces/$ns/pods/$name/eviction" -f - 2>&1) && { echo "$ns/$name is asked to end"; continue; }
case $words in
*"(NotFound)"*|*"(Conflict)"*) echo "$ns/$name is gone already";;
*"(TooManyRequests)"*|*"disruption budget"*)
again="$again$ns $name $uid
"
case $told in *" $uid "*) ;; *) told="$told $uid "
echo "$ns/$name has to wait: $(printf "%s\\n" "$words" | tail -n 1 | sed 's/^Error from server[^:]*: //')";;
esac;;
*) why "create pods/eviction in $ns";;
esac
done <<EOF
$left
EOF
left=$(printf %s "$again")
[ -n "$left" ] || break
if late; then
names=$(printf "%s\\n" "$left" | cut -d " " -f 1,2 | tr " \\n" "/ ")
echo "after $wait s a PodDisruptionBudget still forbids that these go: \${names% }; give it more replicas, or wait longer" >&2
exit 1
fi
sleep 3
done
while :; do
words=$(k get pods -A --field-selector "spec.nodeName=$node" -o 'jsonpath={range .items[*]}{.metadata.uid}{" "}{.metadata.namespace}/{.metadata.name}{"\\n"}{end}' 2>&1) || why "list pods"
there=
for uid in $uids; do
here=$(printf "%s\\n" "$words" | sed -n "s/^$uid //p")
[ -z "$here" ] || there="$there $here"
done
[ -n "$there" ] || break
if late; then echo "after $wait s these have not ended:$there; a finalizer or a kubelet that is away holds them" >&2; exit 1; fi
sleep 1
done
echo "all of them are gone from $node"`;

/** How an eviction is asked for. */
export interface EvictOptions {
  readonly waitSec: number;
  readonly graceSec: number | undefined;
  readonly policy: string;
}

/** The command that evicts these pods from a node. */
export function evictRun(
  call: KubectlCall,
  node: string,
  pods: readonly { readonly namespace: string; readonly name: string; readonly uid: string }[],
  { waitSec, graceSec, policy }: EvictOptions,
): Step['run'] {
  const lines = pods.map(({ namespace, name, uid }) => `${namespace} ${name} ${uid}\n`);
  const grace = graceSec === undefined ? '' : String(graceSec);
  return { ...kubeRun(EVICT, 'muster-evict', call, node, String(waitSec), grace, policy), stdin: lines.join('') };
}
