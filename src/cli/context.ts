import type { Endpoint } from '../model/endpoint.ts';
import type { FleetEvent } from '../model/fleet-event.ts';
import type { FleetRequest } from '../model/fleet-request.ts';
import type { NodeName } from '../model/ids.ts';
import type { Inventory } from '../model/inventory.ts';
import type { FleetStore } from '../store/store.ts';
import type { CliValues } from './command.ts';

/** A fleet that is being watched: the store fills until `close`. */
export interface Live {
  readonly store: FleetStore;
  readonly request: (request: FleetRequest) => void;
  /** Everything the engine tells, also what is no state: questions for secrets, output of shells. */
  readonly subscribe: (listener: (batch: readonly FleetEvent[]) => void) => () => void;
  readonly demo?: DemoControl;
  /** Resolves when every node has answered the first round or is lost or refused, or after `withinMs` with those that have not. */
  readonly settled: (withinMs: number) => Promise<readonly NodeName[]>;
  readonly close: () => Promise<void>;
}

/** The hand that breaks the demo fleet and mends it again. */
export interface DemoControl {
  readonly faults: readonly { readonly name: string; readonly title: string }[];
  readonly inject: (fault: string) => void;
  readonly heal: (fault: string) => void;
  /** Calls with each fault that could not be, and why. */
  readonly onRefused: (listener: (fault: string, because: string) => void) => void;
}

/** An inventory and how its nodes are reached. */
export interface CliSource {
  readonly inventory: Inventory;
  readonly endpoints: readonly Endpoint[];
  /** The file or folder it was read from, from the root; a demo has none. */
  readonly from?: string;
}

/** What a command may use of the world; tests pass their own. */
export interface CliContext {
  readonly version: string;
  readonly print: (text: string) => void;
  readonly warn: (text: string) => void;
  /** A small table drawn once, as wide as the output allows. */
  readonly table: (rows: readonly { readonly [column: string]: string }[]) => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly columns: number;
  /** Standard output is a terminal: what is printed fits its width. Into a pipe or a file nothing is cut. */
  readonly isTerminal: boolean;
  /** Standard output is a terminal that takes colours. */
  readonly hasColours: boolean;
  /** Reads the inventory these options name, or finds one; throws `UsageError` with every problem. */
  readonly readInventory: (values: CliValues) => Promise<Inventory>;
  /** Reads the inventory and starts to watch it, or with `isOnce` asks each question once; with `asks` the caller answers questions for secrets, otherwise they are declined. */
  readonly openLive: (values: CliValues, how?: { readonly asks?: boolean; readonly isOnce?: boolean }) => Promise<Live>;
  /** The inventory these options name, and the way to each of its nodes; a demo fleet lives until the program ends. */
  readonly openSource: (values: CliValues) => Promise<CliSource>;
  /** A person sits at standard input and standard error. */
  readonly isAttended: boolean;
  /** Asks a line of whoever sits there; what was typed before the question is thrown away. Undefined when they leave, or when nobody is there. */
  readonly askLine: (prompt: string, echo: boolean) => Promise<string | undefined>;
  /** One line on the terminal that the next one replaces; empty takes it away. */
  readonly progress: (text: string) => void;
  /** Opens the console and stays until the user leaves; the exit code. */
  readonly openConsole: (values: CliValues) => Promise<number>;
  /** A login shell on one node; the exit code. */
  readonly openShell: (values: CliValues, node: string) => Promise<number>;
  /** Resolves at SIGINT, SIGTERM or SIGHUP, or when standard output is gone. */
  readonly interrupted: () => Promise<void>;
  readonly nowMs: () => number;
  /** Ends what is still open. */
  readonly end: () => Promise<void>;
}
