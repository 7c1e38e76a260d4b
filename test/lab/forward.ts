// Runs inside a lab's namespace: carries connections of the loopback listeners it is handed to the nodes' SSH ports.
import { connect, Server, type Socket } from 'node:net';

/** What comes with each listener: the node it leads to. */
interface Lead {
  readonly address: string;
}

process.on('message', ({ address }: Lead, server: unknown) => {
  if (!(server instanceof Server)) return;
  server.on('connection', (user: Socket) => carry(user, address));
});
process.on('disconnect', () => process.exit(0));

function carry(user: Socket, address: string): void {
  const node = connect({ host: address, port: 22, noDelay: true });
  user.setNoDelay(true);
  // A reset on one side is a reset on the other; silence stays silence, because neither side has a time limit here.
  node.on('error', () => user.resetAndDestroy());
  user.on('error', () => node.resetAndDestroy());
  node.on('close', () => user.destroy());
  user.on('close', () => node.destroy());
  user.pipe(node);
  node.pipe(user);
}
