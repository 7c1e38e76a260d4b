import type { Field } from './action.ts';

/** A field's help as a sentence, for forms: `Refuse a disk of another size, e.g. 1TB.`, and whether it is needed. */
export function helpSentence({ help, isRequired }: Pick<Field, 'help'> & { readonly isRequired?: boolean }): string {
  const text = bare(help);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.${isRequired === true ? ' Needed.' : ''}`;
}

/** The same as options have it, without a capital and a full stop: `refuse a disk of another size, e.g. 1TB`. */
export function helpPhrase({ help }: Pick<Field, 'help'>): string {
  const text = bare(help);
  // A name keeps its letters: GPU, NFS.
  return /^[A-Z][a-z ]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text;
}

const bare = (help: string): string => help.trim().replace(/\.$/, '');
