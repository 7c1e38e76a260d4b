import { UsageError } from '../model/errors.ts';
import { booted, powerless } from './boot.ts';
import { ailing, type Fault, suits } from './fault.ts';
import { GPU_FAULTS } from './gpu-faults.ts';
import { makeHarmless, makeHostile } from './hostile.ts';
import { KUBE_FAULTS } from './kube-faults.ts';
import { cutOff, reconnect, STORAGE_FAULTS } from './storage-faults.ts';
import type { World } from './world.ts';

const SLOW_MS = 4_000;
const SKEW_MS = 247_000;

/** What can happen to a node as a whole. */
const NODE_FAULTS: readonly Fault[] = [
  {
    name: 'node-lost',
    title: 'a node loses power',
    summary: 'all connections break and new ones are refused; healed, the node has booted anew with fresh counters',
    needs: 'any node',
    cutsOff: true,
    inject: (world, name) => {
      world.change(name, powerless);
      cutOff(world, name, 'refusing');
    },
    heal: (world, name) => {
      world.change(name, (node) => booted(world, node));
      reconnect(world, name);
    },
  },
  {
    name: 'black-hole',
    title: 'the network swallows a node',
    summary: 'connections stay open but nothing comes back, and new ones are never greeted; healed, everything goes on',
    needs: 'any node',
    cutsOff: true,
    inject: (world, name) => cutOff(world, name, 'black-holed'),
    heal: reconnect,
  },
  {
    name: 'slow-node',
    title: 'a node answers late',
    summary: 'every answer takes four seconds',
    needs: 'any node',
    ...ailing('answerDelayMs', SLOW_MS, 0),
  },
  {
    name: 'host-key-changed',
    title: 'a node shows another host key',
    summary:
      'connections break and the next one meets a host key that was never seen; the console refuses it with both fingerprints',
    needs: 'any node',
    ...ailing('hasOtherHostKey', true, false),
  },
  {
    name: 'auth-refused',
    title: 'a node refuses the key',
    summary: 'connections break and the next login is refused',
    needs: 'any node',
    ...ailing('refusesKeys', true, false),
  },
  {
    name: 'sudo-refused',
    title: 'sudo wants a password',
    summary: 'sudo -n is refused: what only root may see stays closed',
    needs: 'sudo',
    ...ailing('refusesSudo', true, false),
  },
  {
    name: 'clock-skew',
    title: 'a clock is wrong',
    summary: 'the clock of the node is 247 seconds ahead',
    needs: 'any node',
    ...ailing('clockSkewMs', SKEW_MS, 0),
  },
  {
    name: 'garbage-output',
    title: 'a node sends garbage',
    summary: 'answers are noise, cut short, or lie about their length',
    needs: 'any node',
    ...ailing('sendsGarbage', true, false),
  },
  {
    name: 'escape-injection',
    title: 'a node sends terminal escapes',
    summary:
      'names, labels, command lines and log lines carry escape sequences, bidirectional and zero-width characters and line breaks',
    needs: 'any node',
    inject: (world, name) => world.change(name, (node) => makeHostile(node, world.clock.nowMs())),
    heal: (world, name) => world.change(name, makeHarmless),
  },
];

/** Every fault of the demo, in the order the console lists them. */
export const FAULTS: readonly Fault[] = [...NODE_FAULTS, ...STORAGE_FAULTS, ...GPU_FAULTS, ...KUBE_FAULTS];

/** A fault with the node it is meant for; without one the first node that suits is taken. */
export interface FaultRequest {
  readonly fault: Fault;
  readonly node?: string;
}

/** Reads `NAME` or `NAME@NODE`. Throws `UsageError` that lists the names when there is no such fault. */
export function parseFault(text: string): FaultRequest {
  const at = text.indexOf('@');
  const name = (at < 0 ? text : text.slice(0, at)).trim();
  const node = at < 0 ? undefined : text.slice(at + 1).trim();
  const fault = FAULTS.find((each) => each.name === name);
  if (fault === undefined) {
    throw new UsageError(
      `no fault is called ${JSON.stringify(name)}; there are ${FAULTS.map((each) => each.name).join(', ')}`,
    );
  }
  if (node === '')
    throw new UsageError(`${JSON.stringify(text)}: a node is missing after @; write ${name}@gpu01, or ${name} alone`);
  return node === undefined ? { fault } : { fault, node };
}

/**
 * The node a fault is for. Throws `UsageError` for a node that is not in the fleet or to which this cannot happen, with one to which
 * it can.
 */
export function nodeFor(world: World, { fault, node }: FaultRequest): string {
  const fitting = world.names.filter((name) => {
    const state = world.node(name);
    return state !== undefined && suits(fault, state);
  });
  const first = preferred(fitting);
  if (node === undefined) {
    if (first !== undefined) return first;
    throw new UsageError(`${fault.name} needs ${fault.needs}, which no node of this demo fleet has`);
  }
  if (fitting.includes(node)) return node;
  const advice = first === undefined ? 'no node of this fleet has that' : `try ${fault.name}@${first}`;
  if (world.node(node) === undefined)
    throw new UsageError(`${fault.name}@${node}: the demo fleet has no node ${node}; ${advice}`);
  throw new UsageError(`${fault.name} needs ${fault.needs}, which ${node} does not have; ${advice}`);
}

/** A worker rather than a server: a lost server takes half of the fleet with it. */
function preferred(names: readonly string[]): string | undefined {
  return names.find((name) => name.startsWith('gpu')) ?? names[0];
}
