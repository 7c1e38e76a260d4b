import type { FleetRequest } from '../model/fleet-request.ts';
import type { NodeName } from '../model/ids.ts';

/** A login shell on a node that has the terminal to itself. */
export interface ShellOut {
  readonly id: number;
  /** Keys go to the node as they come, but for `~.` at the start of a line, which leaves it, as in ssh(1). */
  readonly typed: (chunk: Uint8Array) => void;
  readonly resize: (columns: number, rows: number) => void;
  readonly close: () => void;
}

const CR = 0x0d;
const LF = 0x0a;
const TILDE = 0x7e;
const DOT = 0x2e;

/** Opens a shell; what the node prints comes as `shell-data` events and is the caller's to write. */
export function openShellOut(
  id: number,
  node: NodeName,
  size: { readonly columns: number; readonly rows: number },
  request: (request: FleetRequest) => void,
): ShellOut {
  // Where in `Enter ~ .` the operator is.
  let before: 'line-start' | 'tilde' | 'inside' = 'line-start';
  request({ kind: 'shell-open', shell: id, node, size });
  return {
    id,
    typed: (chunk) => {
      const sent: number[] = [];
      for (const byte of chunk) {
        if (before === 'tilde' && byte === DOT) {
          request({ kind: 'shell-close', shell: id });
          return;
        }
        if (before === 'line-start' && byte === TILDE) {
          before = 'tilde';
          continue;
        }
        if (before === 'tilde') sent.push(TILDE);
        sent.push(byte);
        before = byte === CR || byte === LF ? 'line-start' : 'inside';
      }
      if (sent.length > 0) request({ kind: 'shell-write', shell: id, data: Uint8Array.from(sent) });
    },
    resize: (columns, rows) => request({ kind: 'shell-resize', shell: id, size: { columns, rows } }),
    close: () => request({ kind: 'shell-close', shell: id }),
  };
}
