import type { Action } from './model/action.ts';

/** The actions as a table, for `docs/actions.md`: what each does, where it starts from, what it asks. */
export function actionsTable(actions: readonly Action[]): string {
  const rows = actions.map(({ name, summary, targets, fields }) => {
    const asked = Object.entries(fields).map(([field, { isRequired }]) =>
      isRequired === true ? `**${field}**` : field,
    );
    const views = targets.map(({ view }) => view).join(', ');
    return [name, summary.replaceAll('|', '\\|'), views === '' ? '–' : views, asked.join(', ')];
  });
  const head = ['action', 'what it does', 'starts in', 'fields (bold: needed)'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
