import type { NodeName } from './ids.ts';

export type Severity = 'critical' | 'warning' | 'notice';

/** One cause with its evidence on every node it touches, and the next move. Seventeen mounts hung on one dead server are one finding. */
export interface Finding {
  /** Stable over recomputation, e.g. `server-unreachable:nfs-a`. */
  readonly id: string;
  readonly rule: string;
  readonly severity: Severity;
  /** What is wrong, with folded node sets: `nfs-a does not answer: 17 mounts hang on gpu[01-17]`. */
  readonly title: string;
  readonly evidence: readonly Evidence[];
  /** Who suffers, where that differs from where the evidence is. */
  readonly affects: readonly NodeName[];
  /** What to do, in a sentence. */
  readonly nextMove: string;
  /** What lies behind it, line by line: what a chart really reads, the corrected text. */
  readonly explanation?: readonly string[];
  /** The plan that mends it, where one can be filled from what was seen. */
  readonly mend?: Mend;
  readonly sinceMs: number;
}

/** An action and the texts its form is filled with; what is not named stays as the form has it. */
export interface Mend {
  readonly action: string;
  readonly fields: { readonly [field: string]: string };
}

export interface Evidence {
  readonly node: NodeName;
  /** What of the node it is about: `/data`, `gpu3`, `link`. */
  readonly about: string;
  readonly text: string;
}
