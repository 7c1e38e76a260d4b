import { KUBE_HEAD } from './kube-run.ts';

/** `none` says why not, as the last words of the step; `say` tells a state once; `left` whether there is time. */
const HEAD = `${KUBE_HEAD}none() { printf '%s\\n' "$1" >&2; exit 1; }
last=
say() { [ "$1" = "$last" ] || printf '%s\\n' "$1"; last=$1; }
left() { left=$((end - $(date +%s))); [ "$left" -gt 0 ]; }
`;

/** How often a script looks: nobody waits for a second. */
const PAUSE = 'sleep 2';

/**
 * Makes, patches or deletes a ConfigMap: namespace, name, `create`, `patch` or `delete`; what it takes is its input, through a pipe because kubectl opens
 * /dev/stdin anew, which a socket does not allow.
 */
export const MAP = `${HEAD}case $3 in
create) words=$(k create -n "$1" --validate=false -f - 2>&1);;
patch) words=$(cat | k patch configmap "$2" -n "$1" --type merge --patch-file /dev/stdin 2>&1);;
*) words=$(k delete configmap "$2" -n "$1" --ignore-not-found --wait=false 2>&1);;
esac
code=$?
printf '%s\\n' "$words"
[ $code != 0 ] || exit 0
case $words in
*'has been modified'*) none "somebody else changed ConfigMap $1/$2 meanwhile; nothing of it is changed: plan again";;
*'already exists'*) none "somebody else made ConfigMap $1/$2 meanwhile; plan again";;
*forbidden*) none "you may not $3 ConfigMaps in $1; ask for the verb";;
*) none "ConfigMap $1/$2 was not changed: $(printf '%s\\n' "$words" | tail -n 1)";;
esac`;

/** Patches the operator's ClusterPolicy, its name; the patch is its input. */
export const POLICY = `${HEAD}words=$(cat | k patch clusterpolicies.nvidia.com "$1" --type merge --patch-file /dev/stdin 2>&1) || none "ClusterPolicy $1 was not changed: $words"
printf '%s\\n' "$words"`;

/** Labels nodes with a configuration, or takes the label away where the first argument is empty. */
export const LABEL = `${HEAD}value=\${1:+=$1} gone=
[ -n "$1" ] || gone=-
shift
words=$(k label nodes "$@" "nvidia.com/device-plugin.config$value$gone" --overwrite 2>&1)
code=$?
printf '%s\\n' "$words"
[ $code = 0 ] || none "not every node was labelled: $(printf '%s\\n' "$words" | tail -n 1)"`;

/**
 * Follows an Application of Argo CD until what was pushed is synced and healthy: namespace, name, seconds, `wait` or `start`, the clone's remote branch
 * and folder (or `-`). Says each new state; ends early where the sync failed, or is degraded for a minute.
 */
export const SYNC = `${HEAD}namespace=$1 name=$2 start=$4 ref=$5 root=$6 app=applications.argoproj.io/$2
end=$(($(date +%s) + $3)) minutes=$(($3 / 60)) wanted=- sick=
[ "$ref" = - ] || wanted=$(git -C "$root" rev-parse -q --verify "refs/remotes/$ref") || wanted=-
# A failure that was there before this look is no answer to what was pushed.
first=.$(k get "$app" -n "$namespace" -o 'jsonpath={.status.operationState.finishedAt}' 2>/dev/null)
k annotate "$app" -n "$namespace" argocd.argoproj.io/refresh=normal --overwrite >/dev/null 2>&1 && echo "asked Argo CD to look at Git now"
is_at() {
[ "$wanted" != - ] || return 0
for one in $revisions; do
[ "$one" != "$wanted" ] || return 0
git -C "$root" merge-base --is-ancestor "$wanted" "$one" 2>/dev/null && return 0
done
return 1
}
while :; do
out=$(k get "$app" -n "$namespace" -o 'jsonpath={.status.sync.status}{"\\n"}{.status.sync.revision} {.status.sync.revisions[*]}{"\\n"}{.status.health.status}{"\\n"}{.status.operationState.phase}{"\\n"}{.status.operationState.syncResult.revision}{"\\n"}{.status.operationState.finishedAt}{"\\n"}{.spec.syncPolicy.automated}{"\\n"}{.status.operationState.message}' 2>&1)
if [ $? != 0 ]; then
now="the Application cannot be read: $(printf '%s\\n' "$out" | tail -n 1)"
else
{ read -r sync; read -r revisions; read -r health; read -r phase; read -r tried; read -r finished; read -r automated; read -r message; } <<END
$out
END
short=\${revisions%% *}
short=$(printf '%.10s' "$short")
now="$name is \${sync:-not compared yet} at \${short:-no revision}, \${health:-of unknown health}\${phase:+, its last sync: $phase}"
[ "$health" = Degraded ] || sick=
if [ "$sync" = Synced ] && [ "$phase" != Running ] && is_at; then
[ "$health" != Healthy ] || { say "$now"; exit 0; }
if [ "$health" = Degraded ]; then
: "\${sick:=$(date +%s)}"
[ $(($(date +%s) - sick)) -lt 60 ] || none "$name is synced and has been degraded for a minute; see in Argo CD which of its objects is not well"
fi
else
case $phase in Failed|Error)
if [ "$tried" = "$wanted" ] || [ ".$finished" != "$first" ]; then
none "the sync of $name failed: $(printf '%.300s' "\${message:-no reason given}"); mend what it says, then sync it again"
fi;;
esac
case $automated in ''|*'"enabled":false'*|*'enabled:false'*)
if [ "$sync" = OutOfSync ] && [ "$phase" != Running ]; then
if [ "$start" = start ]; then
k patch "$app" -n "$namespace" --type merge -p '{"operation":{"initiatedBy":{"username":"muster"},"sync":{}}}' >/dev/null && start=started && now="started the sync of $name"
elif [ "$start" = wait ]; then
now="$name is synced by hand and waits for you: press Sync in Argo CD, or run: argocd app sync $name"
fi
fi;;
esac
fi
fi
say "$now"
left || none "after $minutes min $now; nothing is lost: look at it in Argo CD, then plan again"
${PAUSE}
done`;

