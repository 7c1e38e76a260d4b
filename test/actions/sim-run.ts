// What commands do to a simulated node. Everything a step of ours may run is here; anything else is a failure with its name.
import type { Command } from '../../src/model/command.ts';
import { isUnder } from '../../src/model/storage-source.ts';
import { parseExports } from '../../src/probes/exports-file.ts';
import { bootCards, isOnCards, runOnCards } from './sim-cards.ts';
import { cleaning } from './sim-contents.ts';
import { failed, growFilesystem, growPartition, mkfs, OK, parted, type Ran, wipe } from './sim-disks.ts';
import { isOnKube, runOnKube } from './sim-kube.ts';
import { addMount, forgetUnits, realMounts, reload, type SimNode, settingOf } from './sim-node.ts';
import { kubeScript } from './sim-sharing.ts';
import type { Content, SimDisk } from './sim-state.ts';

/** Runs one command to its end. */
export function run(node: SimNode, command: Command): Ran {
  const isGuarded = command.argv[3] === 'muster-only-on';
  const [program, ...rest] = isGuarded ? command.argv.slice(9) : command.argv;
  const shown = program === 'sh' ? rest.slice(2).join(' ') : [program, ...rest].join(' ');
  node.ran.push(shown);
  if (node.kube !== undefined && isOnKube(command)) return runOnKube(node.kube, command);
  if (node.cards !== undefined && isOnCards(command.argv)) return runOnCards(node.cards, command);
  const args = rest.filter((word) => word !== '--');
  const plain = args.filter((word) => !word.startsWith('-'));
  switch (program) {
    case 'sh':
      return script(node, rest, command.stdin ?? '');
    case 'rm':
      node.files.delete(plain.at(-1) ?? '');
      return OK;
    case 'install':
      return install(node, args);
    case 'rmdir':
      node.files.delete(plain.at(-1) ?? '');
      return OK;
    case 'mount':
      return mount(node, args);
    case 'umount':
      return umount(node, args);
    case 'stat':
      return touch(node, plain.at(-1) ?? '');
    case 'systemctl':
      return systemctl(node, args);
    case 'exportfs':
      return exportfs(node);
    case 'wipefs':
    case 'env':
      return wipe(
        node,
        args.filter((word) => word.startsWith('/dev/')),
      );
    case 'parted':
      return parted(node, plain);
    case 'udevadm':
      return OK;
    case 'mkfs.ext4':
    case 'mkfs.xfs':
      return mkfs(node, program.slice(5), args);
    case 'resize2fs':
    case 'xfs_growfs':
      return growFilesystem(node, plain.at(-1) ?? '');
    // Commands of the user's own.
    case 'nvidia-smi':
    case '/bin/sh':
      return OK;
    default:
      return failed(`${program}: not simulated`, 127);
  }
}

function script(
  node: SimNode,
  [, , name = '', path = '', mode = '', before = '', group = '', ...others]: readonly string[],
  stdin: string,
): Ran {
  if (name === 'muster-stop-users') {
    node.users.delete(path);
    return OK;
  }
  if (/^muster-(set-aside|put-back|purge|remove-mount-point|end-processes)$/.test(name))
    return cleaning(node, name, [path, mode, before], stdin);
  if (name === 'muster-unmount') return umount(node, [mode, path]);
  if (name === 'muster-grow-partition') return growPartition(node, path);
  if (name === 'muster-credentials') {
    node.files.set(path, { kind: 'file', text: stdin, mode: '0600', owner: 'root', group: 'root' });
    return OK;
  }
  if (name === 'muster-push') return push(node, path, stdin);
  if (name.startsWith('muster-kube-')) return kubeScript(node, name, [path, mode, before, group, ...others], stdin);
  const owners = [
    ['-m', mode],
    ['-o', before],
    ['-g', group],
  ].filter(([, value]) => value !== '');
  if (name === 'muster-directory') return install(node, [...owners.flat(), path]);
  if (name !== 'muster-write') return failed(`${name}: not simulated`, 127);
  const was = node.files.get(path);
  if (was === undefined && before !== 'none') return failed(`${path} changed since the plan was made`);
  node.files.set(path, {
    kind: 'file',
    text: stdin,
    mode: was?.mode ?? mode,
    owner: was?.owner ?? 'root',
    group: was?.group ?? 'root',
  });
  return OK;
}

