import { type AuditEntry, readAudit } from '../journal/audit.ts';
import { stateOf } from '../rollouts.ts';
import { type CliCommand, EXIT } from './command.ts';
import { safeJson, safeText } from './output.ts';

/** `muster audit [WORDS]`: who did what, from where, with which commands, and what came of it. */
export const auditCommand = {
  name: 'audit',
  summary:
    'print what was done: who, from where, the exact commands, the results; with words only what holds all of them',
  usage: '[WORDS]',
  options: { json: { type: 'boolean', help: 'as JSON lines (schema muster.audit.v1)' } },
  async run({ values, positionals }, context) {
    const wanted = positionals.map((word) => word.toLowerCase());
    for (const entry of readAudit(stateOf(context.env))) {
      const text = auditLines(entry).join('\n');
      if (!wanted.every((word) => text.toLowerCase().includes(word))) continue;
      context.print(values['json'] === true ? safeJson({ schema: 'muster.audit.v1', ...entry }) : safeText(text));
    }
    return EXIT.ok;
  },
} satisfies CliCommand;

function auditLines(entry: AuditEntry): readonly string[] {
  const head = `${new Date(entry.atMs).toISOString()} ${entry.id} ${entry.kind}`;
  if (entry.kind === 'started') {
    const { author, title, reason, after, steps } = entry;
    const from = author.from === undefined ? '' : ` from ${author.from}`;
    return [
      `${head}: ${title} by ${author.user}@${author.host}${from}${reason === undefined ? '' : `, because: ${reason}`}${after === undefined ? '' : `, ${after.how} of ${after.id}`}`,
      ...steps.map(({ nodes, title: step, command }) => `  ${nodes}: ${step}: ${command.replaceAll('\n', '\\n')}`),
    ];
  }
  if (entry.kind === 'ended')
    return [
      `${head}: ${entry.action} after ${Math.round(entry.tookMs / 1000)} s`,
      ...entry.results.map(
        ({ nodes, state, because }) => `  ${nodes}: ${state}${because === undefined ? '' : `: ${because}`}`,
      ),
    ];
  return [`${head}: ${entry.how} by ${entry.author.user}@${entry.author.host}`];
}
