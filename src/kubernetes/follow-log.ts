import { kubectlSentence } from '../model/kubectl.ts';
import type { ClusterSpec } from '../model/kubernetes.ts';
import { neutralise } from '../model/neutralise.ts';
import {
  POD_LOG_CHARACTERS,
  POD_LOG_LINES,
  type PodLogEvent,
  type PodLogName,
  type PodLogState,
} from '../model/pod-log.ts';
import { logProgram } from './program.ts';
import { type Ended, type Place, runCommand } from './run-command.ts';

/** Lines are gathered for this long, so that a flood is one event. */
const GATHER_MS = 100;
/** A log may be silent for long; a link that is gone tells by itself. */
const SILENT_MS = 12 * 3_600_000;
/** Waits before a log that ended is asked for again, doubled up to the second. */
const FIRST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 30_000;

interface Following {
  readonly place: Place;
  readonly spec: ClusterSpec;
  readonly name: PodLogName;
  readonly tell: (event: PodLogEvent) => void;
  /** Time of the last line, as kubectl writes it; from there it goes on. */
  last: string;
  lines: string[];
  dropped: number;
  waitMs: number;
  isClosed: boolean;
  stop: () => void;
  flushing: (() => void) | undefined;
}

/** Follows the log of a pod with all its containers until it is closed: what ends is asked for again from the last line on. */
export function followLog(
  place: Place,
  spec: ClusterSpec,
  name: PodLogName,
  tell: (event: PodLogEvent) => void,
): () => void {
  const following: Following = {
    place,
    spec,
    name,
    tell,
    last: '',
    lines: [],
    dropped: 0,
    waitMs: FIRST_WAIT_MS,
    isClosed: false,
    stop: () => {},
    flushing: undefined,
  };
  tell({ kind: 'opened', log: name });
  run(following);
  return () => {
    following.isClosed = true;
    following.stop();
    following.flushing?.();
  };
}

function run(following: Following): void {
  const { place, spec, name, last } = following;
  let isFirst = true;
  const running = runCommand(place, logProgram(spec, name, last), {
    silentMs: SILENT_MS,
    line: (line) => {
      if (isFirst) following.tell({ kind: 'state', state: { kind: 'following' } });
      isFirst = false;
      hear(following, line, last);
    },
    ended: (how) => {
      flush(following);
      if (!following.isClosed) ended(following, how);
    },
  });
  following.stop = running.stop;
}

/** `[pod/NAME/CONTAINER] 2026-11-22T10:00:00.1Z text`; asked from a second on, what was told before comes again. */
function hear(following: Following, line: string, from: string): void {
  const [, source = '', at = '', text = line] =
    /^\[pod\/[^/\]]+\/([^\]]+)\] (\d{4}-\d\d-\d\dT[\d:.]+Z) ?(.*)$/s.exec(line) ?? [];
  if (at !== '') {
    if (from !== '' && at <= from) return;
    if (at > following.last) following.last = at;
    following.waitMs = FIRST_WAIT_MS;
  }
  const shown = neutralise(`${source === '' ? '' : `${source}: `}${text}`.slice(0, POD_LOG_CHARACTERS));
  following.lines.push(shown);
  // A flood is not kept: only its end can be shown.
  if (following.lines.length > 2 * POD_LOG_LINES) {
    following.dropped += following.lines.length - POD_LOG_LINES;
    following.lines = following.lines.slice(-POD_LOG_LINES);
  }
  following.flushing ??= following.place.clock.after(GATHER_MS, () => flush(following));
}

function flush(following: Following): void {
  following.flushing?.();
  following.flushing = undefined;
  const { lines, dropped, tell } = following;
  if (lines.length === 0) return;
  following.lines = [];
  following.dropped = 0;
  const kept = lines.slice(-POD_LOG_LINES);
  tell({ kind: 'lines', lines: kept, dropped: dropped + lines.length - kept.length });
}

function ended(following: Following, how: Ended): void {
  const { place, tell } = following;
  const state = stateAfter(following, how);
  tell({ kind: 'state', state });
  if (state.kind !== 'waiting') return;
  following.stop = place.clock.after(following.waitMs, () => run(following));
  following.waitMs = Math.min(MOST_WAIT_MS, following.waitMs * 2);
}

/** What the end of kubectl means: whether it is asked again, and why. */
function stateAfter({ spec, name }: Following, how: Ended): Extract<PodLogState, { because: string }> {
  const where = spec.from ?? 'this machine';
  const again = (because: string) => ({ kind: 'waiting', because }) as const;
  const over = (because: string) => ({ kind: 'ended', because }) as const;
  if (how.kind === 'lost') return again(`kubectl on ${where} gives no answer: ${neutralise(how.because)}`);
  if (/previous terminated container .* not found/.test(how.words))
    return over('no container of it has run before: there is no earlier log');
  if (/\(NotFound\)/.test(how.words)) return over('the pod is gone');
  if (how.exitCode === 0)
    return name.isPrevious ? over('this is all that the containers before said') : again('its containers say no more');
  const wanted = `get pods/log in ${name.namespace}`;
  const { reason, because } = kubectlSentence(how.words, how.exitCode, { wanted, where });
  return reason === 'forbidden' || reason === 'no-kubectl' ? over(because) : again(because);
}
