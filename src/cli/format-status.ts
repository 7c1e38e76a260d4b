import type { Finding } from '../model/finding.ts';
import type { Link } from '../model/link.ts';
import { foldNodes } from '../model/node-set.ts';
import type { NodeFacts, Slot } from '../model/observation.ts';
import { goodValueOf } from '../model/observation.ts';
import { type Seen, seenOf } from '../model/seen.ts';
import { talosMachines } from '../model/talos.ts';
import { formatBytes, formatDuration } from '../model/units.ts';
import { selectGpuRowsOfAll } from '../store/selectors/gpu-rows.ts';
import type { State } from '../store/state.ts';
import { clustersJson } from './clusters-json.ts';

/** Version of the JSON that `status` and `findings` print; grows when a member changes its meaning or goes. docs/json.md. */
export const STATUS_SCHEMA = 'muster.status.v1';
/** See `STATUS_SCHEMA`. */
export const FINDINGS_SCHEMA = 'muster.findings.v1';

/** The whole state as plain data with the age of every fact, for `--json`. */
export function statusJson(state: State, nowMs: number): object {
  return {
    schema: STATUS_SCHEMA,
    at: new Date(nowMs).toISOString(),
    inventory: state.inventory.name,
    links: countLinks(state),
    nodes: state.inventory.nodes.map(({ name, class: nodeClass, groups, labels }) => ({
      name,
      class: nodeClass ?? null,
      groups,
      labels,
      link: state.links.get(name) ?? { kind: 'idle' },
      facts: factsJson(state.nodes.get(name), state.seen.get(name), nowMs),
    })),
    ...(state.clusters.size === 0 ? {} : { clusters: clustersJson(state, nowMs) }),
    findings: state.findings.map((finding) => findingJson(finding)),
  };
}

/** The findings alone, for `findings --json`. */
export function findingsJson(state: State, nowMs: number): object {
  return {
    schema: FINDINGS_SCHEMA,
    at: new Date(nowMs).toISOString(),
    inventory: state.inventory.name,
    findings: state.findings.map(findingJson),
  };
}

function findingJson({ sinceMs, ...finding }: Finding): object {
  return { ...finding, since: new Date(sinceMs).toISOString() };
}

function factsJson(facts: NodeFacts | undefined, seen: Seen | undefined, nowMs: number): object {
  if (facts === undefined) return {};
  const ageOf = (question: string) => {
    const atMs = seenOf(seen, question, 'atMs');
    return atMs === undefined ? null : Math.max(0, nowMs - atMs);
  };
  const perTarget = (probe: 'usage' | 'directories') =>
    Object.fromEntries(
      Object.entries(facts[probe] ?? {}).map(
        ([target, slot]) => [target, slotJson(slot, ageOf(`${probe}:${target}`))] as const,
      ),
    );
  const rest = Object.entries(facts.slots).map(([probe, slot]) => [probe, slotJson(slot, ageOf(probe))] as const);
  const directories = facts.directories === undefined ? {} : { directories: perTarget('directories') };
  return { ...Object.fromEntries(rest), usage: perTarget('usage'), ...directories };
}

function slotJson(slot: Slot<unknown>, ageMs: number | null): object {
  const reason = 'because' in slot ? { because: slot.because } : {};
  const since = 'sinceMs' in slot ? { since: new Date(slot.sinceMs).toISOString() } : {};
  return { state: slot.kind, ageMs, value: goodValueOf(slot) ?? null, ...reason, ...since };
}

/** How many nodes are in which state of their link. */
export function countLinks(state: State): { readonly [kind in Link['kind']]: number } {
  const counts = { idle: 0, connecting: 0, up: 0, late: 0, lost: 0, refused: 0, none: 0 };
  for (const { name } of state.inventory.nodes) counts[(state.links.get(name) ?? { kind: 'idle' as const }).kind]++;
  return counts;
}

