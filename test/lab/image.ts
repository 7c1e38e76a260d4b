import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { kernelModules, putKernelBeside } from './kernel.ts';
import { alone } from './lock.ts';
import { imagesFolder, labSources } from './places.ts';
import { modulesFolder } from './requirements.ts';
import { LabError, must, NoPackagesError } from './run.ts';

/** What a node can be for: each brings its packages into an image of its own, so that the common one stays small. */
export type ImageKind = 'nfs' | 'wide' | 'cloud';

const COMMON = [
  'systemd systemd-sysv dbus udev openssh-server nfs-common nfs-kernel-server sudo parted e2fsprogs xfsprogs gdisk fdisk',
  'iproute2 kmod procps pciutils psmisc lsof',
]
  .join(' ')
  .split(' ');

const PACKAGES: { readonly [kind in ImageKind]: readonly string[] } = {
  nfs: COMMON,
  wide: [...COMMON, 'samba', 'cifs-utils', 'glusterfs-server', 'glusterfs-client'],
  // Debian's kernel for virtual machines, for nodes that QEMU plays; their initramfs takes lz4 apart.
  cloud: [...COMMON, 'linux-image-cloud-amd64', 'lz4'],
};

/** Folders of the files that make a kind, below this one; each has its `customise.sh`. */
const SOURCES: { readonly [kind in ImageKind]: readonly string[] } = {
  nfs: ['image'],
  wide: ['image'],
  cloud: ['image', 'image-cloud'],
};

/** Documents, translations and package lists are a third of the files and none of them runs. */
const LEFT_OUT = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*', '/usr/share/info/*'];

/** Space the nodes may fill; the file is sparse. */
const IMAGE_SIZE = '3G';

const SUITE = 'bookworm';

/** The root image of a kind: built if its inputs changed since, else the cached one. Several programs may ask at once. */
export async function rootImage(kind: ImageKind, say: (line: string) => void): Promise<string> {
  const kernel = await kernelOf(say);
  const folder = join(imagesFolder, await keyOf(kind, kernel.modules));
  const image = join(folder, 'root.img');
  if (existsSync(image)) return image;
  const build = async (): Promise<void> => {
    await mkdir(imagesFolder, { recursive: true });
    if (!existsSync(image)) await buildImage(kind, kernel, folder, say);
  };
  await alone('images', build, () => say('waiting for another program that builds an image'));
  return image;
}

/** A kernel by the folder of its modules, and whether it is put beside the images that have them. */
interface Kernel {
  readonly modules: string;
  readonly isOwn: boolean;
}

/** The kernel that was fetched for the nodes, else the one that is installed here: nodes need about twice the processor time with that. */
async function kernelOf(say: (line: string) => void): Promise<Kernel> {
  const isWished = process.env['MUSTER_LAB_KERNEL'] !== 'installed';
  try {
    if (isWished) return { modules: await kernelModules(say), isOwn: true };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    say(`taking the kernel that is installed here, which is slower: ${error.message}`);
  }
  const modules = await modulesFolder();
  if (modules === '') throw new LabError('no kernel modules below /usr/lib/uml/modules; is user-mode-linux installed?');
  return { modules, isOwn: false };
}

/** Removes every image. */
export const removeImages = (): Promise<void> => rm(imagesFolder, { recursive: true, force: true });

async function keyOf(kind: ImageKind, modules: string): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([SUITE, PACKAGES[kind], LEFT_OUT, IMAGE_SIZE, modules]));
  for (const sources of SOURCES[kind].map((folder) => join(labSources, folder))) {
    for (const file of (await readdir(sources)).sort()) {
      hash.update(`${file}\0`).update(await readFile(join(sources, file)));
    }
  }
  return `${kind}-${hash.digest('hex').slice(0, 16)}`;
}

async function buildImage(
  kind: ImageKind,
  { modules, isOwn }: Kernel,
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  const startedMs = Date.now();
  say(`building the ${kind} root image (Debian ${SUITE}, ${PACKAGES[kind].length} packages and what they need)`);
  const work = `${folder}.work`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    const root = join(work, 'root');
    const options = LEFT_OUT.map((pattern) => `--dpkgopt=path-exclude=${pattern}`);
    const include = `--include=${PACKAGES[kind].join(',')}`;
    const debootstrap = ['mmdebstrap', '--quiet', '--variant=minbase', ...options, include, SUITE, root];
    await must(['nice', '-n', '10', ...debootstrap], { withinMs: 900_000 }).catch((error: unknown) => {
      throw new NoPackagesError(
        `no root image without Debian packages: ${error instanceof Error ? error.message : ''}`,
      );
    });
    for (const sources of SOURCES[kind].map((folder) => join(labSources, folder))) {
      await must(['nice', '-n', '10', 'sh', join(sources, 'customise.sh'), root, sources, modules, work], {
        withinMs: 300_000,
      });
    }
    const image = join(work, 'root.img');
    await must(['nice', '-n', '10', 'mkfs.ext4', '-q', '-F', '-L', 'lab-root', '-d', root, image, IMAGE_SIZE], {
      withinMs: 300_000,
    });
    await rm(root, { recursive: true, force: true });
    if (isOwn) await putKernelBeside(image);
    // Copy-on-write files remember their image's time; nothing may touch it any more.
    await must(['chmod', '0444', image]);
    await rm(folder, { recursive: true, force: true });
    await rename(work, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  say(`built in ${Math.round((Date.now() - startedMs) / 1_000)} s`);
}
