import { ParseError } from '../model/errors.ts';
import type { ClusterEvent, ClusterEventOf, ClusterSpec, KubeNode } from '../model/kubernetes.ts';
import { neutralise } from '../model/neutralise.ts';
import type { TalosFacts, TalosNode } from '../model/talos.ts';
import { type TalosctlTrouble, talosctlSentence } from '../model/talosctl.ts';
import { talosctlProgram } from './program.ts';
import { type TalosQuestion, talosQuestions } from './read-talos.ts';
import { type Ended, type Place, runCommand } from './run-command.ts';

/** A machine's stage, services and disks change seldom; what its kernel says of a card must not wait for long. */
const EVERY_MS = 60_000;
/** Between two machines: talosctl is a large program, six starts of it take some 0.5 s of processor where it runs. */
const PACE_MS = 3_000;
/** The nodes of a cluster come in one list; the first question waits until that is through. */
const FIRST_MS = 500;
/** After talosctl itself was missing or had no configuration: no machine is asked until then. */
const UNUSABLE_MS = 300_000;
/** Before anything that happened; not infinite, because it is added to. */
const LONG_AGO_MS = Number.MIN_SAFE_INTEGER / 2;
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

/** Begins to ask as soon as there is a node that runs Talos. */
export function followTalos(place: Place, spec: ClusterSpec, tell: (event: ClusterEvent) => void): TalosFollower {
  const { clock } = place;
  /** Address by node. */
  const nodes = new Map<string, string>();
  const askedMs = new Map<string, number>();
  const told = new Map<string, string>();
  let unusableUntilMs = LONG_AGO_MS;
  let stop: (() => void) | undefined;

  /** Only what is new: a change of the cluster makes every rule look at it again. */
  const say = (node: string, talos: TalosNode | undefined): void => {
    const key = JSON.stringify(talos);
    if (told.get(node) === key) return;
    if (key === undefined) told.delete(node);
    else told.set(node, key);
    tell({ kind: 'talos', cluster: spec.name, node, talos });
  };
  const next = (): void => {
    for (const node of [...askedMs.keys()]) {
      if (nodes.has(node)) continue;
      askedMs.delete(node);
      say(node, undefined);
    }
    const waits = (node: string): number => (askedMs.get(node) ?? LONG_AGO_MS) + EVERY_MS;
    const [due] = [...nodes.keys()].toSorted((left, right) => waits(left) - waits(right));
    stop = undefined;
    if (due === undefined) return;
    const delayMs = Math.max(waits(due), unusableUntilMs) - clock.nowMs();
    if (delayMs > 0) {
      stop = clock.after(Math.min(delayMs, EVERY_MS), next);
      return;
    }
    askedMs.set(due, clock.nowMs());
    stop = ask(place, spec, { node: due, address: nodes.get(due) ?? due }, (talos, reason) => {
      // Of the place talosctl runs at: every machine says so, and none is asked.
      const isUnusable = reason === 'no-talosctl' || reason === 'configuration';
      if (isUnusable) unusableUntilMs = clock.nowMs() + UNUSABLE_MS;
      for (const node of isUnusable ? [...nodes.keys()] : [due]) {
        askedMs.set(node, clock.nowMs());
        say(node, talos);
      }
      stop = clock.after(PACE_MS, next);
    });
  };
  return {
    see: (event) => {
      keepTalos(nodes, event);
      if (stop === undefined && (nodes.size > 0 || askedMs.size > 0)) stop = clock.after(FIRST_MS, next);
    },
    retry: () => {
      if (stop === undefined) return;
      stop();
      unusableUntilMs = LONG_AGO_MS;
      for (const node of askedMs.keys()) askedMs.set(node, LONG_AGO_MS);
      next();
    },
    close: () => stop?.(),
  };
}

function keepTalos(nodes: Map<string, string>, event: ClusterEventOf<'nodes'>): void {
  if (event.kind === 'state') return;
  if (event.kind === 'list') nodes.clear();
  else for (const name of event.gone) nodes.delete(name);
  for (const [, node] of event.kind === 'list' ? event.items : event.put) {
    const address = talosAddress(node);
    if (address === undefined) nodes.delete(node.name);
    else nodes.set(node.name, address);
  }
}

/** Where talosctl finds a node; undefined for one that runs something else. An address that talosctl would take for an option is none. */
const talosAddress = ({ os, address, name }: KubeNode): string | undefined =>
  os?.startsWith('Talos') === true ? (/^[0-9A-Fa-f.:]{2,45}$/.test(address ?? '') ? address : name) : undefined;

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
