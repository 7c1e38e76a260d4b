import type { NodeView } from '../model/action.ts';
import { checked } from '../model/check.ts';
import { withoutInlineSecrets } from '../model/inline-secrets.ts';
import { unitName } from '../model/unit-name.ts';
import { linesFor, ownFstabTargets } from '../storage/fstab-lines.ts';
import { ownerOf } from '../storage/managed.ts';
import { unitPaths } from '../storage/mount-units.ts';

/** What mounts something at a target beside whoever mounted it now: a unit of the admin's folder, or a line of fstab. */
export interface KeptMount {
  readonly how: 'unit' | 'fstab';
  /** `data.mount`, or its line in /etc/fstab. */
  readonly where: string;
  readonly source: string;
  /** As they stand there, e.g. `hard,noatime`. */
  readonly options: string;
  /** Written by muster, and not edited since. */
  readonly isOurs: boolean;
}

/** What keeps a mount over a boot, as far as files tell. A unit of the admin wins over what is made from fstab: systemd.unit(5). */
export function keptBy(target: string, { seen }: NodeView): KeptMount | undefined {
  const text = (path: string): string => {
    const file = checked(seen, 'file', path);
    return file?.kind === 'file' ? (file.text ?? '') : '';
  };
  const unit = text(unitPaths(target)[0]);
  if (unit !== '') {
    const value = (name: string): string =>
      (new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? '').replaceAll('%%', '%');
    const isOurs = ownerOf(unit) === 'ours';
    return { how: 'unit', where: unitName(target, 'mount'), source: value('What'), options: value('Options'), isOurs };
  }
  const fstab = text('/etc/fstab');
  const line = linesFor(fstab, target)[0];
  if (line === undefined) return undefined;
  return {
    how: 'fstab',
    where: 'its line in /etc/fstab',
    source: line.source,
    options: line.options.join(','),
    isOurs: ownFstabTargets(fstab).includes(line.target),
  };
}

/** What a mount that is changed without it has to say of it. */
export const keptWords = ({ where, options, isOurs }: KeptMount): string =>
  `${where} stays as it is and mounts it with ${options === '' ? 'no options' : withoutInlineSecrets(options)}${
    isOurs ? '' : '; it is not from muster, so it is rewritten only where overwrite allows it'
  }`;