/** The rows of the summary table: what there is, and how it is. */
export function summaryRows(
  state: State,
): readonly { readonly what: string; readonly total: string; readonly state: string }[] {
  const links = Object.entries(countLinks(state)).filter(([, count]) => count > 0);
  const facts = state.inventory.nodes.flatMap(({ name }) => state.nodes.get(name) ?? []);
  const rows = selectGpuRowsOfAll(state);
  const gpus = rows.flatMap(({ gpu }) => gpu ?? []);
  const byExporter = rows.filter(({ from }) => from === 'dcgm-exporter').length;
  const failedGpus = gpus.filter(({ error }) => error !== undefined).length;
  const busy = gpus.filter(({ utilisationRatio }) => (utilisationRatio ?? 0) >= 0.05).length;
  const used = gpus.reduce((sum, gpu) => sum + (gpu.memoryUsedBytes ?? 0), 0);
  const total = gpus.reduce((sum, gpu) => sum + (gpu.memoryTotalBytes ?? 0), 0);
  const usage = facts.flatMap((node) => Object.values(node.usage));
  const hung = usage.filter(({ kind }) => kind === 'hung').length;
  const by = (severity: Finding['severity']) =>
    state.findings.filter((finding) => finding.severity === severity).length;
  return [
    {
      what: 'nodes',
      total: String(state.inventory.nodes.length),
      state: links.map(([kind, count]) => `${count} ${kind === 'none' ? 'without SSH' : kind}`).join(', '),
    },
    ...talosRows(state),
    {
      what: 'GPUs',
      total: String(gpus.length),
      state: `${busy} busy, ${gpus.length - busy - failedGpus} idle, ${failedGpus} failed${byExporter === 0 ? '' : `; ${byExporter} by dcgm-exporter`}`,
    },
    { what: 'GPU memory', total: formatBytes(total), state: `${formatBytes(used)} used` },
    { what: 'filesystems', total: String(usage.length), state: `${usage.length - hung} answer, ${hung} hang` },
    {
      what: 'findings',
      total: String(state.findings.length),
      state: `${by('critical')} critical, ${by('warning')} warning, ${by('notice')} notice`,
    },
  ];
}

/** Machines of Talos, where a cluster asks them. */
function talosRows({ clusters }: State): ReturnType<typeof summaryRows> {
  const machines = [...clusters.values()].flatMap(talosMachines);
  if (machines.length === 0) return [];
  const told = machines.filter(({ talos }) => talos?.because === undefined && talos?.facts !== undefined);
  const ready = told.filter(({ talos }) => talos?.facts?.isReady === true).length;
  const isNot = told.filter(({ talos }) => talos?.facts?.isReady === false).length;
  return [
    {
      what: 'Talos machines',
      total: String(machines.length),
      state: `${ready} ready, ${isNot} not ready, ${machines.length - ready - isNot} not known`,
    },
  ];
}

/** One finding on two or three lines, the next move last. */
export function findingLines(finding: Finding, nowMs: number): readonly string[] {
  const since = formatDuration(Math.max(0, nowMs - finding.sinceMs));
  const where = foldNodes(finding.evidence.map(({ node }) => node));
  return [
    `${finding.severity.padEnd(8)} ${finding.title}${where === '' ? '' : `  [${where}]`}  ${since}`,
    `         ${finding.nextMove}`,
  ];
}

/** Nodes that do not answer as they should, or cannot, gathered by the sentence that says why. */
export function linkLines(state: State): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const { name } of state.inventory.nodes) {
    const link = state.links.get(name);
    if (link === undefined || link.kind === 'up') continue;
    // A node without SSH is no error; it is said all the same, or its empty figures would be a riddle.
    const reason =
      link.kind === 'none' ? link.because : 'because' in link ? `${link.kind}: ${link.because}` : link.kind;
    byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  }
  return [...byReason].map(
    ([reason, names]) => `${foldNodes(names)}: ${reason}${names.length > 1 ? ` (${names.length} nodes)` : ''}`,
  );
}
