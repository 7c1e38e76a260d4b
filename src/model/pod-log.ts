/** Which log of which pod of which cluster. */
export interface PodLogName {
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: string;
  /** Of the containers before the last restart: what a crash loop said before it crashed. */
  readonly isPrevious: boolean;
}

/** What the engine tells of the one log that is open. */
export type PodLogEvent =
  | { readonly kind: 'opened'; readonly log: PodLogName }
  /** `dropped` lines before these were more than could be shown. */
  | { readonly kind: 'lines'; readonly lines: readonly string[]; readonly dropped: number }
  | { readonly kind: 'state'; readonly state: PodLogState };

/** How it stands with a log. */
export type PodLogState =
  | { readonly kind: 'asking' | 'following' }
  /** It is asked for again by itself. */
  | { readonly kind: 'waiting' | 'ended'; readonly because: string };

/** The log of a pod in front of the operator: its last lines. */
export interface OpenPodLog {
  readonly name: PodLogName;
  readonly state: PodLogState;
  /** Number of the first line that is kept, from 1. */
  readonly firstNumber: number;
  readonly lines: readonly string[];
}

/** Lines kept of a log; what is older is with kubectl. */
export const POD_LOG_LINES = 2_000;
/** Characters kept of a line. */
export const POD_LOG_CHARACTERS = 4_096;

/** The log after one event. Pure. */
export function applyPodLog(log: OpenPodLog | undefined, event: PodLogEvent): OpenPodLog | undefined {
  if (event.kind === 'opened') return { name: event.log, state: { kind: 'asking' }, firstNumber: 1, lines: [] };
  if (log === undefined) return undefined;
  if (event.kind === 'state') return { ...log, state: event.state };
  const count = log.lines.length + event.lines.length;
  const lines = [...log.lines, ...event.lines].slice(-POD_LOG_LINES);
  return { ...log, lines, firstNumber: log.firstNumber + event.dropped + count - lines.length };
}
