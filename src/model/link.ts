/** The connection to one node. Late and lost come from silence; refused needs a person and is not retried by itself. */
export type Link =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly sinceMs: number; readonly attempt: number }
  | {
      readonly kind: 'up';
      readonly sinceMs: number;
      readonly roundTripMs?: number;
      readonly transport: 'ssh' | 'openssh' | 'local';
      /** Why it is not muster's own client that connected. */
      readonly because?: string;
    }
  /** No frame for 15 s although the connection stands. */
  | { readonly kind: 'late'; readonly sinceMs: number; readonly lastHeardMs: number }
  /** No connection, or no frame for 30 s; tried again at `retryAtMs`. */
  | {
      readonly kind: 'lost';
      readonly sinceMs: number;
      readonly because: string;
      readonly retryAtMs: number;
      readonly attempt: number;
      readonly lastHeardMs?: number;
    }
  | { readonly kind: 'refused'; readonly sinceMs: number; readonly because: string; readonly reason: RefusedReason }
  /** Not reachable by design (Talos): facts come another way. */
  | { readonly kind: 'none'; readonly because: string };

export type RefusedReason =
  | 'authentication'
  | 'host-key-unknown'
  | 'host-key-changed'
  | 'host-key-revoked'
  | 'configuration';

/** A host key that waits for a person. SHA256 fingerprints as ssh-keygen(1) prints them. */
export interface HostKeyReview {
  readonly node: string;
  readonly address: string;
  readonly keyType: string;
  readonly fingerprint: string;
  /** Set when another key is on file: then it can only be looked at, never accepted here. */
  readonly knownFingerprint?: string;
  readonly knownFrom?: string;
  /** The name that key is filed under, as ssh-keygen -R wants it: `gpu01`, `[10.0.0.1]:2222`. */
  readonly knownAs?: string;
}