/** Puts each file of the input into the clone, as the remote branch has it then. */
function push(node: SimNode, root: string, stdin: string): Ran {
  for (const line of stdin.split('\n').filter((one) => one !== '')) {
    const [, path = '', text = ''] = line.split(' ').map((word) => Buffer.from(word, 'base64').toString('utf8'));
    node.files.set(`${root}/${path}`, { kind: 'file', text, mode: '0644', owner: 'ada', group: 'ada' });
  }
  return OK;
}

function install(node: SimNode, args: readonly string[]): Ran {
  const value = (flag: string): string | undefined => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
  const path = args.at(-1) ?? '';
  const was = node.files.get(path);
  node.files.set(path, {
    kind: 'directory',
    mode: value('-m') ?? '0755',
    owner: value('-o') ?? was?.owner ?? 'root',
    group: value('-g') ?? was?.group ?? 'root',
  });
  return OK;
}

function mount(node: SimNode, args: readonly string[]): Ran {
  const optionsAt = args.indexOf('-o');
  const options = optionsAt < 0 ? [] : (args[optionsAt + 1] ?? '').split(',');
  const remounted = options.includes('remount');
  const [source = '', target = ''] = args.slice(-2);
  const type = args.includes('-t') ? (args[args.indexOf('-t') + 1] ?? '') : '';
  if (remounted) {
    const top = realMounts(node, target).at(-1);
    if (top === undefined) return failed(`${target}: not mounted`, 32);
    node.mounts = node.mounts.filter((entry) => entry !== top);
    addMount(node, top.source, target, top.fsType, options);
    return OK;
  }
  if (options.includes('bind')) return bind(node, source, target, options);
  return mountAt(node, source, target, type, options);
}

/** The directory of another mount, once more; it shows the same filesystem. */
function bind(node: SimNode, from: string, target: string, options: readonly string[]): Ran {
  const base = node.mounts.findLast((mount) => isUnder(from, mount.target));
  if (base === undefined) return failed(`mount: ${from}: no such directory`, 32);
  addMount(node, base.source, target, base.fsType, options);
  node.mounts = node.mounts.map((mount, index) =>
    index === node.mounts.length - 1
      ? {
          ...mount,
          device: base.device,
          root: `${base.root === '/' ? '' : base.root}${from.slice(base.target.length)}`,
        }
      : mount,
  );
  return OK;
}

function mountAt(node: SimNode, source: string, target: string, type: string, options: readonly string[]): Ran {
  if (/^nfs/.test(type) && !node.isServed(source))
    return failed(`mount.nfs: access denied by server while mounting ${source}`, 32);
  const [, by = '', value = ''] = /^(?:\/dev\/disk\/by-|)(uuid|label)[=/](.+)$/i.exec(source) ?? [];
  const isIt = ({ content }: { content?: Content }): boolean =>
    value === (by.toLowerCase() === 'uuid' ? content?.uuid : content?.label);
  const device = by === '' ? source : node.disks.flatMap(devicesOf).find(isIt)?.path;
  if (device === undefined) return failed(`mount: can't find ${source}`, 1);
  addMount(node, device, target, type, options);
  node.files.set(target, node.files.get(target) ?? { kind: 'directory', mode: '0755', owner: 'root', group: 'root' });
  return OK;
}

const devicesOf = (disk: SimDisk): readonly { path: string; content?: Content }[] => [disk, ...disk.partitions];

function umount(node: SimNode, args: readonly string[]): Ran {
  const target = args.at(-1) ?? '';
  const top = realMounts(node, target).at(-1);
  if (top === undefined) return failed(`umount: ${target}: not mounted.`, 32);
  if (!args.includes('-l') && !args.includes('-f') && (node.users.get(target) ?? []).length > 0)
    return failed(`umount: ${target}: target is busy.`, 32);
  node.mounts = node.mounts.filter((entry) => entry !== top);
  if (realMounts(node, target).length === 0) node.hung.delete(target);
  return OK;
}

