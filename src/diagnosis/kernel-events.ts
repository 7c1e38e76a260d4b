import type { KernelEvent, KernelEventKind } from '../model/facts.ts';
import { goodValueOf } from '../model/observation.ts';
import type { NodeView } from './rule.ts';

/** How long a line of the kernel's log stays news. */
const NEWS_MS = 24 * 60 * 60 * 1000;

/** A kernel event with its time on the console's clock. */
export interface DatedEvent {
  readonly event: KernelEvent;
  readonly atMs: number;
  /** When it stops being news. */
  readonly untilMs: number;
}

/** Events of one kind of the present boot, oldest first; the caller leaves it to `untilMs` to drop old ones. */
export function recentEvents({ facts }: NodeView, kind: KernelEventKind): readonly DatedEvent[] {
  const events = goodValueOf(facts.slots.kernelLog)?.filter((event) => event.kind === kind) ?? [];
  if (events.length === 0) return [];
  const bootMs = bootTimeOf(facts);
  if (bootMs === undefined) return [];
  return events.map((event) => {
    const atMs = bootMs + event.bootSec * 1000;
    return { event, atMs, untilMs: atMs + NEWS_MS };
  });
}

/** The card that a line of the kernel's log names by its PCI address: `gpu3`, or the address when no card answers there. */
export function cardOf({ facts }: NodeView, busId: string | undefined): string {
  if (busId === undefined) return 'kernel log';
  const address = shortAddress(busId);
  const card = goodValueOf(facts.slots.gpus)?.find((gpu) => shortAddress(gpu.busId) === address);
  return card === undefined ? busId : `gpu${card.index}`;
}

/** nvidia-smi writes eight digits of domain and a function, the kernel four and none: `00000000:2D:00.0`, `0000:2d:00`. */
export const shortAddress = (busId: string): string =>
  busId
    .toLowerCase()
    .replace(/^0{4}(?=[0-9a-f]{4}:)/, '')
    .replace(/\.[0-7]$/, '');

/** When the node booted, from its last uptime and when that was heard. */
function bootTimeOf({ slots }: NodeView['facts']): number | undefined {
  const load = slots.load;
  if (load?.kind === 'ok') return load.changedAtMs - load.value.uptimeSec * 1000;
  if ((load?.kind === 'failed' || load?.kind === 'hung') && load.last !== undefined) {
    return load.last.atMs - load.last.value.uptimeSec * 1000;
  }
  // Without an uptime the log's newest line is taken for new.
  const log = slots.kernelLog;
  if (log?.kind !== 'ok') return undefined;
  return log.changedAtMs - Math.max(0, ...log.value.map(({ bootSec }) => bootSec)) * 1000;
}
