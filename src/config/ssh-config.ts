import { createHash } from 'node:crypto';
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Block, readConfigFile, type Section, type Setting } from './ssh-config-file.ts';
import { asksForFinal, matchBlock, type Subject } from './ssh-config-match.ts';

/** The person and the machine ssh_config(5) speaks of. */
export interface SshEnvironment {
  readonly home: string;
  /** The home folder the system has on file for the user, where it is known; ssh(1) itself looks there. */
  readonly userHome?: string;
  readonly localUser: string;
  readonly localHostName: string;
  readonly userId: number;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** The user's and the system's configuration, read once. */
export interface SshConfig {
  readonly sections: readonly Section[];
}

/** What the command line or the inventory says before any file does. */
export interface GivenSettings {
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

/** Everything the configuration says about one host. First match wins, but for lists. */
export interface ResolvedHost {
  /** Values by lower-case keyword, tokens and `~` not yet expanded. */
  readonly values: ReadonlyMap<string, Setting>;
  readonly identityFiles: readonly string[];
  readonly certificateFiles: readonly string[];
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  /** Why only ssh(1) itself can resolve this host: `Match exec` and its like, which are never run here. */
  readonly unresolved: readonly string[];
  /** Expands tokens, `~` and `${VARIABLE}` in a value. */
  readonly expand: (text: string) => string;
}

/** The environment of this process. */
export function sshEnvironment(variables: Readonly<Record<string, string | undefined>>): SshEnvironment {
  const { username, uid, homedir: userHome } = userInfo();
  return {
    home: variables['HOME'] ?? homedir(),
    userHome,
    localUser: username,
    localHostName: hostname(),
    userId: uid,
    variables,
  };
}

/** Reads `~/.ssh/config` and then `/etc/ssh/ssh_config`, or other files in their place. Missing files are empty. */
export function readSshConfig(
  { home }: SshEnvironment,
  userFile = join(home, '.ssh/config'),
  systemFile = '/etc/ssh/ssh_config',
): SshConfig {
  return {
    sections: [
      readConfigFile(userFile, { home, includes: join(home, '.ssh') }),
      readConfigFile(systemFile, { home, includes: '/etc/ssh' }),
    ],
  };
}

/** The names that have a `Host` line of their own, in order: what an import of `~/.ssh/config` offers as nodes. */
export function listHostAliases({ sections }: SshConfig): readonly string[] {
  return [...new Set(sections.flatMap(namesIn))];
}

function namesIn({ items }: Section): readonly string[] {
  return items.flatMap((item) => {
    if (!('kind' in item)) return namesIn(item);
    if (item.kind === 'setting') return [];
    const own = item.kind === 'host' ? item.words.filter((word) => !/[*?!]/.test(word)) : [];
    return [...own, ...namesIn(item.section)];
  });
}

/** One reading of the configuration on its way. */
interface Reading {
  readonly environment: SshEnvironment;
  readonly original: string;
  readonly values: Map<string, Setting>;
  readonly identityFiles: string[];
  readonly certificateFiles: string[];
  readonly unresolved: Set<string>;
  readonly givenUser: string | undefined;
  isFinal: boolean;
  wantsFinal: boolean;
}

/** Resolves one host as `ssh -G` would, without ever running a command or asking the network. */
export function resolveHost(
  { sections }: SshConfig,
  environment: SshEnvironment,
  name: string,
  given: GivenSettings = {},
): ResolvedHost {
  const reading: Reading = {
    environment,
    original: name,
    values: new Map(),
    identityFiles: [],
    certificateFiles: [],
    unresolved: new Set(),
    givenUser: given.user,
    isFinal: false,
    wantsFinal: false,
  };
  for (const section of sections) readSection(reading, section);
  if (reading.wantsFinal) {
    reading.isFinal = true;
    for (const section of sections) readSection(reading, section);
  }
  return finished(reading, given);
}

function readSection(reading: Reading, section: Section): void {
  const named = section.byName.get(reading.original) ?? [];
  const places =
    named.length === 0 ? section.general : [...section.general, ...named].sort((one, other) => one - other);
  for (const place of places) {
    const item = section.items[place];
    if (item === undefined) continue;
    if (!('kind' in item)) readSection(reading, item);
    else if (item.kind === 'setting') apply(reading, item);
    else readBlock(reading, item);
  }
}

function readBlock(reading: Reading, block: Block): void {
  if (asksForFinal(block)) reading.wantsFinal = true;
  const matched = matchBlock(block, subjectOf(reading));
  if (matched === 'yes') readSection(reading, block.section);
  if (matched === 'unknown') reading.unresolved.add(`Match ${block.words.join(' ')} (${block.where})`);
}

function subjectOf({ environment, original, values, givenUser, isFinal }: Reading): Subject {
  return {
    original,
    host: hostNameOf(values, original),
    user: givenUser ?? values.get('user')?.words[0] ?? environment.localUser,
    localUser: environment.localUser,
    tag: values.get('tag')?.words[0] ?? '',
    isFinal,
  };
}

function apply(reading: Reading, setting: Setting): void {
  const { keyword, words } = setting;
  const [first] = words;
  if (first === undefined) return;
  if (keyword === 'identityfile') addOnce(reading.identityFiles, first);
  else if (keyword === 'certificatefile') addOnce(reading.certificateFiles, first);
  else if (keyword === 'proxyjump' || keyword === 'proxycommand') {
    // Whichever of the two comes first silences the other.
    if (!reading.values.has('proxyjump') && !reading.values.has('proxycommand')) reading.values.set(keyword, setting);
  } else if (!reading.values.has(keyword)) reading.values.set(keyword, setting);
}

function addOnce(list: string[], text: string): void {
  if (!list.includes(text)) list.push(text);
}

/** HostName knows only `%h` and `%%`. */
function hostNameOf(values: ReadonlyMap<string, Setting>, original: string): string {
  const written = values.get('hostname')?.words[0];
  return written === undefined ? original : written.replace(/%([h%])/g, (_, token) => (token === 'h' ? original : '%'));
}

function finished(reading: Reading, given: GivenSettings): ResolvedHost {
  const { environment, values, original, identityFiles, certificateFiles, unresolved } = reading;
  const hostName = hostNameOf(values, original).toLowerCase();
  const port = given.port ?? Number(values.get('port')?.words[0] ?? 22);
  const user = given.user ?? values.get('user')?.words[0] ?? environment.localUser;
  const alias = values.get('hostkeyalias')?.words[0] ?? original;
  // Most values hold no token, and %C costs a hash: a fleet of thousands must not pay for it.
  let tokens: Tokens | undefined;
  const expand = (text: string): string => {
    tokens ??= text.includes('%') ? tokensOf(environment, { original, hostName, port, user, alias }) : undefined;
    return expandText(text, tokens, environment);
  };
  return {
    values,
    identityFiles,
    certificateFiles,
    hostName,
    port,
    user,
    unresolved: [...unresolved],
    expand,
  };
}

type Tokens = Readonly<Record<string, string>>;

function tokensOf(
  { home, localUser, localHostName, userId }: SshEnvironment,
  {
    original,
    hostName,
    port,
    user,
    alias,
  }: {
    readonly original: string;
    readonly hostName: string;
    readonly port: number;
    readonly user: string;
    readonly alias: string;
  },
): Tokens {
  const connection = createHash('sha1').update(`${localHostName}${hostName}${port}${user}`).digest('hex');
  return {
    '%': '%',
    C: connection,
    L: localHostName.split('.')[0] ?? '',
    d: home,
    h: hostName,
    i: String(userId),
    k: alias,
    l: localHostName,
    n: original,
    p: String(port),
    r: user,
    u: localUser,
  };
}

function expandText(text: string, tokens: Tokens | undefined, { home, variables }: SshEnvironment): string {
  const path = text === '~' || text.startsWith('~/') ? join(home, text.slice(1)) : text;
  const named = path.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => variables[name] ?? whole);
  return named.replace(/%(.)/g, (whole, token: string) => tokens?.[token] ?? whole);
}