/** statfs mounts what an automount waits for. */
function touch(node: SimNode, target: string): Ran {
  const isWaiting = node.mounts.some((entry) => entry.target === target && entry.fsType === 'autofs');
  if (!isWaiting || realMounts(node, target).length > 0) return OK;
  const unit = [...node.readUnits].find(
    ([name, text]) => name.endsWith('.mount') && settingOf(text, 'Where') === target,
  );
  return unit === undefined ? failed('no unit') : startUnit(node, unit[0]);
}

function systemctl(node: SimNode, [verb = '', ...rest]: readonly string[]): Ran {
  const units = rest.filter((word) => !word.startsWith('-'));
  if (verb === 'reboot') {
    node.boot += 1;
    if (node.cards !== undefined) bootCards(node.cards);
    return OK;
  }
  if (verb === 'daemon-reload') {
    reload(node);
    forgetUnits(node);
    return OK;
  }
  for (const unit of units) {
    const ran = onUnit(node, verb, unit, rest.includes('--now'));
    if (ran.exitCode !== 0) return ran;
  }
  return OK;
}

function onUnit(node: SimNode, verb: string, unit: string, now: boolean): Ran {
  const state = node.units.get(unit) ?? { active: 'inactive', enabled: false, invocation: 0 };
  if (verb === 'enable' || verb === 'disable') node.units.set(unit, { ...state, enabled: verb === 'enable' });
  if (verb === 'start' || verb === 'restart' || (verb === 'enable' && now))
    return startUnit(node, unit, verb === 'restart');
  if (verb === 'stop' || (verb === 'disable' && now)) return stopUnit(node, unit);
  return OK;
}

function startUnit(node: SimNode, unit: string, again = false): Ran {
  const text = node.readUnits.get(unit);
  const state = node.units.get(unit);
  if (text === undefined && state === undefined) return failed(`Unit ${unit} not found.`, 5);
  if (state?.active === 'active' && !again && !unit.endsWith('.mount')) return OK;
  const where = settingOf(text ?? '', 'Where');
  if (unit.endsWith('.mount')) {
    if (realMounts(node, where).length > 0) return OK;
    return mountAt(
      node,
      settingOf(text ?? '', 'What'),
      where,
      settingOf(text ?? '', 'Type'),
      settingOf(text ?? '', 'Options')
        .split(',')
        .filter(Boolean),
    );
  }
  if (unit.endsWith('.automount')) addMount(node, 'systemd-1', where, 'autofs', []);
  if (/^nfs-(kernel-)?server/.test(unit)) node.threads = 8;
  node.units.set(unit, {
    enabled: state?.enabled ?? false,
    active: 'active',
    invocation: (state?.invocation ?? 0) + 1,
  });
  return OK;
}

function stopUnit(node: SimNode, unit: string): Ran {
  const where = settingOf(node.readUnits.get(unit) ?? '', 'Where');
  if (unit.endsWith('.mount')) return realMounts(node, where).length === 0 ? OK : umount(node, [where]);
  if (unit.endsWith('.automount')) node.mounts = node.mounts.filter((entry) => entry.target !== where);
  const state = node.units.get(unit);
  if (state !== undefined) node.units.set(unit, { ...state, active: 'inactive' });
  return OK;
}

function exportfs(node: SimNode): Ran {
  const files = [...node.files].filter(
    ([path]) => path === '/etc/exports' || /^\/etc\/exports\.d\/.*\.exports$/.test(path),
  );
  const entries = files.flatMap(([path, { text }]) => parseExports(text ?? '', path).entries);
  const shown = (options: readonly string[]): string =>
    [...options, ...(options.includes('no_root_squash') ? [] : ['root_squash'])]
      .filter((word) => !/^(mp|mountpoint)(=|$)/.test(word))
      .join(',');
  node.kernelExports = entries.map(({ path, client, options }) => `${path} ${client}(${shown(options)})\n`).join('');
  return OK;
}
