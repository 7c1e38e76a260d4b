import type { Socket } from 'node:net';
import { SOCKET_LINE_BYTES } from './limits.ts';

/** Calls with each line of a socket; what sends a longer one than allowed is cut off. */
export function onLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > SOCKET_LINE_BYTES) return void socket.destroy();
    for (const line of lines) onLine(line);
  });
}

/** One JSON value as a line. */
export const jsonLine = (value: object): string => `${JSON.stringify(value)}\n`;
