import { actionsOf } from '../actions/registry.ts';
import { authorOf, type NewOrder } from '../rollouts.ts';
import { inputOf, namedAction, ORDER_OPTIONS } from './action-options.ts';
import { type CliCommand, type CliValues, EXIT, text } from './command.ts';
import type { CliContext } from './context.ts';
import { everyField, fieldOptions } from './field-options.ts';
import { planLines } from './format-plan.ts';
import { planOrder } from './order.ts';
import { safeJson, safeText } from './output.ts';

const OPTIONS = {
  ...ORDER_OPTIONS,
  json: { type: 'boolean', help: 'as JSON (schema muster.plan.v1)' },
} as const;

/** `muster plan ACTION`: looks at the nodes, prints what would change, and changes nothing. */
export const planCommand = {
  name: 'plan',
  summary:
    'show what an action would do, without doing it; without an action: everything in which the facts differ from the inventory',
  usage: '[ACTION] [FIELDS OF THE ACTION] [-- WORDS]',
  options: OPTIONS,
  moreOptions: (argv, context) => fieldOptions(argv, OPTIONS, context),
  everyOption: everyField,
  async run({ values, positionals }, context) {
    const planned = await planOrder(await orderOf(values, positionals, context), context);
    if (planned === undefined) return EXIT.interrupted;
    const { plan, call, id } = planned;
    await call.request({ kind: 'discard' });
    call.close();
    context.print(
      values['json'] === true ? safeJson({ schema: 'muster.plan.v1', id, plan }) : safeText(planLines(plan).join('\n')),
    );
    const isRefused = plan.kind === 'refused' || (plan.kind === 'change' && plan.refused.length > 0);
    return isRefused ? EXIT.refused : EXIT.ok;
  },
} satisfies CliCommand;

/** What a command line orders. Throws `UsageError` for what is wrong with it, before anything is started. */
export async function orderOf(
  values: CliValues,
  [name, ...words]: readonly string[],
  context: CliContext,
): Promise<NewOrder> {
  const { limit: _, ...fleet } = values;
  const { inventory, endpoints, from } = await context.openSource({ ...fleet, nodes: undefined });
  const action = namedAction(name, actionsOf(inventory));
  const input = inputOf(action, values, words, inventory);
  const reason = text(values, 'reason');
  return {
    action: action.name,
    input,
    author: authorOf(context.env),
    ...(reason === undefined ? {} : { reason }),
    inventory,
    endpoints,
    ...(from === undefined ? {} : { from }),
    ...(values['read-only'] === true ? { readOnly: 'muster was started with --read-only' } : {}),
  };
}
