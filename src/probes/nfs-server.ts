import { ParseError } from '../model/errors.ts';
import { fact, type Probe } from '../model/probe.ts';
import type { NfsClient } from '../model/server-facts.ts';
import { MAX_ROWS, nonEmptyLines, nothing, present, section, sections, wholeNumber } from './text.ts';

/**
 * The kernel's NFS server: `== threads` with /proc/fs/nfsd/threads, and `== client ID` with each /proc/fs/nfsd/clients/ID/info,
 * which only root may read. NFSv3 has no clients the kernel could list.
 */
export const nfsServer = {
  name: 'nfsServer',
  ask: {
    kind: 'child',
    brief: true,
    deadlineMs: 10_000,
    sh: `
if [ -f /proc/fs/nfsd/threads ]; then
  echo '== threads'
  cat /proc/fs/nfsd/threads 2>/dev/null || \${sudo-} cat /proc/fs/nfsd/threads 2>/dev/null
  [ -z "\${sudo+x}" ] || $sudo sh -c 'for client in /proc/fs/nfsd/clients/*; do
    [ -f "$client/info" ] && printf "== client %s\\n" "\${client##*/}" && cat "$client/info"; done' 2>/dev/null || :
fi`,
  },
  everyMs: 10_000,
  parse: ({ stdout, exitCode }) => {
    const parts = sections(stdout);
    const part = section(parts, 'threads');
    if (part === undefined) return nothing('nfsServer', exitCode, 'no kernel NFS server on this node');
    const threads = wholeNumber(part.text.trim());
    if (threads === undefined || threads > 1_000_000) throw new ParseError('nfsServer', part.line, part.text);
    const clients = parts.filter(({ name }) => name === 'client').flatMap(({ text }) => parseClient(text));
    return fact({ threads, clients: clients.slice(0, MAX_ROWS) });
  },
} satisfies Probe<'nfsServer'>;

/** Lines `address: "10.4.0.11:893"`, `name: "Linux NFSv4.2 gpu01"`, `minor version: 2` among others; no address, no client. */
function parseClient(text: string): readonly NfsClient[] {
  const values = new Map(
    nonEmptyLines(text).flatMap((line) => {
      const at = line.indexOf(': ');
      return at < 0 ? [] : [[line.slice(0, at), unquote(line.slice(at + 2).trim())]];
    }),
  );
  const address = (values.get('address') ?? '').replace(/^\[(.*)\]:\d+$/, '$1').replace(/^([^:]+):\d+$/, '$1');
  const minor = wholeNumber(values.get('minor version') ?? '');
  if (address === '') return [];
  return [
    {
      address,
      ...present<Omit<NfsClient, 'address'>>({
        name: values.get('name') || undefined,
        version: minor === undefined || minor > 9 ? undefined : `4.${minor}`,
      }),
    },
  ];
}

const unquote = (text: string): string => (/^".*"$/.test(text) ? text.slice(1, -1) : text);
