import type { Random } from '../engine/ports.ts';
import { at, type Json, text } from '../model/json.ts';
import {
  type ClusterEventOf,
  type ClusterSpec,
  KUBE_WORDS,
  type KubeKind,
  type KubeObjects,
  type KubeState,
} from '../model/kubernetes.ts';
import { unreachable } from '../model/unreachable.ts';
import type { Kind } from './kinds.ts';
import { type Listed, listAll, MOST_OBJECTS } from './list.ts';
import { type Asked, refusalOf } from './refusal.ts';
import type { Ended, Place } from './run-command.ts';
import { type Said, type WatchEnd, watchFrom } from './watch.ts';

/** Changes are gathered for this long, so that a burst is one event. */
const GATHER_MS = 20;
/** Where only listing is allowed. */
const LIST_EVERY_MS = 30_000;
/** Where the cluster knows no such kind: an operator may be installed any day. */
const ABSENT_EVERY_MS = 300_000;
/** Waits after a failure are doubled, up to the second: an API server that comes back is not stormed. */
const FIRST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 60_000;
/** A watch that ended sooner than this is not resumed at once. */
const SHORT_MS = 2_000;

/** What a follower works with. */
export interface FollowOptions<K extends KubeKind> {
  readonly place: Place;
  readonly random: Random;
  readonly spec: ClusterSpec;
  readonly of: K;
  readonly kind: Kind<K>;
  /** The namespace it is in; undefined for kinds of the whole cluster. */
  readonly namespace: string | undefined;
  readonly tell: (event: ClusterEventOf<K>) => void;
}

/** Lists one kind of one cluster, then watches it for as long as it lives. */
export interface Follower {
  /** Asks again now where it was refused or lost; what is well goes on. */
  readonly retry: () => void;
  readonly close: () => void;
}

interface Following<K extends KubeKind> {
  readonly options: FollowOptions<K>;
  readonly path: string;
  /** Resource versions by id: what a resumed watch says again is no change. */
  versions: Map<string, string>;
  version: string;
  failures: number;
  watchedMs: number;
  stop: () => void;
  put: Map<string, KubeObjects[K]>;
  gone: Set<string>;
  flushing: (() => void) | undefined;
}

/** Starts to follow a kind. */
export function follow<K extends KubeKind>(options: FollowOptions<K>): Follower {
  const following: Following<K> = {
    options,
    path: options.kind.path(options.namespace ?? ''),
    versions: new Map(),
    version: '',
    failures: 0,
    watchedMs: 0,
    stop: () => {},
    put: new Map(),
    gone: new Set(),
    flushing: undefined,
  };
  list(following);
  return {
    retry: () => {
      if (following.failures === 0) return;
      following.stop();
      following.failures = 0;
      list(following);
    },
    close: () => {
      following.stop();
      following.flushing?.();
    },
  };
}

function list<K extends KubeKind>(following: Following<K>): void {
  const { place, spec, kind } = following.options;
  const found: (readonly [string, KubeObjects[K]])[] = [];
  const versions = new Map<string, string>();
  const keep = (object: Json): void => {
    const item = kind.read(object);
    if (item === undefined) return;
    found.push([kind.idOf(item), item]);
    versions.set(kind.idOf(item), versionOf(object));
  };
  following.stop = listAll(place, spec, following.path, keep, (answer) => listed(following, answer, found, versions));
}

function listed<K extends KubeKind>(
  following: Following<K>,
  answer: Listed,
  items: readonly (readonly [string, KubeObjects[K]])[],
  versions: Map<string, string>,
): void {
  if (answer.kind === 'ended') {
    refused(following, answer.ended, 'list');
    return;
  }
  const { place, spec, of, tell } = following.options;
  following.versions = versions;
  following.version = answer.version;
  following.put.clear();
  following.gone.clear();
  const sinceMs = place.clock.nowMs();
  const state: KubeState = answer.isCut
    ? { kind: 'listing', sinceMs, because: `more than ${MOST_OBJECTS} ${KUBE_WORDS[of]}: the rest is not shown` }
    : { kind: 'watching', sinceMs };
  tell({ kind: 'list', cluster: spec.name, of, items, state });
  watch(following);
}

