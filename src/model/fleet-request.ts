import type { NodeName } from './ids.ts';
import type { PodLogName } from './pod-log.ts';
import type { ProbeName } from './probe.ts';

/** What the console asks of the engine. Shells are numbered by the console. */
export type FleetRequest =
  /** Probes of these nodes are in front of the operator: poll them at least this often until the next `focus`. */
  | {
      readonly kind: 'focus';
      readonly nodes: readonly NodeName[];
      readonly probes: readonly ProbeName[];
      readonly everyMs: number;
    }
  /** Ask now, without waiting for the period; all probes when none is named. */
  | { readonly kind: 'refresh'; readonly nodes: readonly NodeName[]; readonly probes?: readonly ProbeName[] }
  /** Connect again at once, also after a refusal. */
  | { readonly kind: 'reconnect'; readonly nodes: readonly NodeName[] }
  | { readonly kind: 'accept-host-key'; readonly node: NodeName; readonly fingerprint: string }
  /** Follows the log of a pod in place of the one before; without one none is followed any more. */
  | { readonly kind: 'pod-log'; readonly log?: PodLogName }
  | { readonly kind: 'secret'; readonly id: number; readonly text: string | undefined }
  | { readonly kind: 'shell-open'; readonly shell: number; readonly node: NodeName; readonly size: ShellSize }
  | { readonly kind: 'shell-write'; readonly shell: number; readonly data: Uint8Array }
  | { readonly kind: 'shell-resize'; readonly shell: number; readonly size: ShellSize }
  | { readonly kind: 'shell-close'; readonly shell: number };

/** Size of a terminal in character cells. */
export interface ShellSize {
  readonly columns: number;
  readonly rows: number;
}
