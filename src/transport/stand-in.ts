import type { CloseReason } from '../engine/ports.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { NodeName } from '../model/ids.ts';
import { describeIdentity } from './agent.ts';
import { agentKeys, type KeyRing } from './key-ring.ts';

/** Nodes that the system ssh reaches because ssh2 did not get in, each with the reason in words. Forgotten when it does not get in either. */
export type StandIns = Map<NodeName, string>;

/** Two ways to the same thing; both tell once how it ended. */
export interface Ways<Opened> {
  readonly endpoint: Endpoint;
  readonly keyRing: KeyRing;
  readonly standIns: StandIns;
  readonly bySsh2: (ended: (why: CloseReason) => void) => Opened;
  readonly bySystemSsh: (because: string, ended: (why: CloseReason) => void) => Opened;
  readonly ended: (why: CloseReason) => void;
}

/**
 * Opens by ssh2, and by the system ssh where ssh2 did not get in although the agent holds what only ssh(1) can show: a certificate, a key
 * on a token. The node is remembered, so that it is not knocked at twice the next time.
 */
export function openEither<Opened extends { readonly close: () => void }>(
  ways: Ways<Opened>,
): { readonly now: () => Opened; readonly close: () => void } {
  const { endpoint, keyRing, standIns } = ways;
  let isClosed = false;
  const bySystemSsh = (because: string): Opened =>
    ways.bySystemSsh(because, (why) => {
      if (!isNoEntry(why)) return ways.ended(why);
      standIns.delete(endpoint.node);
      ways.ended({ ...why, because: `${why.because} (asked by the system ssh: ${because})` });
    });
  const turn = async (refusal: CloseReason): Promise<void> => {
    const because = await whySystemSsh(keyRing, endpoint);
    if (isClosed) return ways.ended({ kind: 'closed' });
    if (because === undefined) return ways.ended(refusal);
    standIns.set(endpoint.node, because);
    now = bySystemSsh(because);
  };
  const known = standIns.get(endpoint.node);
  let now =
    known === undefined
      ? ways.bySsh2((why) => (isNoEntry(why) ? void turn(why) : ways.ended(why)))
      : bySystemSsh(known);
  return {
    now: () => now,
    close: () => {
      isClosed = true;
      now.close();
    },
  };
}

const isNoEntry = (why: CloseReason): why is Extract<CloseReason, { readonly kind: 'refused' }> =>
  why.kind === 'refused' && why.reason === 'authentication';

/** What the agents on the way hold that only ssh(1) can use, in words; undefined where it would not show that either. */
async function whySystemSsh(ring: KeyRing, endpoint: Endpoint): Promise<string | undefined> {
  const hops = [...endpoint.jumps, endpoint];
  // The system ssh knows no pins, and none is given where the inventory insists on ssh2.
  if (endpoint.sshArguments === undefined || hops.some(({ pinnedHostKeys }) => pinnedHostKeys.length > 0))
    return undefined;
  for (const { agentSocket, identitiesOnly } of hops) {
    if (agentSocket === undefined || identitiesOnly) continue;
    const keys = await agentKeys(ring, agentSocket);
    const other = keys instanceof Error ? undefined : keys.others[0];
    if (other !== undefined) return `it logs in by ${describeIdentity(other)} of the agent`;
  }
  return undefined;
}
