import { isExporter, type MetersEvent } from '../model/card-meters.ts';
import { ParseError } from '../model/errors.ts';
import { kubectlSentence } from '../model/kubectl.ts';
import type { ClusterEventOf, ClusterSpec, KubePod } from '../model/kubernetes.ts';
import { neutralise } from '../model/neutralise.ts';
import { askInTurn, keepAsked } from './ask-in-turn.ts';
import { kubectlProgram } from './program.ts';
import { readMeters } from './read-meters.ts';
import { type Ended, type Place, runCommand } from './run-command.ts';

/** dcgm-exporter itself looks at its cards every 30 s. */
const EVERY_MS = 30_000;
/** One question at a time and one in so long, however many nodes there are: a kubectl takes some 50 ms of processor where it runs. */
const PACE_MS = 2_000;
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

/** Begins to ask as soon as there is an exporter; a single look asks without a pause. */
export function followMeters(
  place: Place,
  spec: ClusterSpec,
  tell: (event: MetersEvent) => void,
  { isOnce = false }: { readonly isOnce?: boolean } = {},
): MetersFollower {
  /** Exporters by the pod's uid. */
  const pods = new Map<string, KubePod>();
  const turns = askInTurn(place.clock, {
    names: () => [...firstByNode(pods).keys()],
    everyMs: EVERY_MS,
    paceMs: isOnce ? 0 : PACE_MS,
    ask: (node, answered) => {
      const pod = firstByNode(pods).get(node);
      if (pod === undefined) return () => {};
      return ask(place, spec, pod, ({ said, isForbidden }) =>
        answered({
          // A refusal is of the namespace and so of every node: each says why it has no figures, and none is asked.
          tell: (each) => tell({ cluster: spec.name, node: each, ...said }),
          ...(isForbidden ? { ofAllForMs: FORBIDDEN_MS } : {}),
        }),
      );
    },
    gone: (node) => tell({ kind: 'gone', cluster: spec.name, node }),
    retries: 'refused',
  });
  return {
    see: (event) => {
      keepAsked(pods, event, (pod) => (isExporter(pod) ? pod : undefined));
      turns.changed();
    },
    retry: turns.retry,
    close: turns.close,
  };
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
