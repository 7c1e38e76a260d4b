import type { NodePlan } from '../nodes.ts';
import type { Ran, RunOptions } from '../run.ts';

/** A boot on a machine that is busy with other work, also where every instruction is emulated: 25 s of processor time then. */
export const BOOT_MS = 360_000;

/** What faults work with, of one node. */
export interface FaultTools {
  readonly plan: NodePlan;
  /** Runs a script as root on the node; throws when it fails. */
  readonly tells: (script: string, options?: RunOptions) => Promise<string>;
  /** Runs a script as root on the node. */
  readonly says: (script: string, options?: RunOptions) => Promise<Ran>;
  readonly cable: (state: 'up' | 'down') => Promise<string>;
  /** Runs a program of this machine in the lab's namespace, e.g. tc(8) on the node's cable. */
  readonly tap: (argv: readonly string[]) => Promise<Ran>;
  /** Adds packet rules `wires …` or `console …`, under the fault's name. */
  readonly rules: (fault: string, rules: readonly string[]) => Promise<void>;
  readonly withoutRules: (fault: string) => Promise<void>;
  /** Stops and continues the programs of this machine that share folders with the node. */
  readonly signalSharing: (signal: 'SIGSTOP' | 'SIGCONT') => Promise<void>;
  /** Forgets the kept connection of the lab's own door, before the node goes. */
  readonly closeDoor: () => Promise<Ran>;
  /** The machine that plays the node, or played it last, told apart from the one after a restart. */
  readonly machine: () => Promise<string>;
  readonly powerOff: () => Promise<void>;
  readonly powerOn: () => Promise<void>;
  readonly waitForDoor: (withinMs: number) => Promise<boolean>;
  readonly waitForSsh: (withinMs: number) => Promise<boolean>;
}

/** Something that can go wrong with a node, and how it ends. */
export interface Fault {
  /** One line: what really happens on the node. */
  readonly does: string;
  /** Name of its argument, where it takes one. */
  readonly argument?: string;
  /** Makes it so; the text it returns is handed to `heal`. Throws a LabError where this node cannot have it. */
  readonly inject: (tools: FaultTools, argument: string | undefined) => Promise<string | undefined>;
  readonly heal: (tools: FaultTools, argument: string | undefined, memo: string | undefined) => Promise<void>;
}
