import { type CliCommand, FLEET_OPTIONS, text } from './command.ts';
import { findingLines, findingsJson, linkLines } from './format-status.ts';
import { exitCodeOf, safeJson, safeText, settleMs, warnOfMissing } from './output.ts';

/** `muster findings`: what is wrong, one cause each, and the next move. */
export const findingsCommand = {
  name: 'findings',
  summary: 'print what is wrong in the fleet, one cause each with its next move',
  options: {
    ...FLEET_OPTIONS,
    json: { type: 'boolean', help: 'as JSON (schema muster.findings.v1)' },
    timeout: { type: 'string', value: 'SECONDS', help: 'wait at most this long for first answers, default 20' },
  },
  async run({ values }, context) {
    const live = await context.openLive(values, { isOnce: true });
    try {
      const withinMs = settleMs(text(values, 'timeout'), 20, '--timeout');
      const missing = await live.settled(withinMs);
      warnOfMissing(missing, withinMs, context);
      const state = live.store.getState();
      const nowMs = context.nowMs();
      if (values['json'] === true) context.print(safeJson(findingsJson(state, nowMs)));
      else if (state.findings.length === 0) context.print(['nothing found', ...linkLines(state)].join('\n'));
      else context.print(safeText(state.findings.flatMap((finding) => findingLines(finding, nowMs)).join('\n')));
      return exitCodeOf(state, missing);
    } finally {
      await live.close();
    }
  },
} satisfies CliCommand;
