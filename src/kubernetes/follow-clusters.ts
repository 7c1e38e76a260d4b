import type { FleetPlan } from '../engine/fleet.ts';
import type { Clock, Random, Transport } from '../engine/ports.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { FleetEvent } from '../model/fleet-event.ts';
import type { ClusterEvent, ClusterSpec, KubeKind, KubePod, KubeState } from '../model/kubernetes.ts';
import type { PodLogEvent, PodLogName } from '../model/pod-log.ts';
import { readDeclared, unreadable } from './declared.ts';
import { type Follower, follow } from './follow.ts';
import { followLog } from './follow-log.ts';
import { followMeters } from './follow-meters.ts';
import { followTalos } from './follow-talos.ts';
import { kinds } from './kinds.ts';
import { fileProgram } from './program.ts';
import { type Place, runCommand } from './run-command.ts';

/** A cluster and the way to the machine its kubectl runs on: plain data, because it crosses into the worker. */
export interface ClusterPlan {
  readonly spec: ClusterSpec;
  readonly endpoint: Endpoint;
  /** The machine the Git clone lies on. */
  readonly clone: Endpoint;
  /** For a single look: exporters and machines are asked one after the other without a pause. */
  readonly isOnce?: boolean;
}

/** What the worker is to watch: nodes, and clusters beside them. */
export interface WorkerPlan extends FleetPlan {
  readonly clusters?: readonly ClusterPlan[];
}

/** What following clusters needs. */
export interface ClusterParts {
  readonly transport: Pick<Transport, 'open'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: (events: readonly FleetEvent[]) => void;
}

/** All clusters of a fleet. */
export interface Clusters {
  /** Asks everything again, now. */
  readonly retry: () => void;
  /** Follows the log of a pod in place of the one before. */
  readonly openLog: (log: PodLogName | undefined) => void;
  readonly close: () => void;
}

/** Where the operator's chart puts itself unless told otherwise. */
const USUAL_NAMESPACE = 'gpu-operator';
/** The file is read without a watch. */
const FILE_EVERY_MS = 10_000;
const FILE_SILENT_MS = 10_000;

/** Starts to follow every cluster. */
export function followClusters(plans: readonly ClusterPlan[], parts: ClusterParts): Clusters {
  const following = plans.map((plan) => followCluster(plan, parts));
  let closeLog = () => {};
  return {
    openLog: (log) => {
      closeLog();
      closeLog = log === undefined ? () => {} : openLog(log, plans, parts);
    },
    retry: () => {
      for (const { retry } of following) retry();
    },
    close: () => {
      closeLog();
      for (const { close } of following) close();
    },
  };
}

function openLog(log: PodLogName, plans: readonly ClusterPlan[], parts: ClusterParts): () => void {
  const plan = plans.find(({ spec }) => spec.name === log.cluster);
  const tell = (event: PodLogEvent) => parts.tell([{ kind: 'pod-log', event }]);
  if (plan !== undefined && plan.endpoint.via !== 'none')
    return followLog({ transport: parts.transport, clock: parts.clock, endpoint: plan.endpoint }, plan.spec, log, tell);
  const because =
    plan === undefined ? `there is no cluster ${log.cluster}` : (plan.endpoint.because ?? 'it is not reached');
  tell({ kind: 'opened', log });
  tell({ kind: 'state', state: { kind: 'ended', because } });
  return () => {};
}