function watch<K extends KubeKind>(following: Following<K>): void {
  const { place, spec } = following.options;
  following.watchedMs = place.clock.nowMs();
  following.stop = watchFrom(place, spec, following.path, following.version, {
    say: (said) => hear(following, said),
    over: (how) => watchEnded(following, how),
  });
}

function hear<K extends KubeKind>(following: Following<K>, said: Said): void {
  const { kind, place } = following.options;
  following.failures = 0;
  if (said.kind === 'bookmark') {
    if (said.version !== '') following.version = said.version;
    return;
  }
  const item = kind.read(said.object);
  if (item === undefined) return;
  const version = versionOf(said.object);
  if (version !== '') following.version = version;
  const { versions, put, gone } = following;
  const id = kind.idOf(item);
  if (said.kind === 'put') {
    if (version !== '' && versions.get(id) === version) return;
    if (!versions.has(id) && versions.size >= MOST_OBJECTS) return;
    versions.set(id, version);
    put.set(id, item);
    gone.delete(id);
  } else {
    versions.delete(id);
    put.delete(id);
    gone.add(id);
  }
  following.flushing ??= place.clock.after(GATHER_MS, () => flush(following));
}

function flush<K extends KubeKind>(following: Following<K>): void {
  const { spec, of, tell } = following.options;
  const { put, gone } = following;
  following.flushing?.();
  following.flushing = undefined;
  if (put.size === 0 && gone.size === 0) return;
  following.put = new Map();
  following.gone = new Set();
  tell({ kind: 'change', cluster: spec.name, of, put: [...put], gone: [...gone] });
}

function watchEnded<K extends KubeKind>(following: Following<K>, how: WatchEnd): void {
  const { clock } = following.options.place;
  flush(following);
  switch (how.kind) {
    case 'expired':
      listAfter(following, following.failures === 0 ? 0 : backOffMs(following));
      return;
    case 'ended':
      refused(following, how.ended, 'watch');
      return;
    case 'resume':
      if (clock.nowMs() - following.watchedMs >= SHORT_MS) {
        watch(following);
        return;
      }
      following.stop = clock.after(backOffMs(following), () => watch(following));
      return;
    default:
      unreachable(how);
  }
}

function refused<K extends KubeKind>(following: Following<K>, ended: Ended, verb: Asked['verb']): void {
  const { place, spec, of, kind, namespace, tell } = following.options;
  const refusal = refusalOf(ended, { of, verb, namespace }, spec);
  const sinceMs = place.clock.nowMs();
  const become = (state: KubeState) => tell({ kind: 'state', cluster: spec.name, of, state });
  switch (refusal.kind) {
    case 'expired':
      listAfter(following, following.failures === 0 ? 0 : backOffMs(following));
      return;
    case 'absent':
      following.versions.clear();
      tell({ kind: 'list', cluster: spec.name, of, items: [], state: { kind: 'absent', because: kind.absent } });
      listAfter(following, ABSENT_EVERY_MS);
      return;
    case 'trouble': {
      const { because, reason } = refusal;
      if (verb === 'watch' && reason === 'forbidden') {
        become({ kind: 'listing', sinceMs, because: `${because}; they are listed every ${LIST_EVERY_MS / 1_000} s` });
        listAfter(following, LIST_EVERY_MS);
        return;
      }
      become({ kind: 'trouble', because, reason, sinceMs });
      listAfter(following, backOffMs(following));
      return;
    }
    default:
      unreachable(refusal);
  }
}

function listAfter<K extends KubeKind>(following: Following<K>, delayMs: number): void {
  if (following.failures === 0) following.failures = 1;
  following.stop = following.options.place.clock.after(delayMs, () => list(following));
}

function backOffMs<K extends KubeKind>(following: Following<K>): number {
  const wholeMs = Math.min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** following.failures);
  following.failures += 1;
  return wholeMs * (0.5 + following.options.random() / 2);
}

const versionOf = (object: Json): string => text(at(object, 'metadata', 'resourceVersion'));
