import type { Finding } from '../model/finding.ts';
import type { FleetEvent } from '../model/fleet-event.ts';
import { formatDuration } from '../model/units.ts';
import { applyEventsWhile, withRows } from './apply-observations.ts';
import type { Happening } from './happenings.ts';
import type { History } from './history.ts';
import type { State } from './state.ts';
import type { FleetStore } from './store.ts';

/** The screen's pace: at most ten store updates a second, however many answers come. */
export const UPDATE_EVERY_MS = 100;
/** Findings are for people: twice a second is at once, and spares a core that ten times would eat. */
export const DIAGNOSE_EVERY_MS = 500;
/** An update takes at most one part in this of the thread, so that a thousand nodes leave it to the keys: they wait longer for the next. */
const UPDATE_SHARE = 40;
/** How much the last update counts in the mean cost of one. */
const LAST_UPDATE_WEIGHT = 0.3;
/** When a thousand answers come at once, the rest waits for the next turn after this, so that a key is heard in between. */
const SLICE_MS = 6;
/** A diagnosis of a thousand nodes takes 7 to 10 ms and nobody waits for it: it goes on for so long a turn. */
const DIAGNOSIS_SLICE_MS = 2;
/** What may wait for the next update: beyond it a batch is applied at once, so that a stalled timer cannot fill the memory. */
const EVENTS_WAITING = 50_000;

/** Time as ingest needs it; the engine's clock fits. */
export interface IngestClock {
  readonly nowMs: () => number;
  readonly after: (delayMs: number, call: () => void) => () => void;
}

export interface IngestOptions {
  readonly store: FleetStore;
  readonly clock: IngestClock;
  /**
   * What the facts mean, worked out part by part; asked at most every `DIAGNOSE_EVERY_MS`, and one that is not through may be left for a
   * newer one. Findings that did not change must be the same array.
   */
  readonly diagnose: (state: State, nowMs: number) => Iterator<unknown, readonly Finding[]>;
  readonly history?: History;
  /** Nobody presses a key meanwhile: batches are applied whole, as they come. */
  readonly isUnattended?: boolean;
}

/** Takes in what the engine tells and changes the store at the screen's pace. */
export interface Ingest {
  readonly push: (batch: readonly FleetEvent[]) => void;
  /** Applies what waits and diagnoses, now. */
  readonly flush: () => void;
  readonly close: () => void;
}

/** An ingest that also diagnoses by the clock, since silence is a symptom, too. */
export function createIngest({ store, clock, diagnose, history, isUnattended = false }: IngestOptions): Ingest {
  let waiting: FleetEvent[] = [];
  let updatedAtMs = Number.NEGATIVE_INFINITY;
  let diagnosedAtMs = Number.NEGATIVE_INFINITY;
  let costMs = 0;
  const diagnosis = inTurns(diagnose, clock);
  let isDiagnosisPutOff = false;
  let isClosed = false;
  const pauseMs = (leastMs: number): number => Math.max(leastMs, UPDATE_SHARE * costMs);
  const update = (isForced: boolean, isAll = isForced): void => {
    const nowMs = clock.nowMs();
    const before = store.getState();
    let state = before;
    const isDue = !diagnosis.isUnderWay() && nowMs - diagnosedAtMs >= pauseMs(DIAGNOSE_EVERY_MS);
    // Answers first and the findings in turns of their own, so that a key waits for one of them; once, lest answers keep them away.
    isDiagnosisPutOff = isDue && waiting.length > 0 && !isDiagnosisPutOff;
    if (isAll || isDiagnosisPutOff || (!isDue && !diagnosis.isUnderWay()))
      ({ state, rest: waiting } = applySlice(before, waiting, clock, isAll ? Number.POSITIVE_INFINITY : SLICE_MS));
    if (isForced || (isDue && !isDiagnosisPutOff)) {
      diagnosedAtMs = nowMs;
      diagnosis.begin(state, nowMs);
    }
    const findings = diagnosis.goOn(isForced ? Number.POSITIVE_INFINITY : DIAGNOSIS_SLICE_MS);
    if (findings !== undefined) state = withFindings(state, findings, nowMs);
    if (state === before) return;
    store.setState(state, true);
    costMs += LAST_UPDATE_WEIGHT * (clock.nowMs() - nowMs - costMs);
    // What is left of a burst comes with the next turn.
    updatedAtMs = waiting.length > 0 ? Number.NEGATIVE_INFINITY : nowMs;
  };
  const schedule = (): void => {
    if (isClosed) return;
    const isDiagnosing = diagnosis.isUnderWay() || isDiagnosisPutOff;
    const diagnoseMs = isDiagnosing ? Number.NEGATIVE_INFINITY : diagnosedAtMs + pauseMs(DIAGNOSE_EVERY_MS);
    timer.at(waiting.length > 0 ? Math.min(updatedAtMs + pauseMs(UPDATE_EVERY_MS), diagnoseMs) : diagnoseMs);
  };
  const turn = (isForced: boolean): void => {
    update(isForced);
    schedule();
  };
  const timer = soonestOf(clock, () => turn(false));

  schedule();
  return {
    push: (batch) => {
      if (isClosed) return;
      for (const event of batch) {
        waiting.push(event);
        if (event.kind === 'observation') history?.observe(event.observation);
      }
      if (isUnattended || waiting.length > EVENTS_WAITING) update(false, true);
      schedule();
    },
    flush: () => turn(true),
    close: () => {
      isClosed = true;
      timer.cancel();
    },
  };
}

