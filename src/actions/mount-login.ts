import type { Field, Input, NodeView } from '../model/action.ts';
import { checked, type Need } from '../model/check.ts';
import type { Step } from '../model/plan.ts';
import { CREDENTIALS, credentialsPath, credentialsStep, type Login, whyNotLogin } from '../storage/credentials.ts';
import { directoryStep } from '../storage/local-steps.ts';
import type { MountWish } from '../storage/mount-wish.ts';
import { textOf } from './mount-fields.ts';
import { type Refusal, refused } from './node-plans.ts';

/** Inputs of a mount that logs in. */
export const loginFields = {
  login: {
    kind: 'flag',
    title: 'Log in',
    help: 'CIFS: asks for the password of a user and keeps it on the nodes in a file of root’s alone, mode 0600.',
    default: false,
  },
  user: { kind: 'text', title: 'User', help: 'CIFS: who logs in, as DOMAIN\\user or user.' },
  password: {
    kind: 'secret',
    title: 'Password',
    help: 'asked once, kept in memory until it is written',
    onlyWith: 'login',
  },
} as const satisfies { readonly [field: string]: Field };

/** The folder of such files: whether it is there. */
export const loginNeeds = (input: Input): readonly Need[] =>
  input['login'] === true
    ? ['/etc/muster', CREDENTIALS].map((target) => ({ kind: 'check', check: 'file', target }))
    : [];

/** The login that is wished, undefined for none; a refusal where it cannot be. */
export function loginIn(input: Input, { fsType, options }: MountWish): Login | Refusal | undefined {
  if (input['login'] !== true) return undefined;
  if (fsType !== 'cifs' && fsType !== 'smb3')
    return refused(`${fsType} knows no login by a file`, 'leave login out, or name the filesystem (type: cifs)');
  const own = options.find((option) => /^(credentials|username|user|password|pass|guest)(=|$)/.test(option));
  if (own !== undefined)
    return refused(`the options say ${own.split('=')[0]} already`, 'leave it out of the options, or leave login out');
  const [, domain, user = ''] = /^(?:([^\\]*)\\)?(.*)$/.exec(textOf(input, 'user') ?? '') ?? [];
  if (user === '') return refused('nobody is named who logs in', 'name the user');
  const login: Login = {
    user,
    password: String(input['password'] ?? ''),
    ...(domain === undefined || domain === '' ? {} : { domain }),
  };
  const because = whyNotLogin(login);
  return because === undefined
    ? login
    : refused(because, login.password === '' ? 'it is asked for on a terminal and in the console' : 'give another one');
}

/** The mount with its file named. */
export const withLogin = (wish: MountWish): MountWish => ({
  ...wish,
  options: [...wish.options, `credentials=${credentialsPath(wish.target)}`],
});

/** Writes the login before the mount that reads it. */
export function loginSteps({ target }: MountWish, login: Login, { seen }: NodeView): readonly Step[] {
  const folders = ['/etc/muster', CREDENTIALS].filter((path) => checked(seen, 'file', path)?.kind === 'none');
  const made = folders.map((path) =>
    directoryStep({ path, mode: path === CREDENTIALS ? '0700' : '0755' }, true, {
      never: 'other logins may be in it by then',
    }),
  );
  return [...made, credentialsStep(target, login)];
}
