import type { State } from '../store/state.ts';
import { type CliCommand, FLEET_OPTIONS, text } from './command.ts';
import type { CliContext } from './context.ts';
import { findingLines, linkLines, statusJson, summaryRows } from './format-status.ts';
import { exitCodeOf, safeJson, safeText, settleMs, warnOfMissing } from './output.ts';

/** `muster status`: one look at the fleet without the screen. */
export const statusCommand = {
  name: 'status',
  summary: 'look at the fleet once, or again and again with --watch, and print what is there and what is wrong',
  options: {
    ...FLEET_OPTIONS,
    json: { type: 'boolean', help: 'everything as JSON (schema muster.status.v1), one document per line with --watch' },
    watch: { type: 'boolean', short: 'w', help: 'print again every --every seconds until interrupted' },
    every: { type: 'string', value: 'SECONDS', help: 'period of --watch, default 2' },
    timeout: { type: 'string', value: 'SECONDS', help: 'wait at most this long for first answers, default 20' },
  },
  async run({ values }, context) {
    const everyMs = settleMs(text(values, 'every'), 2, '--every');
    const withinMs = settleMs(text(values, 'timeout'), 20, '--timeout');
    const live = await context.openLive(values, { isOnce: values['watch'] !== true });
    try {
      const missing = await live.settled(withinMs);
      warnOfMissing(missing, withinMs, context);
      await show(live.store.getState(), values['json'] === true, context);
      const interrupted = values['watch'] === true ? context.interrupted() : Promise.resolve();
      while (values['watch'] === true && !(await endsWithin(everyMs, interrupted))) {
        await show(live.store.getState(), values['json'] === true, context);
      }
      return exitCodeOf(live.store.getState(), values['watch'] === true ? [] : missing);
    } finally {
      await live.close();
    }
  },
} satisfies CliCommand;

async function show(state: State, isJson: boolean, context: CliContext): Promise<void> {
  const nowMs = context.nowMs();
  if (isJson) {
    context.print(safeJson(statusJson(state, nowMs)));
    return;
  }
  const lines = [...linkLines(state), ...state.findings.flatMap((finding) => findingLines(finding, nowMs))];
  context.print(
    `${safeText(state.inventory.name)}\n${await context.table(summaryRows(state))}${lines.map((line) => `\n${safeText(line)}`).join('')}`,
  );
}

function endsWithin(delayMs: number, interrupted: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), delayMs);
    interrupted.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
