import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Everything the lab writes lies below this folder, outside the repository; MUSTER_LAB_DIR moves it. */
export const labRoot = process.env['MUSTER_LAB_DIR'] ?? '/var/tmp/muster-lab';

/** Root images by the key of what went into them: `images/KEY/root.img`. */
export const imagesFolder = join(labRoot, 'images');

/** One folder per lab that is up or has crashed. */
export const labsFolder = join(labRoot, 'labs');

/** This folder, for the files that go into images and nodes. */
export const labSources = fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '');

/** The project's root. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The files of one lab by name. */
export function placesOf(lab: string) {
  const folder = join(labsFolder, lab);
  return {
    folder,
    state: join(folder, 'state.json'),
    /** Written by `up`: for the console anywhere on this machine. */
    inventory: join(folder, 'muster.yaml'),
    /** The same fleet by its own addresses, for programs run inside the lab's network namespace. */
    insideInventory: join(folder, 'inside.yaml'),
    /** The key that opens every node, as `admin` and as `root`. */
    key: join(folder, 'id_ed25519'),
    /** Home of the product when the lab runs it. */
    home: join(folder, 'home'),
    keeperLog: join(folder, 'keeper.log'),
    sockets: join(folder, 's'),
    node: (node: string) => join(folder, node),
  };
}
