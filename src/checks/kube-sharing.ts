import { createHash } from 'node:crypto';
import type { Check } from '../model/check.ts';
import { ParseError } from '../model/errors.ts';
import { AS_LOGIN_USER } from '../model/git-shell.ts';
import { at, elements, fields, type Json, ownerOf, text, whole, words } from '../model/json.ts';
import type {
  KubeSharing,
  PluginMap,
  PluginPod,
  PluginState,
  PolicyState,
  SharingNode,
} from '../model/kube-sharing.ts';
import { KUBECTL_SH, kubectlSentence } from '../model/kubectl.ts';
import { neutralise } from '../model/neutralise.ts';
import { exitCodeOf, nonEmptyLines, type Section, section, sections, wholeNumber } from '../probes/text.ts';
import { HERE } from './kube-node.ts';
import { applicationOf, pluginOf, resourcesOf } from './kube-objects.ts';

const NAME = 'kubeSharing';

const NODES = `{{range .items}}{{.metadata.name}}{{"\\t"}}{{with .metadata.labels}}{{with index . "nvidia.com/device-plugin.config"}}{{.}}{{end}}{{"\\t"}}{{with index . "nvidia.com/gpu.count"}}{{.}}{{end}}{{else}}{{"\\t"}}{{end}}{{"\\t"}}{{range .status.conditions}}{{if eq .type "Ready"}}{{.status}}{{end}}{{end}}{{"\\t"}}{{range $name, $amount := .status.capacity}}{{$name}}={{$amount}} {{end}}{{"\\t"}}{{range $name, $amount := .status.allocatable}}{{$name}}={{$amount}} {{end}}{{"\\n"}}{{end}}`;
const PODS = `{{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}}{{"\\t"}}{{with .spec.nodeName}}{{.}}{{end}}{{"\\t"}}{{.metadata.creationTimestamp}}{{"\\t"}}{{range .metadata.ownerReferences}}{{.name}} {{end}}{{"\\t"}}{{range .status.containerStatuses}}{{.ready}} {{end}}{{"\\n"}}{{end}}{{end}}`;
const WHERE = `{{range .items}}{{.metadata.namespace}} {{.metadata.name}}{{"\\n"}}{{end}}`;

/**
 * How a cluster's GPUs are shared, through kubectl: target `CONTEXT KUBECONFIG NAMESPACE`, `-` for what is not said. Answers `== namespace`, then
 * `== plugins CODE`, `== maps CODE`, `== policies CODE` with the API server's JSON, `== pods CODE` and `== nodes CODE` with a line each; or `== none`
 * and why. It asks as the login user, whose credentials they are.
 */
export const kubeSharing = {
  name: NAME,
  deadlineMs: 60_000,
  sh: `
${AS_LOGIN_USER}
as_login_user sh -c '
none() { printf "== none\\n%.500s\\n" "$1"; exit 0; }
nodes=$2 pods=$3 where=$4
set -f
set -- $1
context=$1 config=$2 namespace=$3
command -v kubectl >/dev/null 2>&1 || none "kubectl is not installed here"
${KUBECTL_SH}
part() {
name=$1; shift
out=$(k "$@" 2>/dev/null) || out=$(k "$@" 2>&1)
printf "== %s %s\\n%s\\n" "$name" "$?" "$out"
}
if [ "$namespace" = - ]; then
all=$(k get daemonsets.apps -A -o go-template="$where" 2>/dev/null) || all=
namespace=$(printf "%s\\n" "$all" | grep "nvidia.*device-plugin" | head -n 1)
namespace=\${namespace%% *}
[ -n "$namespace" ] || namespace=gpu-operator
fi
printf "== namespace\\n%s\\n" "$namespace"
part plugins get --raw "/apis/apps/v1/namespaces/$namespace/daemonsets"
part maps get --raw "/api/v1/namespaces/$namespace/configmaps"
part policies get --raw /apis/nvidia.com/v1/clusterpolicies
part pods get pods -n "$namespace" -o go-template="$pods"
part nodes get nodes -o go-template="$nodes"
' muster "$1" '${NODES}' '${PODS}' '${WHERE}' </dev/null`,
  parse: ({ stdout, exitCode }): KubeSharing => {
    const parts = sections(stdout);
    const none = section(parts, 'none');
    if (none !== undefined) return { kind: 'none', because: told(none.text) };
    const namespace = section(parts, 'namespace');
    const nodes = section(parts, 'nodes');
    if (namespace === undefined || nodes === undefined)
      throw new ParseError(NAME, 1, stdout, `kubectl could not be asked: exit code ${exitCode}`);
    const why = (part: Section): string => sentence(part, neutralise(namespace.text.trim()));
    if (exitCodeOf(nodes) !== 0) return { kind: 'none', because: why(nodes) };
    const refused = new Map(parts.flatMap((part) => (exitCodeOf(part) === 0 ? [] : [[part.name, why(part)] as const])));
    const items = (name: string): readonly Json[] => elements(at(jsonOf(section(parts, name)), 'items'));
    const pods = linesOf(section(parts, 'pods'));
    const [plugin] = items('plugins').flatMap((object) => pluginOf(object) ?? []);
    const [policy] = items('policies').flatMap((object) => policyOf(object) ?? []);
    return {
      kind: 'seen',
      namespace: neutralise(namespace.text.trim()),
      ...(plugin === undefined ? {} : { plugin: withPods(plugin, pods) }),
      maps: items('maps').flatMap((object) => mapOf(object) ?? []),
      ...(policy === undefined ? {} : { policy }),
      nodes: linesOf(nodes).flatMap((line) => nodeOf(line) ?? []),
      refused,
    };
  },
} satisfies Check<'kubeSharing'>;

