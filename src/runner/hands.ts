import { checks } from '../checks/registry.ts';
import { createHand } from '../engine/create-hand.ts';
import type { Hand } from '../engine/hand.ts';
import { readOnlyHand } from '../engine/read-only-hand.ts';
import type { RolloutOrder } from '../journal/order.ts';
import { localEndpoint } from '../model/endpoint.ts';
import { type NodeName, nodeName } from '../model/ids.ts';
import { THIS_MACHINE } from '../model/playbook.ts';
import { probes } from '../probes/registry.ts';
import { clock } from '../transport/clock.ts';
import type { AskSecret } from '../transport/secrets.ts';
import { createTransport } from '../transport/transport.ts';
import { readingFiles } from './local-file.ts';
import { sharedPasswords } from './passwords.ts';

/** Handshakes at once; the runner has no screen to keep quick. */
const MAX_CONNECTING = 64;

/** Why a node that an old rollout speaks of is left alone. */
export const NOT_NAMED = 'the inventory does not name it any more';

/** The hands of one runner, one a node, made when they are first wanted. */
export interface Hands {
  readonly of: (node: NodeName) => Hand;
  /** The machine muster runs on, as the user it runs as. */
  readonly here: () => Hand;
  /** Why a node may not be changed; undefined where it may. */
  readonly offLimits: (node: NodeName) => string | undefined;
  /** Each name has a spool of its own on whatever machine: where tests run. */
  readonly isSpoolByName: boolean;
  readonly close: () => Promise<void>;
}

/**
 * Another spool than /run/muster, and with it other locks: for tests, which would wait for each other on the machine they all run on. Each node has
 * its own there, because a machine under two names starts a step of one name once.
 */
const spoolIn = ({ MUSTER_SPOOL }: NodeJS.ProcessEnv, node: string): { readonly spool?: string } =>
  MUSTER_SPOOL?.startsWith('/') === true ? { spool: `${MUSTER_SPOOL}/${node}` } : {};

/** Opens the door to the nodes of an order. Where nothing may be changed the hand itself refuses, whatever was planned. */
export function openHands({ endpoints, inventory, readOnly }: RolloutOrder, ask: AskSecret): Hands {
  const transport = createTransport({ askSecret: ask, maxConnecting: MAX_CONNECTING });
  const byNode = new Map(endpoints.map((endpoint) => [endpoint.node, endpoint]));
  const nodes = new Map(inventory.nodes.map((node) => [node.name, node]));
  const hands = new Map<NodeName, Hand>();
  const parts = { clock, probes, checks };
  const own = (node: string) => ({ ...parts, ...spoolIn(process.env, node) });
  const passwords = sharedPasswords(ask, clock.nowMs);
  const offLimits = (node: NodeName): string | undefined => {
    if (readOnly !== undefined) return readOnly;
    const named = nodes.get(node);
    const endpoint = byNode.get(node);
    if (named === undefined) return node === THIS_MACHINE ? undefined : NOT_NAMED;
    if (named.readOnly !== undefined) return named.readOnly;
    if (endpoint === undefined) return 'the inventory gives no way to it';
    return endpoint.via === 'none' ? (endpoint.because ?? 'it is not reached over ssh') : undefined;
  };
  let here: Hand | undefined;
  const hereOf = (): Hand => {
    const made = () =>
      createHand(transport, localEndpoint(nodeName(THIS_MACHINE)), { ...own(THIS_MACHINE), isRising: false });
    here ??= readOnly === undefined ? made() : readOnlyHand(made(), readOnly);
    return here;
  };
  return {
    here: hereOf,
    of: (node) => {
      const known = hands.get(node);
      if (known !== undefined) return known;
      const endpoint = byNode.get(node);
      // A playbook may name this machine without any inventory knowing it.
      if (endpoint === undefined && node === THIS_MACHINE) return hereOf();
      if (endpoint === undefined) throw new RangeError(`${node} is not in this inventory`);
      const askPassword = (name: string, words: string) => passwords(endpoint.user, name, words);
      const made = readingFiles(createHand(transport, endpoint, { ...own(node), askPassword }));
      const because = offLimits(node);
      const hand = because === undefined ? made : readOnlyHand(made, because);
      hands.set(node, hand);
      return hand;
    },
    offLimits,
    isSpoolByName: spoolIn(process.env, '').spool !== undefined,
    close: async () => {
      for (const hand of hands.values()) hand.close();
      here?.close();
      await transport.close();
    },
  };
}
