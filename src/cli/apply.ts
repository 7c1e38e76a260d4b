import { ORDER_OPTIONS } from './action-options.ts';
import type { CliCommand } from './command.ts';
import { everyField, fieldOptions } from './field-options.ts';
import { APPLY_OPTIONS, applyOrder } from './order.ts';
import { orderOf } from './plan.ts';

const OPTIONS = { ...ORDER_OPTIONS, ...APPLY_OPTIONS };

/** `muster apply ACTION`: plans, asks, and rolls out; the rollout goes on without this command when it is left. */
export const applyCommand = {
  name: 'apply',
  summary: 'plan an action, ask, and roll it out over the nodes; ctrl-c leaves the rollout running',
  usage: '[ACTION] [FIELDS OF THE ACTION] [-- WORDS]',
  options: OPTIONS,
  moreOptions: (argv, context) => fieldOptions(argv, OPTIONS, context),
  everyOption: everyField,
  async run({ values, positionals }, context) {
    return applyOrder(await orderOf(values, positionals, context), values, context);
  },
} satisfies CliCommand;
