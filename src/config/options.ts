import { withoutInlineSecrets } from '../model/inline-secrets.ts';

/** Options of mounts and exports, as a list or as text with commas, without blanks and empties; a password among them goes no further. */
export const optionList = (value: string | readonly string[] | undefined): readonly string[] =>
  (typeof value === 'string' ? value.split(',') : (value ?? []))
    .map((option) => withoutInlineSecrets(option.trim()))
    .filter((option) => option !== '');

/** One client of an export with its options. */
export interface ClientClause {
  readonly client: string;
  readonly options: readonly string[];
}

/**
 * Clients of one export as exports(5) writes them: `10.0.0.0/8(rw,sync) *.example.org(ro)`, with `-options` as the default of those
 * that follow. A clause without a client, e.g. after a stray blank before `(`, is the world, as the kernel takes it.
 */
export function parseClients(text: string): readonly ClientClause[] {
  let defaults: readonly string[] = [];
  const clauses: ClientClause[] = [];
  for (const word of text.split(/[ \t]+/).filter((part) => part !== '')) {
    if (word.startsWith('-')) {
      defaults = optionList(word.slice(1));
      continue;
    }
    const open = word.indexOf('(');
    const client = open === -1 ? word : word.slice(0, open);
    const own = open === -1 ? [] : optionList(word.slice(open + 1).replace(/\)$/, ''));
    clauses.push({ client: client === '' ? '*' : client, options: [...defaults, ...own] });
  }
  return clauses;
}

/** One line of exports(5): a path, quoted or octal-escaped where it has blanks, then its clients. Undefined when no path begins it. */
export function parseExportLine(
  line: string,
): { readonly path: string; readonly clients: readonly ClientClause[] } | undefined {
  const match = /^\s*(?:"([^"]*)"|(\/\S*))\s*(.*)$/s.exec(line.replace(/\s#.*$/, ''));
  if (match === null) return undefined;
  const path = (match[1] ?? match[2] ?? '').replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return path.startsWith('/') ? { path, clients: parseClients(match[3] ?? '') } : undefined;
}
