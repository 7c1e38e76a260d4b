import type { Check } from '../model/check.ts';
import type { DrainPod, KubePodsState, PodBudget, PodSelector } from '../model/drain.ts';
import { ParseError } from '../model/errors.ts';
import { isGpuResource } from '../model/gpu-pods.ts';
import { at, elements, fields, type Json, text, texts, whole, words } from '../model/json.ts';
import { kubectlCheck, kubectlSentence } from '../model/kubectl.ts';
import { MAX_ROWS, type Section, sections } from '../probes/text.ts';
import { firstSaidIn, HERE, jsonOf, saidIn } from './kube-node.ts';

const NAME = 'kubePods';

/** What is told of a pod, a tab between: a hundred whole pods would be a megabyte of JSON. */
const COLUMNS = [
  '.metadata.namespace',
  '.metadata.name',
  '.metadata.uid',
  '.spec.nodeName',
  '.status.phase',
  '.metadata.deletionTimestamp',
  '.spec.terminationGracePeriodSeconds',
  '.metadata.creationTimestamp',
  '.spec.priority',
  String.raw`.metadata.annotations.kubernetes\.io/config\.mirror`,
  '.metadata.ownerReferences',
  '.spec.volumes[*].emptyDir',
  '.metadata.labels',
  '.spec.containers[*].resources.limits',
] as const;

const TEMPLATE = `{range .items[*]}${COLUMNS.map((column) => `{${column}}`).join(String.raw`{"\t"}`)}${String.raw`{"\n"}`}{end}`;

/**
 * Pods with what a drain must know of them: target as `kubectlTarget` writes it, with a field selector (`spec.nodeName=gpu-0`) and a namespace, empty for all.
 * Answers a line a pod, then the PodDisruptionBudgets; those of `policy/v1beta1` where an API server before 1.22 has no others.
 */
export const kubePods = {
  name: NAME,
  deadlineMs: 60_000,
  sh: kubectlCheck(
    `if [ -n "$two" ]; then set -- "$2" -n "$two"; else set -- "$2" -A; fi
template=$1
shift
said pods get pods "$@" --field-selector "$one" -o "jsonpath=$template"
raw budgets /apis/policy/v1/poddisruptionbudgets
[ "$code" = 0 ] || raw older /apis/policy/v1beta1/poddisruptionbudgets`,
    TEMPLATE,
  ),
  parse: ({ stdout, exitCode }): KubePodsState => {
    const parts = sections(stdout);
    const { part: pods, because } = firstSaidIn(NAME, { stdout, exitCode }, 'pods', 'list pods');
    if (because !== undefined) return { kind: 'none', because };
    const lines = pods.text.split('\n').filter((line) => line.includes('\t'));
    return {
      kind: 'pods',
      pods: lines.slice(0, MAX_ROWS).map((line, index) => podOf(line, pods.line + index)),
      ...budgetsOf(parts),
    };
  },
} satisfies Check<'kubePods'>;

function podOf(line: string, number: number): DrainPod {
  const columns = line.split('\t');
  if (columns.length !== COLUMNS.length) throw new ParseError(NAME, number, line);
  const [namespace = '', name = '', uid = '', node = '', phase = '', leaving, grace = '', created = '', priority] =
    columns;
  const [, , , , , , , , , mirror, owners = '', emptyDirs, labels = '', limits = ''] = columns;
  if (uid === '' || name === '') throw new ParseError(NAME, number, line);
  const owner = elements(parsed(owners)).find((each) => at(each, 'controller') === true);
  const createdMs = Date.parse(created);
  return {
    namespace,
    name,
    uid,
    node,
    phase: phase || 'Unknown',
    isLeaving: leaving !== '',
    graceSec: /^\d{1,9}$/.test(grace) ? Number(grace) : undefined,
    createdMs: Number.isNaN(createdMs) ? undefined : createdMs,
    priority: Number.isSafeInteger(Number(priority)) ? Number(priority) : 0,
    owner: owner === undefined ? undefined : { kind: text(at(owner, 'kind')), name: text(at(owner, 'name')) },
    isMirror: mirror !== '',
    hasLocalStorage: emptyDirs !== '',
    labels: texts(parsed(labels)),
    gpus: gpusIn(limits),
  };
}

/** Limits of all containers, a map each, a blank between. */
function gpusIn(limits: string): number {
  let count = 0;
  for (const map of limits.match(/\{[^{}]*\}/g) ?? [])
    for (const [name, amount] of Object.entries(fields(parsed(map)))) if (isGpuResource(name)) count += whole(amount);
  return count;
}

function parsed(source: string): Json {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}

function budgetsOf(parts: readonly Section[]): {
  readonly budgets: readonly PodBudget[];
  readonly policy: string;
  readonly budgetsUnknown?: string;
} {
  const newer = saidIn(NAME, parts, 'budgets');
  const older = saidIn(NAME, parts, 'older');
  const answer = [newer, older].find((each) => each?.code === 0);
  if (answer === undefined) {
    const asked = { wanted: 'list PodDisruptionBudgets', where: HERE };
    const { because } = kubectlSentence(newer?.words ?? '', newer?.code ?? 1, asked);
    return { budgets: [], policy: 'policy/v1', budgetsUnknown: because };
  }
  const items = elements(at(jsonOf(NAME, answer.part), 'items')).slice(0, MAX_ROWS);
  return { budgets: items.map(budgetOf), policy: answer === older ? 'policy/v1beta1' : 'policy/v1' };
}

function budgetOf(object: Json): PodBudget {
  const status = at(object, 'status');
  return {
    namespace: text(at(object, 'metadata', 'namespace')),
    name: text(at(object, 'metadata', 'name')),
    selector: selectorOf(at(object, 'spec', 'selector')),
    allowed: whole(at(status, 'disruptionsAllowed')),
    healthy: whole(at(status, 'currentHealthy')),
    wanted: whole(at(status, 'desiredHealthy')),
  };
}

function selectorOf(value: Json): PodSelector | undefined {
  if (value === undefined || value === null) return undefined;
  return {
    labels: texts(at(value, 'matchLabels')),
    expressions: elements(at(value, 'matchExpressions')).map((each) => ({
      key: text(at(each, 'key')),
      operator: text(at(each, 'operator')),
      values: elements(at(each, 'values')).flatMap((item) => words(item) ?? []),
    })),
  };
}
