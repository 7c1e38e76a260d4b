import type { Endpoint } from '../model/endpoint.ts';
import type { HostKeyReview, RefusedReason } from '../model/link.ts';

/** The one door to the nodes. Implementations live in src/transport; tests pass fakes with behaviour. */
export interface Transport {
  /**
   * Opens a connection and starts a program on it. Never throws: everything that can happen arrives at `events`, and exactly one
   * `onClose` ends it. The returned handle may be used at once; what is written before `onOpen` is sent after it.
   */
  readonly open: (endpoint: Endpoint, program: string, events: SessionEvents) => Session;
  /** A pseudo-terminal with a login shell on the same connection. */
  readonly shell: (endpoint: Endpoint, size: TerminalSize, events: ShellEvents) => Shell;
  /** Ends every connection; resolves when all are closed or after 2 s. */
  readonly close: () => Promise<void>;
}

export interface SessionEvents {
  /** `because`: why it is another way than the endpoint says. */
  readonly onOpen: (how: { readonly transport: 'ssh' | 'openssh' | 'local'; readonly because?: string }) => void;
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
  readonly onClose: (why: CloseReason) => void;
}

export interface Session {
  readonly write: (text: string) => void;
  /** Stops the node's output while a reader cannot take more, so that nothing gathers in memory; absent where nothing flows. */
  readonly hold?: (isHeld: boolean) => void;
  /** Ends program and connection. */
  readonly close: () => void;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ShellEvents {
  readonly onData: (chunk: Buffer) => void;
  readonly onClose: (message: string) => void;
}

export interface Shell {
  readonly write: (data: Buffer | string) => void;
  readonly resize: (size: TerminalSize) => void;
  readonly close: () => void;
}

/** Why a session ended. `refused` needs a person; `lost` is tried again. */
export type CloseReason =
  | { readonly kind: 'closed' }
  | { readonly kind: 'lost'; readonly because: string }
  | {
      readonly kind: 'refused';
      readonly because: string;
      readonly reason: RefusedReason;
      readonly review?: HostKeyReview;
    };

/** Time, given to the engine so that tests can turn it by hand. */
export interface Clock {
  readonly nowMs: () => number;
  /** Calls once after `delayMs`; the returned function cancels. */
  readonly after: (delayMs: number, call: () => void) => () => void;
}

/** Chance, given to the engine: 0 inclusive to 1 exclusive. */
export type Random = () => number;
