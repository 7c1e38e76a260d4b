import { readFileSync, writeFileSync } from 'node:fs';
import type { Input } from '../model/action.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { NodeName } from '../model/ids.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Author, RolloutId } from '../model/rollout.ts';

/** Everything a runner must know to plan and to drive a rollout, as plain data; no secret is part of it. */
export interface RolloutOrder {
  readonly version: 1;
  readonly id: RolloutId;
  readonly action: string;
  /** Checked, without the fields that are secret. */
  readonly input: Input;
  readonly author: Author;
  readonly reason?: string;
  readonly after?: RolloutSource;
  readonly inventory: Inventory;
  readonly endpoints: readonly Endpoint[];
  /** The file or folder the inventory was read from, from the root; a demo's has none. A retry reads it again. */
  readonly from?: string;
  /** Where whoever asked stood: paths of this machine are meant from there. */
  readonly folder?: string;
  /** Why no node may be changed, where the operator works read-only. */
  readonly readOnly?: string;
}

/** The word by which a runner is told that it ends with whoever started it: when its standard input does. */
export const BOUND = 'bound';

/** The rollout this one retries or undoes, and which part of it. */
export interface RolloutSource {
  readonly id: RolloutId;
  readonly how: 'retry' | 'undo';
  /** Of a retry: nothing but the step that failed on each node. */
  readonly onlyFailedStep?: boolean;
  /** Left out: every node that qualifies. */
  readonly nodes?: readonly NodeName[];
}

/** Writes it for its owner alone. */
export function writeOrder(path: string, order: RolloutOrder): void {
  writeFileSync(path, JSON.stringify(order), { mode: 0o600, flag: 'wx' });
}

/** Reads it back; throws where it is missing or of another muster. */
export function readOrder(path: string): RolloutOrder {
  const order: RolloutOrder = JSON.parse(readFileSync(path, 'utf8'));
  if (order.version !== 1) throw new Error(`${path} was written by another version of muster`);
  return order;
}
