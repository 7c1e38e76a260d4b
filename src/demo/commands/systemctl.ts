import { isActive } from '../answers/units.ts';
import { booted, powerless } from '../boot.ts';
import { autofs } from '../build-mounts.ts';
import { dropFile, made, putFile } from '../files.ts';
import { disarmed } from '../mounting.ts';
import type { DemoService, DemoUnit, NodeState } from '../node-state.ts';
import { cutOff, hangClients, reconnect, unhangClients } from '../storage-faults.ts';
import { mount } from '../transitions.ts';
import { enablingLinks, fileState, findService, findUnit, reloadUnits, settingOf, unitPath } from '../units.ts';
import { type Bench, type Commands, change, type Doing, failed, parseArgs, say, stateOf, wait } from './doing.ts';
import { TAKES } from './durations.ts';
import { mountNow, unmountNow } from './storage.ts';

/** systemctl(1) and what boots the node. */
export const systemdCommands: Commands = {
  systemctl: { play: playSystemctl },
  reboot: { needsRoot: true, play: reboot },
  shutdown: {
    needsRoot: true,
    play: (bench, args) => (args.includes('-r') ? reboot(bench) : failed('shutdown: only -r is simulated here', 127)),
  },
};

type Verb = (bench: Bench, unit: string, isNow: boolean) => Doing;

const VERBS: { readonly [verb: string]: Verb } = {
  start,
  stop,
  enable,
  disable,
  restart: function* (bench, unit) {
    const code = yield* stop(bench, unit);
    return code === 0 ? yield* start(bench, unit) : code;
  },
  reload: function* (bench, unit) {
    yield wait(TAKES.stop);
    return findService(stateOf(bench), unit)?.isActive === true
      ? 0
      : yield* failed(`${unit} is not active, cannot reload.`);
  },
  'reset-failed': function* (bench, unit) {
    change(bench, (node) => withoutFailure(node, unit));
    return 0;
  },
  'is-active': function* (bench, unit) {
    const state = activeState(stateOf(bench), unit);
    yield say(state);
    return state === 'active' ? 0 : 3;
  },
  'is-enabled': function* (bench, unit) {
    const state = fileState(stateOf(bench), unit);
    yield say(state === '' ? 'not-found' : state);
    return /^(enabled|static|generated)$/.test(state) ? 0 : 1;
  },
  status: function* (bench, unit) {
    const state = activeState(stateOf(bench), unit);
    yield say(`${unit} - ${findService(stateOf(bench), unit)?.description ?? unit}\n     Active: ${state}`);
    return state === 'active' ? 0 : 3;
  },
};

const READING = /^(is-active|is-enabled|status)$/;

function* playSystemctl(bench: Bench, args: readonly string[]): Doing {
  const { flags, words } = parseArgs(args);
  const [verb = '', ...units] = words;
  if (!bench.isRoot && !READING.test(verb)) return yield* failed('Failed: Interactive authentication required.', 4);
  if (verb === 'daemon-reload') {
    yield wait(TAKES.reload);
    change(bench, reloadUnits);
    return 0;
  }
  if (verb === 'reboot') return yield* reboot(bench);
  const play = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (play === undefined)
    return yield* failed(`Unknown command verb '${verb}'; the demo knows ${Object.keys(VERBS).join(', ')}.`, 127);
  let worst = 0;
  for (const unit of units) worst = Math.max(worst, yield* play(bench, named(unit), flags.has('now')));
  return worst;
}

const named = (unit: string): string => (/\.[a-z]+$/.test(unit) ? unit : `${unit}.service`);

/** `active`, `inactive` or `failed`. */
export function activeState(node: NodeState, name: string): string {
  const service = findService(node, name);
  const unit = findUnit(node, name);
  if (service?.isActive || (unit !== undefined && isActive(node, unit))) return 'active';
  return node.failedUnits.includes(name) ? 'failed' : 'inactive';
}

function* start(bench: Bench, name: string): Doing {
  const node = stateOf(bench);
  const service = findService(node, name);
  const unit = findUnit(node, name);
  if (activeState(node, name) === 'active') return 0;
  if (service !== undefined) return yield* setService(bench, service, true);
  if (unit === undefined) return yield* failed(`Failed to start ${name}: Unit ${name} not found.`, 5);
  const code = unit.kind === 'mount' ? yield* startMount(bench, unit) : yield* arm(bench, unit);
  change(bench, (state) => {
    const well = withoutFailure(state, name);
    return code === 0 ? well : { ...well, failedUnits: [...well.failedUnits, name] };
  });
  if (code !== 0)
    yield say(`Job for ${name} failed.\nSee "systemctl status ${name}" and "journalctl -xeu ${name}" for details.`);
  return code === 0 ? 0 : 1;
}

const withoutFailure = (node: NodeState, name: string): NodeState => ({
  ...node,
  failedUnits: node.failedUnits.filter((each) => each !== name),
});

