import type { ClientChannel } from 'ssh2';
import type { CloseReason, Session, SessionEvents, Shell, ShellEvents, TerminalSize } from '../engine/ports.ts';
import type { Endpoint } from '../model/endpoint.ts';
import { bootstrap } from './bootstrap.ts';
import { type Connection, endConnection } from './connection.ts';
import { explainError, firstLine, lastWords, lost, placeOf } from './failure.ts';
import { lastBytes } from './last-bytes.ts';
import { enter } from './limiter.ts';
import { type Lease, lease, type Pool } from './pool.ts';

/** What is kept of a program's last words, for the message of its end. */
const NOISE_BYTES = 300;

/** How long a program's output is waited for once it has ended. */
const LAST_WORDS_MS = 500;

/** A channel on its way or open, with what was written before it was. */
interface Carrier {
  readonly abort: AbortController;
  readonly pending: (string | Buffer)[];
  channel?: ClientChannel;
  release: () => void;
  isClosed: boolean;
  /** What the end of the channel means. */
  explain: () => CloseReason;
  readonly closed: (why: CloseReason) => void;
}

/** Asks a connection for a channel. */
type Start = (connection: Connection, opened: (error: Error | undefined, channel: ClientChannel) => void) => void;

type Opened =
  | { readonly kind: 'open'; readonly channel: ClientChannel }
  | { readonly kind: 'failed'; readonly why: CloseReason };

/** Runs a program on a node over ssh2; the contract is `Transport.open` in src/engine/ports.ts. */
export function openOverSsh(pool: Pool, endpoint: Endpoint, program: string, events: SessionEvents): Session {
  const carrier = createCarrier(endpoint, events.onClose);
  const exec: Start = (connection, opened) => {
    connection.client.exec(bootstrap(program), opened);
  };
  carry(pool, endpoint, carrier, exec, (channel) => {
    const noise = lastBytes(NOISE_BYTES);
    channel.on('data', (chunk: Buffer) => carrier.isClosed || events.onStdout(chunk));
    channel.stderr.on('data', (chunk: Buffer) => {
      // Only what the end may need: it comes once, and answers come on the same stream all the time.
      noise.push(chunk);
      if (!carrier.isClosed) events.onStderr(chunk);
    });
    channel.on('exit', (code: number | null, signal?: string) => {
      carrier.explain = () => {
        const said = lastWords(noise.text());
        const how = code === null ? `was killed by ${signal ?? 'a signal'}` : `ended with exit code ${code}`;
        const words = code === 0 || said === '' ? '' : `: ${said}`;
        return lost(`the program on ${placeOf(endpoint)} ${how}${words}`);
      };
      // Its last words may come after its exit code; a child stuck in the kernel may hold the channel open for ever.
      const timer = setTimeout(() => finish(carrier, carrier.explain()), LAST_WORDS_MS);
      channel.once('close', () => clearTimeout(timer));
    });
    channel.write(program);
    events.onOpen({ transport: 'ssh' });
  });
  return {
    write: (text) => write(carrier, text),
    hold: (isHeld) => {
      if (isHeld) carrier.channel?.pause();
      else carrier.channel?.resume();
    },
    close: () => finish(carrier, { kind: 'closed' }),
  };
}

/** A login shell on a pseudo-terminal over the node's own connection; the contract is `Transport.shell`. */
export function shellOverSsh(
  pool: Pool,
  endpoint: Endpoint,
  size: TerminalSize,
  events: Pick<ShellEvents, 'onData'> & { readonly onClose: (why: CloseReason) => void },
): Shell {
  const carrier = createCarrier(endpoint, events.onClose);
  let wanted = size;
  const start: Start = (connection, opened) => {
    const term = process.env['TERM'] ?? 'xterm-256color';
    connection.client.shell({ term, cols: wanted.columns, rows: wanted.rows, width: 0, height: 0 }, opened);
  };
  carry(pool, endpoint, carrier, start, (channel) => {
    channel.on('data', (chunk: Buffer) => carrier.isClosed || events.onData(chunk));
    channel.stderr.on('data', (chunk: Buffer) => carrier.isClosed || events.onData(chunk));
    channel.on('exit', () => finish(carrier, { kind: 'closed' }));
  });
  return {
    write: (data) => write(carrier, data),
    resize: (next) => {
      wanted = next;
      if (carrier.channel?.writable) carrier.channel.setWindow(next.rows, next.columns, 0, 0);
    },
    close: () => finish(carrier, { kind: 'closed' }),
  };
}

