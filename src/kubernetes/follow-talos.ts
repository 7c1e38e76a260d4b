import { ParseError } from '../model/errors.ts';
import type { ClusterEvent, ClusterEventOf, ClusterSpec, KubeNode } from '../model/kubernetes.ts';
import { neutralise } from '../model/neutralise.ts';
import { runsTalos, type TalosFacts, type TalosNode } from '../model/talos.ts';
import { type TalosctlTrouble, talosctlSentence } from '../model/talosctl.ts';
import { askInTurn, keepAsked } from './ask-in-turn.ts';
import { talosctlProgram } from './program.ts';
import { type TalosQuestion, talosQuestions } from './read-talos.ts';
import { type Ended, type Place, runCommand } from './run-command.ts';

/** A machine's stage, services and disks change seldom; what its kernel says of a card must not wait for long. */
const EVERY_MS = 60_000;
/** Between two machines: talosctl is a large program, six starts of it take some 0.5 s of processor where it runs. */
const PACE_MS = 3_000;
/** After talosctl itself was missing or had no configuration: no machine is asked until then. */
const UNUSABLE_MS = 300_000;
const SILENT_MS = 15_000;
/** The kernel's log of a machine is at most a few MiB. */
const MOST_BYTES = 8 * 1_048_576;

/** Asks the machines of Talos in one cluster, one at a time. */
export interface TalosFollower {
  /** The nodes of the cluster, as they are told of. */
  readonly see: (event: ClusterEventOf<'nodes'>) => void;
  readonly retry: () => void;
  readonly close: () => void;
}

/** Begins to ask as soon as there is a node that runs Talos; a single look asks without a pause. */
export function followTalos(
  place: Place,
  spec: ClusterSpec,
  tell: (event: ClusterEvent) => void,
  { isOnce = false }: { readonly isOnce?: boolean } = {},
): TalosFollower {
  /** Address by node. */
  const nodes = new Map<string, string>();
  const told = new Map<string, string>();
  /** Only what is new: a change of the cluster makes every rule look at it again. */
  const say = (node: string, talos: TalosNode | undefined): void => {
    const key = JSON.stringify(talos);
    if (told.get(node) === key) return;
    if (key === undefined) told.delete(node);
    else told.set(node, key);
    tell({ kind: 'talos', cluster: spec.name, node, talos });
  };
  const turns = askInTurn(place.clock, {
    names: () => [...nodes.keys()],
    everyMs: EVERY_MS,
    paceMs: isOnce ? 0 : PACE_MS,
    ask: (node, answered) =>
      ask(place, spec, { node, address: nodes.get(node) ?? node }, (talos, reason) => {
        // Of the place talosctl runs at: every machine says so, and none is asked.
        const isUnusable = reason === 'no-talosctl' || reason === 'configuration';
        answered({ tell: (each) => say(each, talos), ...(isUnusable ? { ofAllForMs: UNUSABLE_MS } : {}) });
      }),
    gone: (node) => say(node, undefined),
    retries: 'all',
  });
  return {
    see: (event) => {
      keepAsked(nodes, event, talosAddress);
      turns.changed();
    },
    retry: turns.retry,
    close: turns.close,
  };
}

/** Where talosctl finds a node; undefined for one that runs something else. An address that talosctl would take for an option is none. */
const talosAddress = (node: KubeNode): string | undefined =>
  runsTalos(node) ? (/^[0-9A-Fa-f.:]{2,45}$/.test(node.address ?? '') ? node.address : node.name) : undefined;

interface Asked {
  readonly node: string;
  readonly address: string;
}

const NOTHING: TalosFacts = {
  unmet: [],
  services: [],
  extensions: [],
  disks: [],
  mounts: [],
  events: [],
  notes: [],
};

/** Asks all questions one after the other; where the first comes to nothing the others would, too. */
function ask(
  place: Place,
  spec: ClusterSpec,
  asked: Asked,
  answered: (talos: TalosNode, reason?: TalosctlTrouble) => void,
): () => void {
  let running = () => {};
  const from = (index: number, facts: TalosFacts): void => {
    const question = talosQuestions[index];
    if (question === undefined) {
      answered({ facts });
      return;
    }
    const lines: string[] = [];
    running = runCommand(place, talosctlProgram(spec, asked.address, question.argv), {
      silentMs: SILENT_MS,
      mostBytes: MOST_BYTES,
      line: (line) => void lines.push(line),
      ended: (ended) => {
        const { reason, because, read } = answerOf(ended, lines, question, spec, asked);
        if (because === undefined) from(index + 1, { ...facts, ...read });
        else if (index > 0 && reason === 'failed') from(index + 1, { ...facts, notes: [...facts.notes, because] });
        else answered({ because }, reason);
      },
    }).stop;
  };
  from(0, NOTHING);
  return () => running();
}

interface Answer {
  readonly read?: Partial<TalosFacts>;
  readonly reason?: TalosctlTrouble;
  readonly because?: string;
}

function answerOf(
  ended: Ended,
  lines: readonly string[],
  { wanted, read }: TalosQuestion,
  spec: ClusterSpec,
  { node }: Asked,
): Answer {
  const where = spec.from ?? 'this machine';
  if (ended.kind === 'lost')
    return {
      reason: 'unreachable',
      because: `no answer of ${node} to talosctl on ${where}: ${neutralise(ended.because)}`,
    };
  if (ended.exitCode !== 0) return talosctlSentence(ended.words, ended.exitCode, { wanted, where, node });
  try {
    return { read: read(lines) };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return {
      reason: 'failed',
      because: `what talosctl says of ${wanted} of ${node} cannot be used: ${neutralise(error.message)}`,
    };
  }
}
