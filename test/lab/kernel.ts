import { existsSync } from 'node:fs';
import { chmod, copyFile, link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { alone } from './lock.ts';
import { imagesFolder } from './places.ts';
import { LabError, must } from './run.ts';

/**
 * Debian whose user-mode kernel the nodes run. Debian 12's (6.1) makes every page of a process anew when it forks; this one's (6.12) takes 1.8 s of
 * processor time for 200 forks where that took 3.3 s. It wants a newer C library than Debian 12 has, so that is kept beside it.
 */
export const KERNEL_SUITE = 'trixie';

const PROGRAM = 'linux.uml';
/** The loader of programs and the C library, below the folder of that Debian. */
const LIBRARIES = ['ld-linux-x86-64.so.2', 'libc.so.6'] as const;
/** The loader's name in a program, and the one it gets: found in the folder that the kernel is started in. */
const LOADER = '/lib64/ld-linux-x86-64.so.2';
const OWN_LOADER = `./${LIBRARIES[0]}`;

const folder = join(imagesFolder, `kernel-${KERNEL_SUITE}`);

/** The kernel's modules, in a folder that has its release as name; had from Debian first where they are not here yet. Throws where they cannot be had. */
export async function kernelModules(say: (line: string) => void): Promise<string> {
  if (!existsSync(folder)) {
    const waiting = () => say('waiting for another program that builds an image');
    await alone('images', () => (existsSync(folder) ? Promise.resolve() : fetchKernel(say)), waiting);
  }
  const modules = join(folder, 'modules');
  const [release = ''] = await readdir(modules);
  return join(modules, release);
}

/** Puts the kernel beside a root image that has its modules. */
export async function putKernelBeside(image: string): Promise<void> {
  for (const file of [PROGRAM, ...LIBRARIES]) await link(join(folder, file), join(dirname(image), file));
}

/** How a kernel is started in the folder of a root image: the one beside it, else the one that this machine has installed. */
export function kernelCommand(image: string): readonly string[] {
  const own = dirname(image);
  return existsSync(join(own, PROGRAM)) ? ['env', `LD_LIBRARY_PATH=${own}`, join(own, PROGRAM)] : [PROGRAM];
}

async function fetchKernel(say: (line: string) => void): Promise<void> {
  say(`fetching the nodes' kernel (Debian ${KERNEL_SUITE})`);
  const work = `${folder}.work`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    const root = join(work, 'root');
    const extract = ['mmdebstrap', '--quiet', '--variant=extract', '--include=user-mode-linux'];
    await must(['nice', '-n', '10', ...extract, KERNEL_SUITE, root], { withinMs: 300_000 });
    await rename(join(root, 'usr/lib/uml/modules'), join(work, 'modules'));
    for (const file of LIBRARIES) await copyFile(join(root, 'usr/lib/x86_64-linux-gnu', file), join(work, file));
    await writeFile(join(work, PROGRAM), withOwnLoader(await readFile(join(root, 'usr/bin', PROGRAM))));
    await chmod(join(work, PROGRAM), 0o755);
    await rm(root, { recursive: true, force: true });
    await rename(work, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * A program names its loader by an absolute path, and this machine's loader knows this machine's C library only. The kernel cannot be an argument of the
 * loader instead: it would take the loader's end for its own and find no room for the nodes' memory.
 */
function withOwnLoader(program: Buffer): Buffer {
  const at = program.indexOf(`${LOADER}\0`);
  if (at < 0) throw new LabError(`the kernel of Debian ${KERNEL_SUITE} names no loader ${LOADER}`);
  const changed = Buffer.from(program);
  changed.fill(0, at, at + LOADER.length);
  changed.write(OWN_LOADER, at, 'latin1');
  return changed;
}