/** Waits until a ConfigMap's key has a text, by its checksum: namespace, name, key, checksum, seconds. For clusters nobody can tell who syncs. */
export const AWAIT = `${HEAD}end=$(($(date +%s) + $5))
while :; do
text=$(k get configmap "$2" -n "$1" -o go-template="{{with .data}}{{with index . \\"$3\\"}}{{.}}{{end}}{{end}}" 2>&1)
[ "$(printf %s "$text" | sha256sum | cut -d ' ' -f 1)" != "$4" ] || { echo "ConfigMap $1/$2 has it"; exit 0; }
say "ConfigMap $1/$2 does not have it yet"
left || none "after $(($5 / 60)) min ConfigMap $1/$2 does not have what Git declares; see what syncs the cluster"
${PAUSE}
done`;

/**
 * Restarts the device plugin: namespace, DaemonSet, the ConfigMap it must read (or `-`), seconds, its update strategy, then the names of its pods. Where the
 * operator first has to let it read the ConfigMap, that change starts it anew by itself.
 */
export const RESTART = `${HEAD}namespace=$1 set=$2 map=$3 strategy=$5 end=$(($(date +%s) + $4)) waited=no
shift 5
while [ "$map" != - ]; do
maps=$(k get daemonsets.apps "$set" -n "$namespace" -o 'jsonpath={.spec.template.spec.volumes[*].configMap.name}' 2>&1)
case " $maps " in *" $map "*) break;; esac
waited=yes
say "the operator has not let $set read ConfigMap $map yet"
left || none "the operator has not let $set read ConfigMap $map; see its log: kubectl logs -n $namespace deploy/gpu-operator"
${PAUSE}
done
if [ "$strategy" = OnDelete ]; then
[ $# = 0 ] || k delete pods "$@" -n "$namespace" --ignore-not-found --wait=false || none "the pods of $set were not deleted"
exit 0
fi
[ $waited = yes ] || k rollout restart "daemonset/$set" -n "$namespace" || none "$set was not restarted"
left || none "no time was left to see $set start"
k rollout status "daemonset/$set" -n "$namespace" --timeout="\${left}s" --request-timeout=0 || none "$set has not started on every node; see its pods: kubectl get pods -n $namespace -o wide"`;

/** Waits until nodes offer what they should: seconds; its input has a line \`node resource amount\` each. */
export const VERIFY = `${HEAD}end=$(($(date +%s) + $1))
wished=$(cat)
while :; do
offered=$(k get nodes -o go-template='{{range .items}}{{$node := .metadata.name}}{{range $name, $amount := .status.allocatable}}{{$node}} {{$name}} {{$amount}}{{"\\n"}}{{end}}{{end}}' 2>/dev/null)
wrong=$(printf '%s\\n--\\n%s\\n' "$offered" "$wished" | awk '$1 == "--" { w = 1; next } !w { has[$1 " " $2] = $3; next } NF == 3 { n = has[$1 " " $2] + 0; if (n != $3) print $1 " offers " n " of " $3 " " $2 }')
[ -n "$wrong" ] || { echo "every node offers what is declared"; exit 0; }
say "$(printf '%s\\n' "$wrong" | head -n 5)"
left || none "$(printf '%s\\n' "$wrong" | head -n 1) after $(($1 / 60)) min: see the log of its device plugin's pod"
${PAUSE}
done`;