function createCarrier(endpoint: Endpoint, closed: (why: CloseReason) => void): Carrier {
  const explain = (): CloseReason => lost(`${placeOf(endpoint)} closed the channel`);
  return { abort: new AbortController(), pending: [], release: () => {}, isClosed: false, explain, closed };
}

function carry(
  pool: Pool,
  endpoint: Endpoint,
  carrier: Carrier,
  start: Start,
  attach: (channel: ClientChannel) => void,
): void {
  carryOn(pool, endpoint, carrier, start, attach).catch((error: unknown) =>
    finish(carrier, explainError(error, endpoint, 'opening a channel')),
  );
}

async function carryOn(
  pool: Pool,
  endpoint: Endpoint,
  carrier: Carrier,
  start: Start,
  attach: (channel: ClientChannel) => void,
): Promise<void> {
  const leased = await lease(pool, [...endpoint.jumps, endpoint], endpoint.node, carrier.abort.signal);
  if (leased.kind === 'failed') return finish(carrier, reviewed(pool, endpoint, leased));
  const { connection } = leased;
  carrier.release = leased.release;
  const onLost = (why: CloseReason): void => finish(carrier, why);
  if (connection.lost !== undefined) return finish(carrier, connection.lost);
  connection.onLost.add(onLost);
  const leave = await enter(connection.channels, carrier.abort.signal);
  carrier.release = () => {
    leave();
    connection.onLost.delete(onLost);
    leased.release();
  };
  if (carrier.isClosed) return carrier.release();

  const opened = await openChannel(connection, start);
  if (opened.kind === 'failed') return finish(carrier, opened.why);
  if (carrier.isClosed) return opened.channel.close();
  carrier.channel = opened.channel;
  opened.channel.on('error', () => {}); // What went wrong is told by the connection's end.
  opened.channel.stderr.on('error', () => {});
  attach(opened.channel);
  opened.channel.on('close', () => finish(carrier, carrier.explain()));
  for (const data of carrier.pending.splice(0)) opened.channel.write(data);
}

/** An unknown host key is kept so that a person may accept exactly what was shown; a changed or revoked one is not for accepting. */
function reviewed(pool: Pool, { node }: Endpoint, { why, shown }: Extract<Lease, { kind: 'failed' }>): CloseReason {
  if (why.kind !== 'refused' || why.review === undefined || shown === undefined) return why;
  if (why.reason === 'host-key-unknown') pool.world.reviews.set(`${node} ${why.review.fingerprint}`, shown);
  return { ...why, review: { ...why.review, node } };
}

function openChannel(connection: Connection, start: Start): Promise<Opened> {
  const place = placeOf(connection.hop);
  const withinMs = connection.hop.connectTimeoutMs;
  return new Promise((resolve) => {
    // An sshd that lets us in and then starts nothing has a dead home file system or no memory left.
    const timer = setTimeout(() => {
      const why = lost(
        `${place} let us in but started nothing within ${withinMs / 1000} s: its home or memory may be gone`,
      );
      resolve({ kind: 'failed', why });
      void endConnection(connection, why); // A connection in this state serves nobody; ssh2 cannot take the request back.
    }, withinMs);
    try {
      start(connection, (error, channel) => {
        clearTimeout(timer);
        if (error === undefined) resolve({ kind: 'open', channel });
        else resolve({ kind: 'failed', why: lost(`${place} opened no channel: ${firstLine(error.message)}`) });
      });
    } catch (error) {
      clearTimeout(timer);
      resolve({
        kind: 'failed',
        why: lost(`${place} opened no channel: ${error instanceof Error ? error.message : String(error)}`),
      });
    }
  });
}

function write(carrier: Carrier, data: string | Buffer): void {
  if (carrier.isClosed) return;
  if (carrier.channel === undefined) carrier.pending.push(data);
  else if (carrier.channel.writable) carrier.channel.write(data);
}

/** The one end of a carrier, whatever ends it. It is told in a later turn, so that a caller of `close` is done first. */
function finish(carrier: Carrier, why: CloseReason): void {
  if (carrier.isClosed) return;
  carrier.isClosed = true;
  carrier.pending.length = 0;
  carrier.abort.abort();
  carrier.channel?.close();
  carrier.release();
  queueMicrotask(() => carrier.closed(why));
}
