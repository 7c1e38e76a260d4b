import { unitName, unitValue, whyNotUnitValue } from '../model/unit-name.ts';
import { managed } from './managed.ts';
import { bootTarget, type MountWish, unitOptions } from './mount-wish.ts';
import type { Render } from './render.ts';

/** Where an admin's own units lie: they win over generated and packaged ones. */
const UNITS = '/etc/systemd/system';

/** How long a mount may take before systemd gives it up; a server that is silent must not hold the boot for longer. */
const MOUNT_SEC = 30;

/** One unit of ours. */
export interface UnitFile {
  readonly unit: string;
  readonly path: string;
  readonly text: string;
  readonly what: string;
}

/** Paths of the unit files of ours that a mount may have, whether or not they are there. */
export const unitPaths = (target: string): readonly [string, string] => [
  `${UNITS}/${unitName(target, 'mount')}`,
  `${UNITS}/${unitName(target, 'automount')}`,
];

/** Why a mount cannot be written down as a unit; undefined where it can. */
export function whyNotUnits(wish: MountWish): string | undefined {
  return [wish.source, wish.target, unitOptions(wish).join(',')]
    .map(whyNotUnitValue)
    .find((because) => because !== undefined);
}

/**
 * The mount unit, and the automount unit where it is wished. Nothing about the network stands in either: systemd orders a mount by its
 * type, and an automount that waits for the network makes a cycle at boot in which local-fs.target is dropped.
 */
export function unitFiles(wish: MountWish, render: Render): readonly UnitFile[] {
  const { source, fsType, target, how, idleSec } = wish;
  const [mountPath, automountPath] = unitPaths(target);
  const [, tag = '', value = ''] = /^(UUID|LABEL|PARTUUID|PARTLABEL|ID)=(.+)$/i.exec(source) ?? [];
  const what = tag === '' ? source : `/dev/disk/by-${tag.toLowerCase()}/${value}`;
  const wantedBy = bootTarget(fsType);
  const mount = render(tag === '' ? 'systemd/share.mount' : 'systemd/volume.mount', {
    description: unitValue(`${source} at ${target}`),
    what: unitValue(what),
    where: unitValue(target),
    type: fsType,
    options: unitValue(unitOptions(wish).join(',')),
    timeout: MOUNT_SEC,
    wantedBy: how === 'automount' ? '' : wantedBy,
  });
  const file = { unit: unitName(target, 'mount'), path: mountPath, text: managed(mount), what: 'the mount unit' };
  if (how !== 'automount') return [file];
  const automount = render('systemd/share.automount', {
    description: unitValue(`${source} at ${target}`),
    where: unitValue(target),
    idle: idleSec,
    wantedBy,
  });
  const trigger = {
    unit: unitName(target, 'automount'),
    path: automountPath,
    text: managed(automount),
    what: 'the automount unit',
  };
  return [file, trigger];
}