function followCluster({ spec, endpoint, clone, isOnce = false }: ClusterPlan, parts: ClusterParts): Follower {
  const { transport, clock, random } = parts;
  const place: Place = { transport, clock, endpoint };
  const say = (event: ClusterEvent) => parts.tell([{ kind: 'cluster', event }]);
  if (endpoint.via === 'none') return unreachableFrom(spec, endpoint, clock, say);
  const common = { place, random, spec };
  const followers: Follower[] = [];
  let hasPlugin = false;
  /** ConfigMaps and DaemonSets of one namespace alone: the right to read all ConfigMaps is more than muster needs. */
  const followPlugin = (namespace: string) => {
    if (hasPlugin) return;
    hasPlugin = true;
    followers.push(
      follow({ ...common, of: 'configMaps', kind: kinds.configMaps, namespace, tell: say }),
      follow({ ...common, of: 'daemonSets', kind: kinds.daemonSets, namespace, tell: say }),
    );
  };
  if (spec.namespace !== undefined) followPlugin(spec.namespace);
  const meters = followMeters(place, spec, (event) => parts.tell([{ kind: 'meters', event }]), { isOnce });
  const talos = spec.talos === undefined ? undefined : followTalos(place, spec, say, { isOnce });
  followers.push(
    follow({
      ...common,
      of: 'nodes',
      kind: kinds.nodes,
      namespace: undefined,
      tell: (event) => {
        say(event);
        talos?.see(event);
      },
    }),
    follow({
      ...common,
      of: 'pods',
      kind: kinds.pods,
      namespace: undefined,
      tell: (event) => {
        say(event);
        meters.see(event);
        if (event.kind === 'list') followPlugin(namespaceOf(event.items.map(([, pod]) => pod)));
        else if (event.kind === 'state') followPlugin(USUAL_NAMESPACE);
      },
    }),
    follow({ ...common, of: 'policies', kind: kinds.policies, namespace: undefined, tell: say }),
  );
  if (spec.git !== undefined)
    followers.push(followFile(spec, spec.git.file, { transport, clock, endpoint: clone }, say));
  return {
    retry: () => {
      for (const { retry } of followers) retry();
      meters.retry();
      talos?.retry();
    },
    close: () => {
      meters.close();
      talos?.close();
      for (const { close } of followers) close();
    },
  };
}

/** The namespace of the device plugin, by its pods. */
function namespaceOf(pods: readonly KubePod[]): string {
  return pods.find(({ name }) => /nvidia.*device-plugin/.test(name))?.namespace ?? USUAL_NAMESPACE;
}

function unreachableFrom(
  spec: ClusterSpec,
  { because = 'it is not reached' }: Endpoint,
  clock: Clock,
  say: (event: ClusterEvent) => void,
): Follower {
  const state: KubeState = {
    kind: 'trouble',
    because: `kubectl is to run on ${spec.from}: ${because}`,
    reason: 'configuration',
    sinceMs: clock.nowMs(),
  };
  const tell = () => {
    for (const kind of ['nodes', 'pods', 'configMaps', 'daemonSets', 'policies'] as const satisfies readonly KubeKind[])
      say({ kind: 'state', cluster: spec.name, of: kind, state });
  };
  const cancel = clock.after(0, tell);
  return { retry: tell, close: cancel };
}

/** Reads the Git file now and every ten seconds; told only when it changed. */
function followFile(spec: ClusterSpec, file: string, place: Place, say: (event: ClusterEvent) => void): Follower {
  let last: string | undefined;
  let stop = () => {};
  const tell = (text: string | undefined, because: string) => {
    const content = text ?? `!${because}`;
    if (content === last) return;
    last = content;
    const declared = text === undefined ? unreadable(file, because) : readDeclared(file, text);
    say({ kind: 'declared', cluster: spec.name, declared });
  };
  if (place.endpoint.via === 'none') {
    const cancel = place.clock.after(0, () => tell(undefined, place.endpoint.because ?? 'its node is not reached'));
    return { retry: () => {}, close: cancel };
  }
  const read = () => {
    const lines: string[] = [];
    const running = runCommand(place, fileProgram(file), {
      keepsBlank: true,
      silentMs: FILE_SILENT_MS,
      line: (line) => void lines.push(line),
      ended: (how) => {
        if (how.kind === 'exit' && how.exitCode === 0) tell(lines.join('\n'), '');
        else
          tell(
            undefined,
            how.kind === 'lost' ? how.because : how.words.trim().replace(/^cat: /, '') || 'it cannot be read',
          );
        stop = place.clock.after(FILE_EVERY_MS, read);
      },
    });
    stop = running.stop;
  };
  read();
  return {
    retry: () => {
      stop();
      read();
    },
    close: () => stop(),
  };
}
