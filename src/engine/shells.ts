import type { Endpoint } from '../model/endpoint.ts';
import type { FleetEvent } from '../model/fleet-event.ts';
import type { FleetRequest } from '../model/fleet-request.ts';
import type { NodeName } from '../model/ids.ts';
import { unreachable } from '../model/unreachable.ts';
import type { Shell, Transport } from './ports.ts';

/** A request that concerns a shell. */
export type ShellRequest = Extract<FleetRequest, { readonly shell: number }>;

/** Login shells on nodes, by the console's numbers. */
export interface Shells {
  readonly request: (request: ShellRequest) => void;
  readonly close: () => void;
}

/** No shell yet. Events of a shell are urgent: somebody types. */
export function createShells(
  transport: Transport,
  endpointOf: (node: NodeName) => Endpoint | undefined,
  tell: (event: FleetEvent) => void,
): Shells {
  const open = new Map<number, Shell>();

  const start = ({ shell: number, node, size }: Extract<ShellRequest, { kind: 'shell-open' }>) => {
    const closed = (message: string) => {
      open.delete(number);
      tell({ kind: 'shell-closed', shell: number, message });
    };
    const endpoint = endpointOf(node);
    if (endpoint === undefined) return closed(`${node} is not in the inventory`);
    if (endpoint.via === 'none') return closed(endpoint.because ?? `${node} has no shell`);
    if (open.has(number)) return closed(`shell ${number} is open already`);
    let isOver = false;
    const shell = transport.shell(endpoint, size, {
      // A copy: the buffer may be a window into a pool, which would cross into another thread whole.
      onData: (data) => isOver || tell({ kind: 'shell-data', shell: number, data: Uint8Array.from(data) }),
      onClose: (message) => {
        if (isOver) return;
        isOver = true;
        closed(message);
      },
    });
    if (!isOver) open.set(number, shell);
  };

  return {
    request: (request) => {
      switch (request.kind) {
        case 'shell-open':
          return start(request);
        case 'shell-write':
          return open.get(request.shell)?.write(Buffer.from(request.data));
        case 'shell-resize':
          return open.get(request.shell)?.resize(request.size);
        case 'shell-close':
          return open.get(request.shell)?.close();
        default:
          return unreachable(request);
      }
    },
    close: () => {
      for (const shell of open.values()) shell.close();
      open.clear();
    },
  };
}
