import { createHash } from 'node:crypto';

/** Hex, of the text as UTF-8. */
export const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

const HEAD =
  /^# Managed by muster \(checksum ([0-9a-f]{16}) of the lines below\)\. Change the inventory or your template instead\.\n/;

/** A file of ours: its first line says so and carries a checksum of the rest, so that a change by hand can be told. */
export const managed = (body: string): string =>
  `# Managed by muster (checksum ${sha256(body).slice(0, 16)} of the lines below). Change the inventory or your template instead.\n${body}`;

/** Whose a file is: somebody else's, ours as we wrote it, or ours and edited by hand since. */
export function ownerOf(text: string): 'theirs' | 'ours' | 'edited' {
  const head = HEAD.exec(text);
  if (head === null) return 'theirs';
  return sha256(text.slice(head[0].length)).slice(0, 16) === head[1] ? 'ours' : 'edited';
}