/** Why there is no answer at all: what was said last, behind warnings. */
const told = (said: string): string => neutralise((nonEmptyLines(said).at(-1) ?? 'kubectl said nothing').slice(0, 300));

/** Why a part could not be had, in one sentence. */
function sentence(part: Section, namespace: string): string {
  const what = {
    plugins: `DaemonSets in ${namespace}`,
    maps: `ConfigMaps in ${namespace}`,
    policies: 'ClusterPolicies',
  };
  const wanted = `list ${Object.entries(what).find(([name]) => name === part.name)?.[1] ?? part.name}`;
  return kubectlSentence(part.text, exitCodeOf(part), { wanted, where: HERE }).because;
}

const linesOf = (part: Section | undefined): readonly string[] =>
  part === undefined || exitCodeOf(part) !== 0 ? [] : nonEmptyLines(part.text);

function jsonOf(part: Section | undefined): Json {
  if (part === undefined || exitCodeOf(part) !== 0) return undefined;
  try {
    return JSON.parse(part.text);
  } catch {
    throw new ParseError(NAME, part.line, part.text, `the API server's ${part.name} are no JSON`);
  }
}

function withPods(plugin: Omit<PluginState, 'pods'>, lines: readonly string[]): PluginState {
  const pods = lines.flatMap((line): PluginPod[] => {
    const [name = '', node = '', created = '', owners = '', ready = ''] = line.split('\t');
    const createdMs = Date.parse(created);
    if (!owners.split(' ').includes(plugin.name) || !Number.isFinite(createdMs)) return [];
    const isReady = ready.includes('true') && !ready.includes('false');
    return [{ name: neutralise(name), node: neutralise(node), createdMs, isReady }];
  });
  return { ...plugin, pods };
}

function mapOf(object: Json): PluginMap | undefined {
  const metadata = at(object, 'metadata');
  const name = text(at(metadata, 'name'));
  if (name === '') return undefined;
  const data = Object.entries(fields(at(object, 'data'))).flatMap(([key, value]) =>
    typeof value === 'string' ? [[key, value] as const] : [],
  );
  const owner = ownerOf(metadata);
  const application = applicationOf(metadata);
  const changes = elements(at(metadata, 'managedFields'))
    .filter((entry) => at(entry, 'fieldsV1', 'f:data') !== undefined)
    .map((entry) => Date.parse(text(at(entry, 'time'))));
  const times = [Date.parse(text(at(metadata, 'creationTimestamp'))), ...changes].filter(Number.isFinite);
  return {
    name,
    version: text(at(metadata, 'resourceVersion')),
    changedMs: Math.max(0, ...times),
    data: Object.fromEntries(data),
    sums: Object.fromEntries(data.map(([key, value]) => [key, sumOf(value)])),
    ...(owner === undefined ? {} : { owner }),
    ...(application === undefined ? {} : { application }),
  };
}

const sumOf = (value: string): string => createHash('sha256').update(value.trimEnd()).digest('hex');

function policyOf(object: Json): PolicyState | undefined {
  const metadata = at(object, 'metadata');
  const name = text(at(metadata, 'name'));
  if (name === '') return undefined;
  const config = at(object, 'spec', 'devicePlugin', 'config');
  const [configMap, defaultKey] = [words(at(config, 'name')), words(at(config, 'default'))];
  const [owner, application] = [ownerOf(metadata), applicationOf(metadata)];
  const chart = words(at(metadata, 'labels', 'helm.sh/chart'));
  return {
    name,
    ...(chart === undefined ? {} : { chart }),
    ...(configMap === undefined ? {} : { configMap }),
    ...(defaultKey === undefined ? {} : { defaultKey }),
    ...(owner === undefined ? {} : { owner }),
    ...(application === undefined ? {} : { application }),
  };
}

function nodeOf(line: string): SharingNode | undefined {
  const [name = '', label = '', cards = '', ready = '', capacity = '', allocatable = ''] = line.split('\t');
  if (name === '') return undefined;
  const count = wholeNumber(cards);
  return {
    name: neutralise(name),
    ...(label === '' ? {} : { label: neutralise(label) }),
    ...(count === undefined ? {} : { cards: whole(count) }),
    isReady: ready === 'True',
    capacity: resourcesOf(capacity),
    allocatable: resourcesOf(allocatable),
  };
}
