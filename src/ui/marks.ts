import type { Link } from '../model/link.ts';
import type { Slot } from '../model/observation.ts';
import type { Risk } from '../model/plan.ts';
import type { JobState, Rollout, StepOutcome } from '../model/rollout.ts';
import type { DiskState } from '../store/selectors/disk-rows.ts';
import type { ExportState } from '../store/selectors/export-rows.ts';
import type { GpuState } from '../store/selectors/gpu-rows.ts';
import type { MountState } from '../store/selectors/mount-state.ts';
import type { SharingKind } from '../store/selectors/sharing-rows.ts';
import type { WorkloadKind } from '../store/selectors/workload-rows.ts';
import type { Role } from './view.ts';

/** A state as one glyph, in Unicode and in ASCII, the word that always stands for it, and its role. Never told by colour alone. */
export interface Mark {
  readonly glyph: string;
  readonly ascii: string;
  readonly word: string;
  readonly role: Role;
}

const mark = (glyph: string, ascii: string, word: string, role: Role): Mark => ({ glyph, ascii, word, role });

/** The glyph for this terminal. */
export const glyphOf = ({ glyph, ascii }: Mark, isAscii: boolean): string => (isAscii ? ascii : glyph);

/** The kinds of nothing, each visibly another: zero is the figure `0` and needs no mark. */
export const NOTHING = {
  never: mark('·', '.', 'never asked', 'dim'),
  waiting: mark('…', '~', 'waiting', 'dim'),
  failed: mark('!', '!', 'failed', 'warning'),
  hung: mark('H', 'H', 'hung', 'critical'),
  absent: mark(' ', ' ', 'none', 'dim'),
} as const satisfies Record<string, Mark>;

/** Where the connection to a node stands. */
export const LINK_MARKS: { readonly [K in Link['kind']]: Mark } = {
  idle: mark('·', '.', 'not asked', 'dim'),
  connecting: mark('…', '~', 'connecting', 'dim'),
  up: mark('●', 'o', 'up', 'good'),
  late: mark('◔', 'L', 'late', 'warning'),
  lost: mark('✗', 'X', 'lost', 'critical'),
  refused: mark('⊘', 'R', 'refused', 'critical'),
  none: mark('-', '-', 'no ssh', 'dim'),
};

/** What is known of one mount on one node. */
export const MOUNT_MARKS: { readonly [K in MountState['kind']]: Mark } = {
  hung: mark('H', 'H', 'hung', 'critical'),
  stale: mark('S', 'S', 'stale handle', 'critical'),
  missing: mark('✗', 'X', 'missing', 'critical'),
  unwanted: mark('+', '+', 'not wished', 'warning'),
  drifted: mark('≠', '#', 'drifted', 'warning'),
  hidden: mark('◐', 'c', 'hidden', 'warning'),
  waiting: mark('○', 'z', 'automount', 'good'),
  'as-declared': mark('●', '=', 'as declared', 'good'),
  mounted: mark('■', 'o', 'mounted', 'plain'),
  absent: mark('-', '-', 'absent as wished', 'dim'),
  unknown: mark('?', '?', 'unknown', 'unknown'),
};

/** What is known of one GPU. */
export const GPU_MARKS: { readonly [K in GpuState['kind']]: Mark } = {
  failed: mark('✗', 'X', 'failed', 'critical'),
  missing: mark('□', 'M', 'missing', 'critical'),
  hung: mark('H', 'H', 'hung', 'critical'),
  failing: mark('◆', 'F', 'failing', 'critical'),
  throttled: mark('▼', 'T', 'throttled', 'warning'),
  held: mark('◇', 'h', 'memory held', 'notice'),
  busy: mark('●', 'o', 'busy', 'busy'),
  idle: mark('○', '-', 'idle', 'dim'),
  mig: mark('M', 'm', 'MIG', 'plain'),
  unknown: mark('?', '?', 'unknown', 'unknown'),
};

/** How the cards of a Kubernetes node are shared. */
export const SHARING_MARKS: { readonly [K in SharingKind]: Mark } = {
  broken: mark('✗', 'X', 'broken', 'critical'),
  shared: mark('●', 'o', 'shared', 'good'),
  whole: mark('○', '-', 'whole cards', 'plain'),
  unknown: mark('?', '?', 'unknown', 'unknown'),
};

