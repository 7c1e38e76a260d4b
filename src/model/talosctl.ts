import { neutralise } from './neutralise.ts';

/** Why a command of talosctl came to nothing: the first two are of the place it runs at, the others of the node that was asked. */
export type TalosctlTrouble = 'no-talosctl' | 'configuration' | 'credentials' | 'unreachable' | 'failed';

const WORDS_TOLD = 240;

/** One sentence for what talosctl said on standard error: `wanted` is what was asked for, `where` the node it ran on. */
export function talosctlSentence(
  words: string,
  exitCode: number,
  { wanted, where, node }: { readonly wanted: string; readonly where: string; readonly node: string },
): { readonly reason: TalosctlTrouble; readonly because: string } {
  const said = lastLine(words);
  if (exitCode === 127)
    return {
      reason: 'no-talosctl',
      because: `talosctl is not installed on ${where}; install it there, or take "talos" out of the cluster`,
    };
  if (NO_CONFIGURATION.test(said))
    return { reason: 'configuration', because: `talosctl on ${where} cannot use its configuration: ${said}` };
  if (/PermissionDenied/.test(words))
    return {
      reason: 'failed',
      because: `may not read ${wanted} of ${node}; the talosconfig needs a role that may (os:reader)`,
    };
  if (/Unauthenticated|x509|tls: /.test(words))
    return {
      reason: 'credentials',
      because: `${node} does not accept the credentials of talosctl on ${where} (expired?): ${said}`,
    };
  if (/code = Unavailable|DeadlineExceeded|connection refused|i\/o timeout|no route to host/.test(words))
    return { reason: 'unreachable', because: `${node} does not answer talosctl on ${where}: ${said}` };
  return {
    reason: 'failed',
    because: `cannot read ${wanted} of ${node}: ${said === '' ? `talosctl ended with exit code ${exitCode}` : said}`,
  };
}

const NO_CONFIGURATION =
  /no talosconfig at|failed to read config|failed to determine endpoints|context "[^"]{0,200}" (?:is )?not (?:found|defined)|default context|nodes are not set/i;

function lastLine(words: string): string {
  const lines = words.split('\n').filter((line) => line.trim() !== '' && !/^(?:Usage|Flags|Global)\b/.test(line));
  return neutralise((lines.at(-1) ?? '').trim().replace(/^(?:error: |\d+ errors? occurred:)/i, '')).slice(
    0,
    WORDS_TOLD,
  );
}
