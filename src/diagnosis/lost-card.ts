import type { Facts } from '../model/facts.ts';
import type { Slot } from '../model/observation.ts';
import { shortAddress } from './kernel-events.ts';

/** What nvidia-smi says, all of it, while one card is gone: no other card is told any more. */
const LOST =
  /Unable to determine the device handle for GPU(?:.{0,8}?([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}))?.*|GPU is lost.*/i;

/** The card that makes all of nvidia-smi fail: its PCI address where the driver tells it, and the driver's words. */
export function lostCardIn(
  slot: Slot<Facts['gpus']> | undefined,
): { readonly busId?: string; readonly text: string } | undefined {
  if (slot?.kind !== 'failed') return undefined;
  const [text, busId] = LOST.exec(slot.because) ?? [];
  if (text === undefined) return undefined;
  return busId === undefined ? { text } : { text, busId: shortAddress(busId) };
}
