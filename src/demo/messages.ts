import type { Endpoint } from '../model/endpoint.ts';
import type { Inventory } from '../model/inventory.ts';

/** What the console tells the demo's process. */
export type ToDemo =
  | { readonly kind: 'start'; readonly nodes?: number; readonly seed?: number; readonly faults?: readonly string[] }
  | { readonly kind: 'inject'; readonly fault: string }
  | { readonly kind: 'heal'; readonly fault: string }
  | { readonly kind: 'close' };

/** What the demo's process tells the console. */
export type FromDemo =
  | {
      readonly kind: 'ready';
      readonly inventory: Inventory;
      readonly endpoints: readonly Endpoint[];
      readonly faults: readonly { readonly name: string; readonly title: string }[];
    }
  /** A request that cannot be fulfilled; `isUsage` when the person who asked can put it right, `fault` when it was one asked for later. */
  | { readonly kind: 'failed'; readonly message: string; readonly isUsage: boolean; readonly fault?: string };
