import type { RunnerCall } from '../journal/call-runner.ts';
import { isElsewhere, livingRunner } from '../journal/claim.ts';
import { type RolloutOrder, readOrder } from '../journal/order.ts';
import { placesOf } from '../journal/places.ts';
import { UsageError } from '../model/errors.ts';
import type { Rollout } from '../model/rollout.ts';
import { waitsForSomebody } from '../model/rollout-pause.ts';
import type { RunnerMessage } from '../model/rollout-request.ts';
import { authorOf, awaitRunner, callRollout, isOfDemo, readRollout, startRunner } from '../rollouts.ts';
import { type CliValues, text } from './command.ts';
import type { CliContext } from './context.ts';
import { applyOrder } from './order.ts';
import { safeText } from './output.ts';

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
  if (waitsForSomebody(rollout)) await endPaused(state, rollout, context);
  else if (rollout.phase !== 'ended')
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

/** What its failures paused is ended first: what is tried again or taken back is not gone on with as well. */
async function endPaused(state: string, rollout: Rollout, context: CliContext): Promise<void> {
  await wake(state, rollout, context);
  const call = await callRollout(state, rollout.id);
  const because = await call?.request({ kind: 'abort', author: authorOf(context.env) });
  await call?.gone;
  if (readRollout(state, rollout.id)?.phase !== 'ended')
    throw new Error(`${rollout.id} is paused and could not be ended${because === undefined ? '' : `: ${because}`}`);
}

/** Sees to it that a rollout that is not over has a process that drives it. True when one had to be started. */
export async function wake(state: string, rollout: Rollout, context: CliContext): Promise<boolean> {
  if (rollout.phase === 'ended') return false;
  const living = await callRollout(state, rollout.id);
  living?.close();
  if (living !== undefined) return false;
  (await takeOver(state, rollout, context))?.close();
  return true;
}

/** Starts a process that drives the rollout; undefined where that had nothing left to do. */
export async function takeOver(
  state: string,
  { id }: Rollout,
  context: CliContext,
  onMessage?: (message: RunnerMessage) => void,
): Promise<RunnerCall | undefined> {
  const holder = livingRunner(placesOf(state, id).runner);
  if (holder !== undefined && isElsewhere(holder))
    context.warn(
      safeText(
        `muster: process ${holder.pid} on ${holder.host} has ${id}; it takes a minute to see whether it still lives`,
      ),
    );
  startRunner(state, id, context.env);
  const call = await awaitRunner(state, id, onMessage);
  if (typeof call !== 'string') return call;
  if (readRollout(state, id)?.phase === 'ended') return undefined;
  throw new Error(`${id} could not be taken over: ${call}`);
}

/** Where to read the inventory of today; undefined: at the first of the documented places. */
function placeOf({ id, from, inventory }: RolloutOrder, values: CliValues): string | undefined {
  const named = text(values, 'inventory');
  if (named === undefined && isOfDemo({ inventory, ...(from === undefined ? {} : { from }) }))
    throw new UsageError(`${id} ran on a demo fleet, which is gone: there is nothing to try again or to take back`);
  return named ?? from;
}
