import { fileAt } from '../files.ts';
import { type Answerer, text } from './reply.ts';

/** The note that the action `drain-note` leaves on a node; nothing without one. */
export const maintenance = {
  isInline: true,
  isStill: false,
  answer: ({ node }) => {
    const note = fileAt(node, '/etc/muster/maintenance');
    return text(note?.kind === 'file' ? note.text.trimEnd().split('\n') : []);
  },
} satisfies Answerer;
