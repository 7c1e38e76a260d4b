import { type RolloutOrder, readOrder } from '../journal/order.ts';
import { placesOf } from '../journal/places.ts';
import { UsageError } from '../model/errors.ts';
import type { Rollout } from '../model/rollout.ts';
import { authorOf } from '../rollouts.ts';
import { type CliValues, text } from './command.ts';
import type { CliContext } from './context.ts';
import { applyOrder } from './order.ts';

/**
 * A new rollout that tries an old one again or takes it back. The inventory is read anew: a node that may not be changed by now, is gone, or is
 * reached another way, is treated as it says today.
 */
export async function again(
  how: 'retry' | 'undo',
  state: string,
  rollout: Rollout,
  values: CliValues,
  context: CliContext,
): Promise<number> {
  if (rollout.phase !== 'ended')
    throw new UsageError(
      `${rollout.id} is ${rollout.phase}; it can be ${how === 'retry' ? 'retried' : 'undone'} when it is over`,
    );
  const old = readOrder(placesOf(state, rollout.id).request);
  const { inventory, endpoints, from } = await context.openSource({ inventory: placeOf(old, values) });
  const reason = text(values, 'reason');
  return applyOrder(
    {
      action: old.action,
      input: old.input,
      inventory,
      endpoints,
      ...(from === undefined ? {} : { from }),
      author: authorOf(context.env),
      ...(reason === undefined ? {} : { reason }),
      ...(values['read-only'] === true ? { readOnly: 'muster was started with --read-only' } : {}),
      after: { id: rollout.id, how, ...(values['failed-step'] === true ? { onlyFailedStep: true } : {}) },
    },
    values,
    context,
  );
}

/** Where to read the inventory of today; undefined: at the first of the documented places. */
function placeOf({ id, from, inventory }: RolloutOrder, values: CliValues): string | undefined {
  const named = text(values, 'inventory');
  if (named === undefined && inventory.files.length === 0 && from === undefined)
    throw new UsageError(`${id} ran on a demo fleet, which is gone: there is nothing to try again or to take back`);
  return named ?? from;
}