/** Where a pod stands. */
export const WORKLOAD_MARKS: { readonly [K in WorkloadKind]: Mark } = {
  failed: mark('✗', 'X', 'failed', 'critical'),
  troubled: mark('▲', '!', 'not well', 'warning'),
  waiting: mark('…', '~', 'waiting', 'notice'),
  leaving: mark('◔', 'L', 'leaving', 'notice'),
  running: mark('●', 'o', 'running', 'good'),
  done: mark('✓', '+', 'done', 'dim'),
};

/** Severities of findings and events. */
export const SEVERITY_MARKS = {
  critical: mark('✗', 'X', 'critical', 'critical'),
  warning: mark('▲', '!', 'warning', 'warning'),
  notice: mark('•', '*', 'notice', 'notice'),
  good: mark('●', 'o', 'good', 'good'),
} as const satisfies Record<string, Mark>;

/** Where one client clause of an export stands. */
export const EXPORT_MARKS: { readonly [K in ExportState]: Mark } = {
  exported: mark('●', 'o', 'exported', 'good'),
  'not-loaded': mark('○', '-', 'not loaded', 'warning'),
  'not-in-file': mark('◐', '+', 'in no file', 'warning'),
  missing: mark('✗', 'X', 'missing', 'critical'),
  'in-file': mark('?', '?', 'in a file', 'unknown'),
  unknown: mark('·', '.', 'not heard', 'dim'),
};

/** What stands on a device. */
export const DISK_MARKS: { readonly [K in DiskState]: Mark } = {
  mounted: mark('●', 'o', 'mounted', 'good'),
  swap: mark('●', 'o', 'swap', 'good'),
  held: mark('●', 'o', 'held', 'good'),
  unused: mark('○', '-', 'unused', 'notice'),
  partitioned: mark('┬', '+', 'partitioned', 'plain'),
  blank: mark('·', '.', 'blank', 'dim'),
  missing: mark('✗', 'X', 'missing', 'critical'),
  drifted: mark('≠', '#', 'drifted', 'warning'),
  unknown: mark('·', '.', 'not heard', 'dim'),
};

/** Where the answer to one question stands. */
export const PROBE_MARKS: { readonly [K in Slot<unknown>['kind']]: Mark } = {
  never: NOTHING.never,
  waiting: NOTHING.waiting,
  ok: mark('●', 'o', 'answered', 'good'),
  absent: mark('-', '-', 'absent', 'dim'),
  failed: NOTHING.failed,
  hung: NOTHING.hung,
};

/** Where a node stands within a rollout. */
export const JOB_MARKS: { readonly [S in JobState]: Mark } = {
  queued: mark('·', '.', 'queued', 'dim'),
  running: mark('▸', '>', 'running', 'busy'),
  succeeded: mark('✓', '+', 'done', 'good'),
  failed: mark('✗', 'X', 'failed', 'critical'),
  'timed-out': mark('◔', 'T', 'timed out', 'critical'),
  unknown: mark('?', '?', 'unknown', 'warning'),
  skipped: mark('-', '-', 'skipped', 'dim'),
};

/** What became of one step. */
export const STEP_MARKS: { readonly [K in StepOutcome['kind']]: Mark } = {
  already: mark('○', 'o', 'already so', 'good'),
  changed: mark('●', '*', 'changed', 'good'),
  skipped: mark('-', '-', 'skipped', 'dim'),
  omitted: mark('-', '-', 'skipped by its condition', 'dim'),
  ignored: mark('!', '!', 'failed, and that is ignored', 'warning'),
  failed: mark('✗', 'X', 'failed', 'critical'),
};

/** How far a rollout is. */
export const PHASE_MARKS: { readonly [P in Rollout['phase']]: Mark } = {
  planning: mark('…', '~', 'planning', 'dim'),
  planned: mark('◇', 'P', 'planned', 'notice'),
  running: mark('▸', '>', 'running', 'busy'),
  paused: mark('‖', '=', 'paused', 'warning'),
  aborting: mark('■', '#', 'aborting', 'warning'),
  ended: mark('✓', '+', 'ended', 'good'),
};

/** A rollout that was begun and that no process drives. */
export const LEFT_ALONE: Mark = mark('⚠', '!', 'left alone', 'critical');

/** What a step costs others. */
export const RISK_MARKS: { readonly [R in Risk]: Mark } = {
  reads: mark('·', '.', 'reads', 'plain'),
  changes: mark('~', '~', 'changes', 'plain'),
  'interrupts-users': mark('▲', '^', 'interrupts users', 'warning'),
  'destroys-data': mark('✗', '!', 'destroys data', 'critical'),
};
