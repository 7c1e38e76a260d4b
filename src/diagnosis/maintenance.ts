import { goodValueOf } from '../model/observation.ts';
import { quote } from '../model/quote.ts';
import type { NodeRule } from './rule.ts';

/** Nodes somebody keeps out of work, so that nobody takes what is seen there for news. */
export const maintenance = {
  kind: 'node',
  name: 'maintenance',
  title: 'Under maintenance',
  severities: ['notice'],
  reads: ['maintenance'],
  find: ({ name, facts }) => {
    const note = goodValueOf(facts.slots.maintenance);
    if (note === undefined) return [];
    const since =
      note.atMs === undefined ? '' : ` since ${new Date(note.atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    const text = `${note.reason} (${note.author ?? 'nobody named'}${since})`;
    return [{ cause: text, severity: 'notice', evidence: { node: name, about: 'maintenance', text } }];
  },
  tell: ({ nodes, first }) => ({
    title: `maintenance on ${nodes}: ${first.text}`,
    nextMove: `When it is over: muster ${quote(['apply', 'drain-note', '-l', nodes, '--clear'])}.`,
  }),
} satisfies NodeRule;