function* startMount(bench: Bench, { what, where, fsType, options }: DemoUnit): Doing {
  change(bench, (node) => withDirectory(bench, node, where));
  return yield* mountNow(bench, { source: what, target: where, fsType, options: options.split(',').filter(Boolean) });
}

/** systemd makes a mount point that is not there. systemd.mount(5), `DirectoryMode=` */
const withDirectory = ({ world }: Bench, node: NodeState, path: string): NodeState =>
  node.files.has(path) || node.mounts.some(({ target }) => target === path)
    ? node
    : putFile(node, path, made('directory', '', world.clock.nowMs()));

function* arm(bench: Bench, { where }: DemoUnit): Doing {
  yield wait(TAKES.start);
  if (stateOf(bench).mounts.some(({ target }) => target === where))
    return yield* failed(`Path ${where} is already a mount point, refusing start.`);
  change(bench, (node) => mount(withDirectory(bench, node, where), autofs(where), bench.world.clock.nowMs()));
  return 0;
}

function* stop(bench: Bench, name: string): Doing {
  const node = stateOf(bench);
  const service = findService(node, name);
  const unit = findUnit(node, name);
  if (service === undefined && unit === undefined)
    return yield* failed(`Failed to stop ${name}: Unit ${name} not loaded.`, 5);
  if (activeState(node, name) !== 'active') return 0;
  if (service !== undefined) return yield* setService(bench, service, false);
  if (unit === undefined) return 0;
  if (unit.kind === 'mount') return (yield* unmountNow(bench, unit.where, 'gentle')) === 0 ? 0 : 1;
  yield wait(TAKES.stop);
  change(bench, (state) => disarmed(state, unit.where));
  return 0;
}

function* setService(bench: Bench, { name, description }: DemoService, isActive: boolean): Doing {
  const { world } = bench;
  yield wait(isActive ? TAKES.start : TAKES.stop);
  const log = `${isActive ? 'Started' : 'Stopped'} ${name} - ${description}.`;
  change(bench, (node) => ({
    ...node,
    services: node.services.map((each) =>
      each.name === name
        ? {
            ...each,
            isActive,
            ...(isActive ? { startedAtMs: world.clock.nowMs() } : {}),
            log: [...each.log, log].slice(-20),
          }
        : each,
    ),
    ...(name === 'nfs-server.service' ? { nfsdThreads: isActive ? 64 : 0 } : {}),
  }));
  if (name === 'nfs-server.service')
    (isActive ? unhangClients : hangClients)(world, bench.name, `nfsd-stopped@${bench.name}`);
  return 0;
}

function* enable(bench: Bench, name: string, isNow: boolean): Doing {
  change(bench, reloadUnits);
  const node = stateOf(bench);
  const service = findService(node, name);
  const unit = findUnit(node, name);
  if (service === undefined && unit === undefined)
    return yield* failed(`Failed to enable unit: Unit file ${name} does not exist.`);
  if (unit?.from === 'fstab')
    return yield* failed(`Failed to enable unit: Unit ${unit.path} is transient or generated.`);
  yield wait(TAKES.write);
  if (service !== undefined) change(bench, (state) => withEnabled(state, service.name, true));
  else {
    const wants = settingOf(unit?.text ?? '', 'WantedBy')
      .split(' ')
      .filter(Boolean);
    for (const target of wants) {
      const link = `${unitPath(target)}.wants/${name}`;
      if (stateOf(bench).files.has(link)) continue;
      yield say(`Created symlink ${link} → ${unitPath(name)}.`);
      change(bench, (state) => putFile(state, link, made('link', unitPath(name), bench.world.clock.nowMs())));
    }
  }
  return isNow ? yield* start(bench, name) : 0;
}

function* disable(bench: Bench, name: string, isNow: boolean): Doing {
  yield wait(TAKES.write);
  const service = findService(stateOf(bench), name);
  if (service !== undefined) change(bench, (state) => withEnabled(state, service.name, false));
  for (const link of enablingLinks(stateOf(bench), name)) {
    yield say(`Removed "${link}".`);
    change(bench, (state) => dropFile(state, link));
  }
  return isNow ? yield* stop(bench, name) : 0;
}

const withEnabled = (node: NodeState, name: string, isEnabled: boolean): NodeState => ({
  ...node,
  services: node.services.map((each) => (each.name === name ? { ...each, isEnabled } : each)),
});

/** Goes down a moment after the command has ended, as systemd does, and comes back by itself. */
function* reboot({ world, name }: Bench): Doing {
  yield wait(TAKES.quick);
  const { clock } = world;
  clock.after(TAKES.shutdown, () => {
    world.change(name, powerless);
    cutOff(world, name, 'refusing');
    clock.after(TAKES.boot, () => {
      // Somebody has cut its power or given it back meanwhile.
      if (world.node(name)?.bootId !== '' || world.node(name)?.ailments.link !== 'refusing') return;
      world.change(name, (node) => booted(world, node));
      reconnect(world, name);
    });
  });
  return 0;
}
