import type { Finding } from '../model/finding.ts';
import type { FleetEvent } from '../model/fleet-event.ts';
import { formatDuration } from '../model/units.ts';
import { applyEvents, withRows } from './apply-observations.ts';
import type { Happening } from './happenings.ts';
import type { History } from './history.ts';
import type { State } from './state.ts';
import type { FleetStore } from './store.ts';

/** The screen's pace: at most ten store updates a second, however many answers come. */
export const UPDATE_EVERY_MS = 100;
/** Findings are for people: twice a second is at once, and spares a core that ten times would eat. */
export const DIAGNOSE_EVERY_MS = 500;
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
  /** What the facts mean; asked at most every `DIAGNOSE_EVERY_MS`. Findings that did not change must be the same array. */
  readonly diagnose: (state: State, nowMs: number) => readonly Finding[];
  readonly history?: History;
}

/** Takes in what the engine tells and changes the store at the screen's pace. */
export interface Ingest {
  readonly push: (batch: readonly FleetEvent[]) => void;
  /** Applies what waits and diagnoses, now. */
  readonly flush: () => void;
  readonly close: () => void;
}

/** An ingest that also diagnoses by the clock, since silence is a symptom, too. */
export function createIngest({ store, clock, diagnose, history }: IngestOptions): Ingest {
  let waiting: FleetEvent[] = [];
  let updatedAtMs = Number.NEGATIVE_INFINITY;
  let diagnosedAtMs = Number.NEGATIVE_INFINITY;
  let timer: { readonly dueMs: number; readonly cancel: () => void } | undefined;
  let isClosed = false;

  const update = (isForced: boolean): void => {
    const nowMs = clock.nowMs();
    const events = waiting;
    waiting = [];
    const before = store.getState();
    let state = events.length === 0 ? before : applyEvents(before, events, nowMs);
    if (isForced || nowMs - diagnosedAtMs >= DIAGNOSE_EVERY_MS) {
      diagnosedAtMs = nowMs;
      state = withFindings(state, diagnose(state, nowMs), nowMs);
    }
    if (state === before) return;
    updatedAtMs = nowMs;
    store.setState(state, true);
  };
  const schedule = (): void => {
    if (isClosed) return;
    const nowMs = clock.nowMs();
    const dueMs = waiting.length > 0 ? updatedAtMs + UPDATE_EVERY_MS : diagnosedAtMs + DIAGNOSE_EVERY_MS;
    if (timer !== undefined && timer.dueMs <= dueMs) return;
    timer?.cancel();
    const cancel = clock.after(Math.max(0, Number.isFinite(dueMs) ? dueMs - nowMs : 0), () => {
      timer = undefined;
      update(false);
      schedule();
    });
    timer = { dueMs, cancel };
  };

  schedule();
  return {
    push: (batch) => {
      if (isClosed) return;
      for (const event of batch) {
        waiting.push(event);
        if (event.kind === 'observation') history?.observe(event.observation);
      }
      if (waiting.length > EVENTS_WAITING) update(false);
      schedule();
    },
    flush: () => {
      update(true);
      schedule();
    },
    close: () => {
      isClosed = true;
      timer?.cancel();
    },
  };
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
