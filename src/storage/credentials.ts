import { createHash } from 'node:crypto';
import { cmd, lasting } from '../model/command.ts';
import type { Step } from '../model/plan.ts';
import { CHANGE, NO_UNDO } from './local-steps.ts';

/** Where files with passwords for CIFS shares lie, root's alone. mount.cifs(8), credentials= */
export const CREDENTIALS = '/etc/muster/credentials';

/** Who logs in to a CIFS share. */
export interface Login {
  readonly user: string;
  readonly domain?: string;
  readonly password: string;
}

/** The file for a mount point; without what units, fstab or option lists would read otherwise. */
export function credentialsPath(target: string): string {
  const words = target.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
  return `${CREDENTIALS}/${words}-${createHash('sha256').update(target).digest('hex').slice(0, 8)}`;
}

/** Why a login cannot be written down as mount.cifs(8) reads it; undefined where it can. */
export function whyNotLogin({ user, domain = '', password }: Login): string | undefined {
  if (!/^[^\s,%=]+$/.test(user)) return 'the name to log in with has blanks, commas, "%" or "=", or is empty';
  if (!/^[^\s,%=]*$/.test(domain)) return 'the domain has blanks, commas, "%" or "="';
  if (password === '') return 'no password was given';
  return /[\u0000-\u001f]/.test(password) ? 'the password has a line end or another control character' : undefined;
}

/** `$1` the file: whole or not at all, for root alone, in a folder that is root's alone. mktemp(1) makes it with mode 0600. */
const WRITE = `set -eu
umask 077
path=$1 folder=\${1%/*}
[ ! -L "$folder" ] && [ "$(stat -c %u:%a -- "$folder")" = 0:700 ] || { echo "$folder is not root's alone" >&2; exit 1; }
new=$(mktemp "$folder/.new.XXXXXX")
trap 'rm -f "$new"' EXIT
cat >"$new"
[ -s "$new" ]
dd if=/dev/null of="$new" conv=notrunc,fsync 2>/dev/null || { echo "the new text of $path could not be brought to the disk" >&2; exit 1; }
mv -f "$new" "$path"`;

/** Writes the file with the password. Its exit code must do: a checksum of it in a plan could be guessed by, and so could its size. */
export function credentialsStep(target: string, { user, domain, password }: Login): Step {
  const path = credentialsPath(target);
  const lines = [`username=${user}`, `password=${password}`, ...(domain === undefined ? [] : [`domain=${domain}`])];
  return {
    ...CHANGE,
    title: `write the login of ${user} to ${path}`,
    run: {
      ...lasting(cmd('sh', '-c', WRITE, 'muster-credentials', path), path),
      stdin: `${lines.join('\n')}\n`,
      secrets: [password],
    },
    done: 'exit-code',
    preview: [{ kind: 'state', now: 'what is in it is not looked at', after: `${path}, root:root 0600` }],
    undo: [
      {
        ...CHANGE,
        title: `remove ${path}`,
        run: lasting(cmd('rm', '-f', '--', path), path),
        // Asking for the file would read what is in it.
        done: 'exit-code',
        preview: [],
        undo: NO_UNDO,
      },
    ],
  };
}
