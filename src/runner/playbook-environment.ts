import { dirname, join, resolve } from 'node:path';
import { callbackPluginsOfAnsibleCfg } from '../config/ansible-cfg.ts';
import type { ConfigIo } from '../config/io.ts';
import { quote } from '../model/quote.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What the file is made of. */
export interface EnvironmentParts {
  readonly env: Env;
  readonly io: ConfigIo;
  /** Where whoever asked stood: Ansible looks for its ansible.cfg there. */
  readonly folder: string;
  readonly place: string;
  readonly rawLog: string;
  /** The inventory is one that muster made. */
  readonly isOurs: boolean;
}

/** Of the operator's own environment: what Ansible needs to find itself, its agent and its configuration. */
const KEPT =
  /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_\w+|SSH_AUTH_SOCK|VIRTUAL_ENV|PYTHONPATH|KRB5CCNAME|XDG_\w+|ANSIBLE_\w+)$/;

/** What a name like this holds is written into no file; it is still there where the environment itself is passed on. */
const SECRET = /PASS(?!WORD_FILE|WD_FILE)|TOKEN|SECRET|KEY(?!_CHECKING|_FILE)/;

/** Where Ansible looks for callbacks by itself; setting the path leaves this out. */
const CALLBACKS = '~/.ansible/plugins/callback:/usr/share/ansible/plugins/callback';

/**
 * The environment of `ansible-playbook` as lines of sh. A step is started by systemd where muster runs as root, and knows nothing then of
 * the shell that muster was started from. Callbacks of the user's own stay; ours stands before them.
 */
export function environmentFile(parts: EnvironmentParts): string {
  const { env, folder, place, rawLog, isOurs } = parts;
  const kept = Object.entries(env).filter(([name]) => KEPT.test(name) && !SECRET.test(name));
  const set: { readonly [name: string]: string } = {
    ...Object.fromEntries(kept.map(([name, value]) => [name, value ?? ''])),
    LC_ALL: utf8Of(env),
    ANSIBLE_CALLBACK_PLUGINS: `${place}:${callbacksOf(parts)}`,
    // What it prints goes to a log.
    ANSIBLE_FORCE_COLOR: '0',
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_RETRY_FILES_ENABLED: '0',
    ...(isOurs ? { ANSIBLE_HOST_KEY_CHECKING: '1' } : {}),
  };
  return [
    `cd ${quote([folder])} || exit 1`,
    `raw=${quote([rawLog])}`,
    ...Object.entries(set).map(([name, value]) => `export ${name}=${quote([value])}`),
    '',
  ].join('\n');
}

/** Ansible runs in a UTF-8 locale only. */
function utf8Of(env: Env): string {
  const named = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '');
  return named !== undefined && /utf-?8$/i.test(named) ? named : 'C.UTF-8';
}

function callbacksOf({ env, io, folder }: EnvironmentParts): string {
  const given = env['ANSIBLE_CALLBACK_PLUGINS'];
  if (given !== undefined && given !== '') return given;
  const files = [
    env['ANSIBLE_CONFIG'],
    join(folder, 'ansible.cfg'),
    `${env['HOME'] ?? ''}/.ansible.cfg`,
    '/etc/ansible/ansible.cfg',
  ];
  for (const file of files) {
    const content = file === undefined || file === '' ? undefined : io.readFile(file);
    if (file === undefined || content?.kind !== 'text') continue;
    const written = callbackPluginsOfAnsibleCfg(content.text)?.split(':');
    return written?.map((path) => (/^[~/{]/.test(path) ? path : resolve(dirname(file), path))).join(':') ?? CALLBACKS;
  }
  return CALLBACKS;
}
