import type { NodeView } from '../model/action.ts';
import { checked } from '../model/check.ts';
import type { Mount } from '../model/facts.ts';
import { linesFor } from '../storage/fstab-lines.ts';
import { unitPaths } from '../storage/mount-units.ts';
import type { MountWish } from '../storage/mount-wish.ts';
import { type Refusal, refused } from './node-plans.ts';

/** Options that say how a CIFS share is logged in to. mount.cifs(8) */
const LOGIN = /^((credentials|cred|username|user)=|guest$|sec=(none$|krb5))/;
/** Those of them that log in without a password being asked for. */
const ENOUGH = /^((credentials|cred)=|guest$|sec=(none$|krb5))/;

const isCifs = (fsType: string): boolean => fsType === 'cifs' || fsType === 'smb3';

/** What the kernel tells of a login: that there was none, or a ticket; of a password's file it knows nothing. */
export const toldLogin = ({ superOptions }: Mount): readonly string[] =>
  superOptions.filter(
    (option) => /^(sec=(none$|krb5)|cruid=)/.test(option) && superOptions.some((one) => LOGIN.test(one)),
  );

/** The wish with the login that the unit or the line of fstab for it names, or that the kernel tells: a share mounted again without would ask for a password. */
export function keepLogin(wish: MountWish, present: Mount | undefined, { seen }: NodeView): MountWish {
  if (!isCifs(wish.fsType) || wish.options.some((option) => LOGIN.test(option))) return wish;
  const text = (path: string): string => {
    const file = checked(seen, 'file', path);
    return file?.kind === 'file' ? (file.text ?? '') : '';
  };
  const unit = text(unitPaths(wish.target)[0]);
  const fstab = text('/etc/fstab');
  const written = [
    ...(/^Options=(.*)$/m.exec(unit)?.[1] ?? '').replaceAll('%%', '%').split(','),
    ...linesFor(fstab, wish.target).flatMap(({ options }) => options),
  ].filter((option) => ENOUGH.test(option));
  const login = written.length > 0 ? written.slice(0, 1) : present === undefined ? [] : toldLogin(present);
  return { ...wish, options: [...wish.options, ...login] };
}

/** Why a CIFS share cannot be unmounted and mounted again: nobody knows its login. */
export function whyNoLogin({ fsType, options, source }: MountWish): Refusal | undefined {
  if (!isCifs(fsType) || options.some((option) => LOGIN.test(option))) return undefined;
  return refused(
    `nothing tells the login of ${source}: the kernel keeps it to itself, and neither a unit nor fstab names a file with it`,
    'unmount it, then mount it with login; or name credentials=FILE in its options',
  );
}
