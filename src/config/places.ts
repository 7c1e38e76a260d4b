import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { inventoryOfAnsibleCfg } from './ansible-cfg.ts';
import type { ConfigIo } from './io.ts';

/** Environment variables and folders the places depend on. */
export interface PlaceContext {
  readonly env: { readonly [name: string]: string | undefined };
  readonly cwd: string;
  readonly home: string;
}

/** One place an inventory was looked for. */
export interface Place {
  readonly path: string;
  /** Why it is looked at, e.g. `$MUSTER_INVENTORY`. */
  readonly name: string;
}

/** What was found where nothing was named: an inventory to open, or candidates of other tools to offer for import. */
export interface FoundPlaces {
  /** Set when `$MUSTER_INVENTORY` names something, even when that does not exist: it was named by the user. */
  readonly inventory?: Place;
  /** Ansible inventories that are there; they are offered, never opened unasked. */
  readonly offered: readonly Place[];
  /** Every place looked at, for the message when there is none. */
  readonly searched: readonly Place[];
}

/** The places of an own inventory, the first that exists wins. XDG Base Directory Specification. */
export function inventoryPlaces({ env, cwd, home }: PlaceContext): readonly Place[] {
  const config = configFolder({ env, home });
  return [
    { path: join(cwd, 'muster.yaml'), name: './muster.yaml' },
    { path: join(cwd, 'muster'), name: './muster/' },
    { path: join(cwd, 'inventory', 'muster.yaml'), name: './inventory/muster.yaml' },
    { path: join(config, 'inventory.yaml'), name: `${shortHome(config, home)}/inventory.yaml` },
    { path: join(config, 'inventory'), name: `${shortHome(config, home)}/inventory/` },
    { path: '/etc/muster/inventory.yaml', name: '/etc/muster/inventory.yaml' },
  ];
}

/** The inventory to open where the user named none, for this process; undefined when there is none in the documented places. */
export const findInventory = (env: PlaceContext['env'], io: ConfigIo): string | undefined =>
  searchPlaces({ env, cwd: process.cwd(), home: homeOf(env) }, io).inventory?.path;

/** The home folder this environment speaks of. */
export const homeOf = (env: PlaceContext['env']): string => env['HOME'] ?? homedir();

/** Looks for an inventory where the user named none, and for what other tools could give. */
export function searchPlaces(context: PlaceContext, io: ConfigIo): FoundPlaces {
  const { env, cwd } = context;
  const places = inventoryPlaces(context);
  const named = env['MUSTER_INVENTORY'];
  const offered = ansiblePlaces(context, io);
  if (named !== undefined && named !== '') {
    const path = isAbsolute(named) ? named : join(cwd, named);
    return { inventory: { path, name: '$MUSTER_INVENTORY' }, offered, searched: places };
  }
  const inventory = places.find(({ path }) =>
    isFolderPlace(path, places) ? hasYaml(path, io) : io.stat(path).kind === 'file',
  );
  return { ...(inventory === undefined ? {} : { inventory }), offered, searched: places };
}

/** What to say when there is no inventory: where it was looked for, what Ansible inventory could be opened, and what else to do. */
export function describeNoInventory({ searched, offered }: FoundPlaces): string {
  const [first] = offered;
  const ansible =
    first === undefined
      ? '`muster inventory import ssh-config` makes one from ~/.ssh/config'
      : `\`muster -i ${first.path}\` opens the Ansible inventory ${first.name}, \`muster inventory import ${first.path} -o muster.yaml\` takes it over`;
  return [
    `no inventory in ${searched.map(({ name }) => name).join(', ')}`,
    `  ${ansible}`,
    '  `muster init` writes a first one, `muster demo` shows an embedded fleet',
  ].join('\n');
}

/** Where muster's own settings and inventories live: `$XDG_CONFIG_HOME/muster`, else `~/.config/muster`. */
export const configFolder = ({ env, home }: Pick<PlaceContext, 'env' | 'home'>): string =>
  join(xdg(env['XDG_CONFIG_HOME'], join(home, '.config')), 'muster');

/** Where muster remembers what is no setting: `$XDG_STATE_HOME/muster`, else `~/.local/state/muster`. */
export const stateFolder = ({ env, home }: Pick<PlaceContext, 'env' | 'home'>): string =>
  join(xdg(env['XDG_STATE_HOME'], join(home, '.local', 'state')), 'muster');

/** The specification says to ignore a relative path. */
const xdg = (value: string | undefined, fallback: string): string =>
  value !== undefined && isAbsolute(value) ? value : fallback;

const shortHome = (path: string, home: string): string =>
  path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;

const isFolderPlace = (path: string, places: readonly Place[]): boolean =>
  places.some((place) => place.path === path && place.name.endsWith('/'));

const hasYaml = (path: string, io: ConfigIo): boolean =>
  io.stat(path).kind === 'folder' && io.readDir(path).some((name) => /\.ya?ml$/.test(name));

/** Ansible inventories in the usual places: beside the user, as ansible.cfg names it, and the system's. */
function ansiblePlaces({ env, cwd }: PlaceContext, io: ConfigIo): readonly Place[] {
  const hosts = ['inventory', '.'].flatMap((folder) =>
    io
      .readDir(join(cwd, folder))
      .filter(
        (name) =>
          /^(?:hosts|inventory)(?:\.(?:ya?ml|ini|json))?$/.test(name) &&
          io.stat(join(cwd, folder, name)).kind === 'file',
      )
      .map((name) => ({ path: join(cwd, folder, name), name: folder === '.' ? `./${name}` : `./${folder}/${name}` })),
  );
  const config = io.readFile(join(cwd, 'ansible.cfg'));
  const configured = config.kind === 'text' ? inventoryOfAnsibleCfg(config.text)?.split(',')[0]?.trim() : undefined;
  const named = [
    ...(env['ANSIBLE_INVENTORY'] === undefined || env['ANSIBLE_INVENTORY'] === ''
      ? []
      : [{ path: env['ANSIBLE_INVENTORY'], name: '$ANSIBLE_INVENTORY' }]),
    ...(configured === undefined ? [] : [{ path: configured, name: `ansible.cfg: ${configured}` }]),
  ].map(({ path, name }) => ({ path: isAbsolute(path) ? path : join(cwd, path), name }));
  const all = [...named, ...hosts, { path: '/etc/ansible/hosts', name: '/etc/ansible/hosts' }];
  return all.filter(
    ({ path }, index) =>
      ['file', 'folder'].includes(io.stat(path).kind) && all.findIndex((other) => other.path === path) === index,
  );
}
