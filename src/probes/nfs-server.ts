import { ParseError } from '../model/errors.ts';
import { fact, type Probe } from '../model/probe.ts';
import type { NfsClient, NfsServer } from '../model/server-facts.ts';
import { MAX_ROWS, nonEmptyLines, nothing, present, section, sections, wholeNumber } from './text.ts';

/**
 * The kernel's NFS server: `== threads` with /proc/fs/nfsd/threads, `== busy` with how many of its threads run and how many are in state D
 * (they are children of kthreadd, process 2), and `== client ID` with each /proc/fs/nfsd/clients/ID/info,
 * which only root may read. NFSv3 has no clients the kernel could list.
 */
export const nfsServer = {
  name: 'nfsServer',
  ask: {
    kind: 'child',
    brief: true,
    deadlineMs: 10_000,
    early: '[ ! -e /proc/fs/nfsd/threads ]',
    sh: `
if [ -f /proc/fs/nfsd/threads ]; then
  echo '== threads'
  cat /proc/fs/nfsd/threads 2>/dev/null || \${sudo-} cat /proc/fs/nfsd/threads 2>/dev/null
  if read -r pids < /proc/2/task/2/children; then set -- $pids; else set -- /proc/[0-9]*; fi 2>/dev/null
  running=0 waiting=0
  for pid; do
    read -r line < "/proc/\${pid#/proc/}/stat" && case $line in
      *' (nfsd) R 2 '*) running=$((running + 1)) ;;
      *' (nfsd) D 2 '*) waiting=$((waiting + 1)) ;;
    esac
  done 2>/dev/null
  printf '== busy\\n%s %s\\n' "$running" "$waiting"
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
    const busy = busyIn(section(parts, 'busy')?.text ?? '', threads);
    return fact({ threads, ...present<Pick<NfsServer, 'busy'>>({ busy }), clients: clients.slice(0, MAX_ROWS) });
  },
} satisfies Probe<'nfsServer'>;

/** `3 1`; more than there are threads is no answer. */
function busyIn(text: string, threads: number): NfsServer['busy'] {
  const [running, waiting] = text.trim().split(' ').map(wholeNumber);
  if (running === undefined || waiting === undefined || running + waiting > threads) return undefined;
  return { running, waiting };
}

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