/** At most one diagnosis at a time, worked out in the turns it is given. */
function inTurns(diagnose: IngestOptions['diagnose'], clock: IngestClock) {
  let underWay: ReturnType<IngestOptions['diagnose']> | undefined;
  return {
    isUnderWay: (): boolean => underWay !== undefined,
    /** Leaves the one under way. */
    begin: (state: State, nowMs: number): void => {
      underWay = diagnose(state, nowMs);
    },
    /** Its findings, if it is through within so many ms. */
    goOn: (withinMs: number): readonly Finding[] | undefined => {
      const untilMs = clock.nowMs() + withinMs;
      while (underWay !== undefined) {
        const part = underWay.next();
        if (part.done === true) {
          underWay = undefined;
          return part.value;
        }
        if (clock.nowMs() >= untilMs) return undefined;
      }
      return undefined;
    },
  };
}

/** One call at the soonest of the times it was asked for. */
function soonestOf(clock: IngestClock, call: () => void) {
  let timer: { readonly dueMs: number; readonly cancel: () => void } | undefined;
  return {
    at: (dueMs: number): void => {
      if (timer !== undefined && timer.dueMs <= dueMs) return;
      timer?.cancel();
      const cancel = clock.after(Math.max(0, Number.isFinite(dueMs) ? dueMs - clock.nowMs() : 0), () => {
        timer = undefined;
        call();
      });
      timer = { dueMs, cancel };
    },
    cancel: (): void => timer?.cancel(),
  };
}

/** The state after as many of these events as fit into so many ms, in order, and the events that are left. */
function applySlice(
  before: State,
  events: FleetEvent[],
  clock: IngestClock,
  withinMs: number,
): { readonly state: State; readonly rest: FleetEvent[] } {
  if (events.length === 0) return { state: before, rest: events };
  const nowMs = clock.nowMs();
  const { state, taken } = applyEventsWhile(before, events, nowMs, () => clock.nowMs() - nowMs < withinMs);
  return { state, rest: events.slice(taken) };
}

/** The state with these findings, and a row in the log for each one that opened or closed. */
export function withFindings(state: State, findings: readonly Finding[], nowMs: number): State {
  if (findings === state.findings) return state;
  const before = new Set(state.findings.map((finding) => finding.id));
  const after = new Set(findings.map((finding) => finding.id));
  const rows: readonly Happening[] = [
    ...findings.filter(({ id }) => !before.has(id)).map((finding) => opened(finding, nowMs)),
    ...state.findings.filter(({ id }) => !after.has(id)).map((finding) => closed(finding, nowMs)),
  ];
  return { ...state, findings, events: withRows(state.events, rows) };
}

function opened(finding: Finding, atMs: number): Happening {
  return { atMs, ...nodeOf(finding), kind: 'finding', severity: finding.severity, text: `found: ${finding.title}` };
}

function closed(finding: Finding, atMs: number): Happening {
  const text = `over after ${formatDuration(atMs - finding.sinceMs)}: ${finding.title}`;
  return { atMs, ...nodeOf(finding), kind: 'finding', severity: 'good', text };
}

function nodeOf(finding: Finding): Pick<Happening, 'node'> {
  const nodes = new Set(finding.evidence.map((evidence) => evidence.node));
  const [only] = nodes;
  return nodes.size === 1 && only !== undefined ? { node: only } : {};
}
