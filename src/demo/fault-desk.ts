import type { Fault } from './fault.ts';
import { nodeFor, parseFault } from './faults.ts';
import type { World } from './world.ts';

/** Lets faults happen to a world and puts them right, remembering which ones are on. */
export interface FaultDesk {
  /** Given as `NAME` or `NAME@NODE`; one that is on already stays. Throws `UsageError` that says what is possible. */
  readonly inject: (text: string) => void;
  /** On its node or, without one, wherever it is on. Throws `UsageError` for a name that is none. */
  readonly heal: (text: string) => void;
}

interface Active {
  readonly fault: Fault;
  readonly node: string;
}

/** A desk for one world, with no fault on. */
export function createFaultDesk(world: World): FaultDesk {
  let active: readonly Active[] = [];
  return {
    inject: (text) => {
      const request = parseFault(text);
      const node = nodeFor(world, request);
      if (active.some((each) => each.fault === request.fault && each.node === node)) return;
      active = [...active, { fault: request.fault, node }];
      request.fault.inject(world, node);
    },
    heal: (text) => {
      const { fault, node } = parseFault(text);
      const healed = active.filter((each) => each.fault === fault && (node === undefined || each.node === node));
      active = active.filter((each) => !healed.includes(each));
      for (const each of healed) {
        fault.heal(world, each.node);
        for (const other of active)
          if (other.fault.cutsOff && other.node === each.node) other.fault.inject(world, each.node);
      }
    },
  };
}
