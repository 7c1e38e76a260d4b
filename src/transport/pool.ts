import type { CloseReason } from '../engine/ports.ts';
import type { Hop } from '../model/endpoint.ts';
import { type ConnectResult, connect } from './connect.ts';
import { type Connection, endConnection } from './connection.ts';
import { lost } from './failure.ts';
import type { ShownKey, World } from './world.ts';

/** Open connections by the way they go. A jump host, a node's program and its shells share one. */
export interface Pool {
  readonly world: World;
  readonly entries: Map<string, Entry>;
  /** Connections on their way out. */
  readonly ending: Set<Promise<unknown>>;
}

interface Entry {
  users: number;
  readonly result: Promise<ConnectResult>;
  readonly stop: AbortController;
}

/** A share of a connection; the last share given back ends it. */
export type Lease =
  | { readonly kind: 'up'; readonly connection: Connection; readonly release: () => void }
  | { readonly kind: 'failed'; readonly why: CloseReason; readonly shown?: ShownKey };

/** Takes a share of the connection along `chain` (first hop first), connecting where needed. Aborting gives the share back. */
export async function lease(pool: Pool, chain: readonly Hop[], node: string, signal: AbortSignal): Promise<Lease> {
  const key = keyOf(chain);
  const entry = pool.entries.get(key) ?? startEntry(pool, key, chain, node);
  entry.users += 1;
  let shared = true;
  const release = (): void => {
    if (!shared) return;
    shared = false;
    entry.users -= 1;
    if (entry.users === 0) endEntry(pool, key, entry);
  };
  signal.addEventListener('abort', release, { once: true });
  const result = await entry.result;
  signal.removeEventListener('abort', release);
  if (signal.aborted) {
    release();
    return { kind: 'failed', why: { kind: 'closed' } };
  }
  if (result.kind === 'failed') {
    release();
    return result;
  }
  return { ...result, release };
}

/** All that decides who answers and who we are there: nodes that differ in any of it, such as a pinned key, share nothing. */
function keyOf(chain: readonly Hop[]): string {
  return JSON.stringify(
    chain.map(({ address, port, user, password, identityFiles, identitiesOnly, agentSocket, ...trust }) => [
      [address, port, user, password, identityFiles, identitiesOnly, agentSocket],
      [trust.hostKeyName, trust.knownHostsFiles, trust.pinnedHostKeys, trust.hostKeyPolicy],
    ]),
  );
}

function startEntry(pool: Pool, key: string, chain: readonly Hop[], node: string): Entry {
  const stop = new AbortController();
  const result = connectChain(pool, chain, node, stop.signal).catch((error: unknown): ConnectResult => {
    return { kind: 'failed', why: lost(error instanceof Error ? error.message : String(error)) };
  });
  const entry: Entry = { users: 0, result, stop };
  pool.entries.set(key, entry);
  const forget = (): void => {
    if (pool.entries.get(key) === entry) pool.entries.delete(key);
  };
  void result.then((done) =>
    done.kind === 'up' && done.connection.lost === undefined ? done.connection.onLost.add(forget) : forget(),
  );
  return entry;
}

function endEntry(pool: Pool, key: string, entry: Entry): void {
  if (pool.entries.get(key) === entry) pool.entries.delete(key);
  entry.stop.abort();
  const ended: Promise<unknown> = entry.result.then((done) =>
    done.kind === 'up' ? endConnection(done.connection) : undefined,
  );
  pool.ending.add(ended);
  void ended.finally(() => pool.ending.delete(ended));
}

async function connectChain(
  pool: Pool,
  chain: readonly Hop[],
  node: string,
  signal: AbortSignal,
): Promise<ConnectResult> {
  const hop = chain.at(-1);
  if (hop === undefined) return { kind: 'failed', why: lost('no way to the node is known') };
  if (chain.length === 1) return connect(pool.world, { hop, node, via: undefined, signal });

  const before = await lease(pool, chain.slice(0, -1), node, signal);
  if (before.kind === 'failed') return onTheWay(before);
  const result = await connect(pool.world, { hop, node, via: before.connection, signal });
  if (result.kind === 'failed') before.release();
  else {
    // The line below goes first: a target does not outlive its jump host, even where the socket has not noticed yet.
    const follow = (why: CloseReason): void => void endConnection(result.connection, why);
    before.connection.onLost.add(follow);
    result.connection.onLost.add(() => {
      before.connection.onLost.delete(follow);
      before.release();
    });
  }
  return result;
}

function onTheWay(failed: Extract<Lease, { kind: 'failed' }>): ConnectResult {
  if (failed.why.kind === 'closed' || failed.why.because.startsWith('jump host ')) return failed;
  return { ...failed, why: { ...failed.why, because: `jump host ${failed.why.because}` } };
}
