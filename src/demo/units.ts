import { parseFstab } from '../model/fstab.ts';
import { unitName } from '../model/unit-name.ts';
import { seedOf } from './chance.ts';
import { fileAt } from './files.ts';
import type { DemoService, DemoUnit, NodeState } from './node-state.ts';

const UNITS = '/etc/systemd/system/';
const GENERATED = '/run/systemd/generator/';
const FSTAB = '/etc/fstab';

/** The node after systemd has read fstab and its unit files: `systemctl daemon-reload`. systemd-fstab-generator(8) */
export function reloadUnits(node: NodeState): NodeState {
  const own = unitFiles(node);
  const taken = new Set(own.map(nameOfUnit));
  const generated = fstabUnits(node).filter((unit) => !taken.has(nameOfUnit(unit)));
  const known = new Set(node.services.map(({ name }) => name));
  const services = filesOf(node, /\.service$/).filter(([path]) => !known.has(path.slice(UNITS.length)));
  return {
    ...node,
    units: [...generated, ...own],
    services: [...node.services, ...services.map(([path, text]) => newService(path.slice(UNITS.length), text))],
  };
}

/** The name of a mount or automount unit. */
export const nameOfUnit = ({ where, kind }: Pick<DemoUnit, 'where' | 'kind'>): string => unitName(where, kind);

/** A unit systemd knows, by its name; mounts that no file speaks of are units, too. */
export function findUnit(node: NodeState, name: string): DemoUnit | undefined {
  return knownUnits(node).find((unit) => nameOfUnit(unit) === name);
}

/** Every mount and automount unit, those of fstab and files first. The kernel's own filesystems are left out. */
export function knownUnits(node: NodeState): readonly DemoUnit[] {
  const listed = new Set(node.units.map(nameOfUnit));
  const bare = node.mounts
    .filter(({ fsType, target }) => /^(nfs4|ext4|xfs|vfat)$/.test(fsType) && !listed.has(unitName(target, 'mount')))
    .map(({ target, source, fsType }): DemoUnit => {
      const isRoot = target === '/';
      const options = isRoot ? 'errors=remount-ro' : '';
      const from = isRoot ? 'fstab' : 'mountinfo';
      return { kind: 'mount', where: target, what: source, fsType, options, from };
    });
  const unique = bare.filter((unit, at) => bare.findIndex(({ where }) => where === unit.where) === at);
  return [
    ...unique.filter(({ from }) => from === 'fstab'),
    ...node.units,
    ...unique.filter(({ from }) => from !== 'fstab'),
  ];
}

/** A value of a unit file, e.g. `What`; the last one wins. */
export function settingOf(text: string, key: string): string {
  const lines = text.split('\n').filter((line) => line.startsWith(`${key}=`));
  return (lines.at(-1) ?? '')
    .slice(key.length + 1)
    .trim()
    .replaceAll('%%', '%');
}

/** Links that make a unit start at boot: `/etc/systemd/system/remote-fs.target.wants/data.mount`. */
export function enablingLinks(node: NodeState, name: string): readonly string[] {
  return [...node.files.keys()].filter((path) => path.startsWith(UNITS) && path.endsWith(`.wants/${name}`));
}

/** The path of an admin's own unit file. */
export const unitPath = (name: string): string => `${UNITS}${name}`;

/** What `systemctl is-enabled` says of a unit file; empty for a unit without one. */
export function fileState(node: NodeState, name: string): string {
  const service = node.services.find((each) => each.name === name);
  if (service !== undefined) return service.isEnabled ? 'enabled' : 'disabled';
  const unit = findUnit(node, name);
  if (unit === undefined || unit.from === 'mountinfo') return '';
  if (unit.from === 'fstab') return 'generated';
  if (enablingLinks(node, name).length > 0) return 'enabled';
  return /^\[Install\]/m.test(unit.text ?? '') ? 'disabled' : 'static';
}

/** Whether the file a unit was read from is another one now. */
export function isStale(node: NodeState, { from, path, text }: DemoUnit): boolean {
  const source = from === 'fstab' ? FSTAB : path;
  return source !== undefined && text !== undefined && fileAt(node, source)?.text !== text;
}

/** Another id after every start. systemd.exec(5), `$INVOCATION_ID` */
export function invocationId(node: NodeState, name: string, startedAtMs: number): string {
  return Array.from({ length: 4 }, (_, at) =>
    seedOf(node.seed, name, startedAtMs, at).toString(16).padStart(8, '0'),
  ).join('');
}

/** The service of a name, under its alias as well. */
export function findService(node: NodeState, name: string): DemoService | undefined {
  const real = ALIASES[name] ?? name;
  return node.services.find((each) => each.name === real);
}

const ALIASES: { readonly [name: string]: string } = {
  'nfs-kernel-server.service': 'nfs-server.service',
  'sshd.service': 'ssh.service',
  'chronyd.service': 'chrony.service',
};

const filesOf = (node: NodeState, names: RegExp): readonly (readonly [string, string])[] =>
  [...node.files].flatMap(([path, file]): readonly (readonly [string, string])[] =>
    file.kind === 'file' && path.startsWith(UNITS) && !path.slice(UNITS.length).includes('/') && names.test(path)
      ? [[path, file.text]]
      : [],
  );

function unitFiles(node: NodeState): readonly DemoUnit[] {
  return filesOf(node, /\.(mount|automount)$/).flatMap(([path, text]): readonly DemoUnit[] => {
    const kind = path.endsWith('.mount') ? 'mount' : 'automount';
    const where = settingOf(text, 'Where');
    // systemd refuses a unit whose name does not fit its mount point.
    if (unitPath(unitName(where, kind)) !== path) return [];
    const [what, fsType, options] = ['What', 'Type', 'Options'].map((key) => settingOf(text, key));
    return [{ kind, where, what: what ?? '', fsType: fsType ?? '', options: options ?? '', from: 'file', path, text }];
  });
}

function fstabUnits(node: NodeState): readonly DemoUnit[] {
  const text = node.files.get(FSTAB)?.text ?? '';
  return parseFstab(text)
    .filter(({ target }) => target.startsWith('/') && target !== '/')
    .flatMap(({ source, target, fsType, options }): readonly DemoUnit[] => {
      const unit = (kind: DemoUnit['kind']): DemoUnit => ({
        kind,
        where: target,
        what: devicePath(source),
        fsType,
        options: kind === 'mount' ? options.join(',') : '',
        from: 'fstab',
        path: `${GENERATED}${unitName(target, kind)}`,
        text,
      });
      return options.includes('x-systemd.automount') ? [unit('mount'), unit('automount')] : [unit('mount')];
    });
}

/** `LABEL=data` as udev's link to it. */
function devicePath(source: string): string {
  const [, tag = '', value = ''] = /^(UUID|LABEL|PARTUUID|PARTLABEL)=(.+)$/.exec(source) ?? [];
  return tag === '' ? source : `/dev/disk/by-${tag.toLowerCase()}/${value}`;
}

const newService = (name: string, text: string): DemoService => ({
  name,
  description: settingOf(text, 'Description'),
  isActive: false,
  isEnabled: false,
  startedAtMs: 0,
  log: [],
});
