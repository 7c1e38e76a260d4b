import { StringDecoder } from 'node:string_decoder';
import { DRIVER_LINE_CHARACTERS } from './limits.ts';

/** What a task of a driven stage came to on one node, in the driver's words. */
export const TASK_OUTCOMES = ['ok', 'changed', 'skipped', 'ignored', 'failed', 'unreachable'] as const;
export type TaskOutcome = (typeof TASK_OUTCOMES)[number];

/** Which task, on which node: `task` is the driver's own id of it, one for all nodes. */
export interface TaskPlace {
  readonly host: string;
  readonly task: string;
  readonly title: string;
  /** What it is, e.g. `ansible.builtin.copy`. */
  readonly module: string;
}

/** A file before and after a task. */
export interface TaskDiff {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** One line of what a driver tells, e.g. `{"kind":"host-ended","host":"gpu01","failed":0,"unreachable":0}`. */
export type DriverLine =
  | ({ readonly kind: 'task-started' } & TaskPlace)
  | ({
      readonly kind: 'task-ended';
      readonly outcome: TaskOutcome;
      /** One line: why it failed, or what it said. */
      readonly says: string;
      /** Output and differences, for the log. */
      readonly text: string;
      /** Files it changed, or would change. */
      readonly diffs: readonly TaskDiff[];
    } & TaskPlace)
  /** Nothing more comes of this node; how many of its tasks failed for good. */
  | { readonly kind: 'host-ended'; readonly host: string; readonly failed: number; readonly unreachable: number };

/** Reads one line; undefined for whatever is none of a driver's. */
export function parseDriverLine(line: string): DriverLine | undefined {
  const value = jsonOf(line);
  if (value === undefined) return undefined;
  const text = (name: string): string => {
    const found = value[name];
    return typeof found === 'string' ? found : '';
  };
  const count = (name: string): number => {
    const found = value[name];
    return typeof found === 'number' && found > 0 ? found : 0;
  };
  const place = { host: text('host'), task: text('task'), title: text('title'), module: text('module') };
  if (place.host === '') return undefined;
  const kind = text('kind');
  if (kind === 'host-ended')
    return { kind, host: place.host, failed: count('failed'), unreachable: count('unreachable') };
  if (place.task === '' || place.title === '') return undefined;
  if (kind === 'task-started') return { kind, ...place };
  const outcome = TASK_OUTCOMES.find((known) => known === text('outcome'));
  if (kind !== 'task-ended' || outcome === undefined) return undefined;
  return { kind, ...place, outcome, says: text('says'), text: text('text'), diffs: diffsOf(value['diffs']) };
}

function diffsOf(value: unknown): readonly TaskDiff[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown): readonly TaskDiff[] => {
    if (typeof each !== 'object' || each === null) return [];
    const { path, before, after }: { path?: unknown; before?: unknown; after?: unknown } = each;
    return typeof path === 'string' && typeof before === 'string' && typeof after === 'string'
      ? [{ path, before, after }]
      : [];
  });
}

/** Cuts bytes into lines, the same lines wherever the bytes were cut; one that never ends is left out. */
export function driverLines(onLine: (line: string) => void): (bytes: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let isTooLong = false;
  return (bytes) => {
    const parts = (rest + decoder.write(bytes)).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      if (!isTooLong && part.length <= DRIVER_LINE_CHARACTERS) onLine(part);
      isTooLong = false;
    }
    if (rest.length <= DRIVER_LINE_CHARACTERS) return;
    isTooLong = true;
    rest = '';
  };
}

function jsonOf(line: string): { readonly [name: string]: unknown } | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
