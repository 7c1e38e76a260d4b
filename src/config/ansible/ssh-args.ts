import { shellWords } from './ini.ts';

/** What of `ansible_ssh_common_args` muster takes over, and what it does not, in words. */
export interface SshArgs {
  readonly jump?: readonly string[];
  readonly acceptsNewKeys: boolean;
  readonly ignored: readonly string[];
}

/** Reads jump hosts and host key policy from arguments of ssh(1): `-J`, `-o ProxyJump=`, `-o ProxyCommand="ssh -W %h:%p user@host"`. */
export function readSshArgs(text: string): SshArgs {
  const words = [...shellWords(text)];
  const ignored: string[] = [];
  let jump: readonly string[] | undefined;
  let acceptsNewKeys = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (/^-J./.test(word)) jump = word.slice(2).split(',');
    else if (word === '-J') jump = (words[++at] ?? '').split(',').filter((hop) => hop !== '');
    else if (word.startsWith('-o')) {
      const option = word === '-o' ? (words[++at] ?? '') : word.slice(2);
      const [, name = '', value = ''] = /^\s*(\w+)\s*[=\s]\s*(.*)$/s.exec(option) ?? [];
      const key = name.toLowerCase();
      const hop = key === 'proxycommand' ? jumpOfCommand(value) : undefined;
      if (key === 'proxyjump' && value !== 'none') jump = value.split(',');
      else if (hop !== undefined) jump = [hop];
      else if (key === 'stricthostkeychecking' && value === 'accept-new') acceptsNewKeys = true;
      else if (!isHarmless(key, value)) ignored.push(name === '' ? option : `${name}=${value}`);
    } else ignored.push(word);
  }
  return { ...(jump === undefined || jump.length === 0 ? {} : { jump }), acceptsNewKeys, ignored };
}

/** Options that only tune the connection ssh makes; muster keeps its own open. */
const isHarmless = (key: string, value: string): boolean =>
  [
    'controlmaster',
    'controlpersist',
    'controlpath',
    'preferredauthentications',
    'compression',
    'loglevel',
    'connecttimeout',
  ].includes(key) ||
  key.startsWith('serveralive') ||
  (key === 'stricthostkeychecking' && (value === 'yes' || value === 'ask'));

/** The hop of `ssh -W %h:%p -q -p 2222 user@host`, as ProxyJump writes it. */
function jumpOfCommand(command: string): string | undefined {
  const words = shellWords(command);
  if (!/(?:^|\/)ssh$/.test(words[0] ?? '') || !words.includes('%h:%p')) return undefined;
  let port: string | undefined;
  let user: string | undefined;
  let host: string | undefined;
  for (let at = 1; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '-p') port = words[++at];
    else if (word === '-l') user = words[++at];
    else if (word === '-W') at++;
    else if (word === '-q') continue;
    // Anything else, such as an own key for the hop, would be lost.
    else if (word.startsWith('-')) return undefined;
    else host = word;
  }
  if (host === undefined) return undefined;
  return `${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}`;
}
