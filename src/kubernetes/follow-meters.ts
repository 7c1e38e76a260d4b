import type { MetersEvent } from '../model/card-meters.ts';
import { ParseError } from '../model/errors.ts';
import { kubectlSentence } from '../model/kubectl.ts';
import type { ClusterEventOf, ClusterSpec, KubePod } from '../model/kubernetes.ts';
import { neutralise } from '../model/neutralise.ts';
import { kubectlProgram } from './program.ts';
import { readMeters } from './read-meters.ts';
import { type Ended, type Place, runCommand } from './run-command.ts';

/** dcgm-exporter itself looks at its cards every 30 s. */
const EVERY_MS = 30_000;
/** One question at a time and one in so long, however many nodes there are: a kubectl takes some 50 ms of processor where it runs. */
const PACE_MS = 2_000;
/** The pods of a cluster come in one list; the first question waits until that is through. */
const FIRST_MS = 500;
/** Before anything that happened; not infinite, because two of it are subtracted. */
const LONG_AGO_MS = Number.MIN_SAFE_INTEGER / 2;
/** After a refusal by the API server's rules. */
const FORBIDDEN_MS = 300_000;
const REQUEST_SEC = 10;
const SILENT_MS = 15_000;
/** Sixteen cards with all of the exporter's counters are 200 KB. */
const MOST_BYTES = 1_048_576;

/** Asks the exporters of one cluster for their cards, one at a time. */
export interface MetersFollower {
  /** The pods of the cluster, as they are told of. */
  readonly see: (event: ClusterEventOf<'pods'>) => void;
  /** Asks again now also where it was refused. */
  readonly retry: () => void;
  readonly close: () => void;
}

/** Begins to ask as soon as there is an exporter. */
export function followMeters(place: Place, spec: ClusterSpec, tell: (event: MetersEvent) => void): MetersFollower {
  const { clock } = place;
  /** Exporters by the pod's uid. */
  const pods = new Map<string, KubePod>();
  const askedMs = new Map<string, number>();
  let stop: (() => void) | undefined;
  let forbiddenUntilMs = LONG_AGO_MS;

  const later = (delayMs: number) => {
    stop = clock.after(delayMs, next);
  };
  const next = (): void => {
    const now = firstByNode(pods);
    for (const node of [...askedMs.keys()]) {
      if (now.has(node)) continue;
      askedMs.delete(node);
      tell({ kind: 'gone', cluster: spec.name, node });
    }
    const waits = (node: string): number => (askedMs.get(node) ?? LONG_AGO_MS) + EVERY_MS;
    const [due] = [...now.values()].toSorted((left, right) => waits(left.node) - waits(right.node));
    if (due === undefined) {
      stop = undefined;
      return;
    }
    const delayMs = Math.max(waits(due.node), forbiddenUntilMs) - clock.nowMs();
    if (delayMs > 0) {
      later(Math.min(delayMs, EVERY_MS));
      return;
    }
    askedMs.set(due.node, clock.nowMs());
    stop = ask(place, spec, due, (answer) => {
      // A refusal is of the namespace and so of every node: each says why it has no figures, and none is asked.
      const meant = answer.isForbidden ? [...firstByNode(pods).keys()] : [due.node];
      if (answer.isForbidden) forbiddenUntilMs = clock.nowMs() + FORBIDDEN_MS;
      for (const node of meant) {
        askedMs.set(node, clock.nowMs());
        tell({ cluster: spec.name, node, ...answer.said });
      }
      later(PACE_MS);
    });
  };
  return {
    see: (event) => {
      keepExporters(pods, event);
      if (stop === undefined && (pods.size > 0 || askedMs.size > 0)) later(FIRST_MS);
    },
    retry: () => {
      if (forbiddenUntilMs <= clock.nowMs()) return;
      forbiddenUntilMs = LONG_AGO_MS;
      stop?.();
      for (const node of askedMs.keys()) askedMs.set(node, LONG_AGO_MS);
      next();
    },
    close: () => stop?.(),
  };
}

function keepExporters(pods: Map<string, KubePod>, event: ClusterEventOf<'pods'>): void {
  if (event.kind === 'state') return;
  if (event.kind === 'list') pods.clear();
  else for (const uid of event.gone) pods.delete(uid);
  for (const [uid, pod] of event.kind === 'list' ? event.items : event.put) {
    pods.delete(uid);
    if (pod.exporterPort !== undefined && pod.phase === 'Running' && pod.node !== '') pods.set(uid, pod);
  }
}

/** Of two exporters on a node the first counts. */
function firstByNode(pods: ReadonlyMap<string, KubePod>): ReadonlyMap<string, KubePod> {
  const byNode = new Map<string, KubePod>();
  for (const pod of pods.values()) if (!byNode.has(pod.node)) byNode.set(pod.node, pod);
  return byNode;
}

type Said =
  | Omit<Extract<MetersEvent, { kind: 'cards' }>, 'cluster' | 'node'>
  | Omit<Extract<MetersEvent, { kind: 'trouble' }>, 'cluster' | 'node'>;

interface Answer {
  readonly said: Said;
  readonly isForbidden: boolean;
}

function ask(place: Place, spec: ClusterSpec, pod: KubePod, answered: (answer: Answer) => void): () => void {
  const { namespace, name, exporterPort } = pod;
  const part = encodeURIComponent;
  const uri = `/api/v1/namespaces/${part(namespace)}/pods/${part(name)}:${exporterPort}/proxy/metrics`;
  const lines: string[] = [];
  const running = runCommand(place, kubectlProgram(spec, uri, REQUEST_SEC), {
    silentMs: SILENT_MS,
    mostBytes: MOST_BYTES,
    keepsBlank: true,
    line: (line) => void lines.push(line),
    ended: (ended) => answered(answerOf(ended, lines, spec, pod, place.clock.nowMs())),
  });
  return running.stop;
}

function answerOf(ended: Ended, lines: readonly string[], spec: ClusterSpec, pod: KubePod, atMs: number): Answer {
  const trouble = (because: string, isForbidden = false): Answer => ({
    said: { kind: 'trouble', because },
    isForbidden,
  });
  const where = spec.from ?? 'this machine';
  const exporter = `${pod.namespace}/${pod.name}`;
  if (ended.kind === 'lost') return trouble(`no metrics of ${exporter}: ${neutralise(ended.because)}`);
  if (ended.exitCode !== 0) {
    const unreached = /error trying to reach service: (.*)/.exec(ended.words)?.[1];
    if (unreached !== undefined)
      return trouble(
        `the API server does not reach port ${pod.exporterPort} of ${exporter}: ${neutralise(unreached).slice(0, 200)}`,
      );
    const { reason, because } = kubectlSentence(ended.words, ended.exitCode, {
      wanted: `get pods/proxy in ${pod.namespace}`,
      where,
    });
    return trouble(because, reason === 'forbidden');
  }
  try {
    // What runs says a line end before its last word: an answer that ends its last line leaves an empty one here.
    return { said: { kind: 'cards', cards: readMeters(lines.join('\n')), atMs }, isForbidden: false };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return trouble(`the metrics of ${exporter} cannot be used: ${neutralise(error.message)}`);
  }
}
