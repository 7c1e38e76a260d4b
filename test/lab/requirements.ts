import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { must, run } from './run.ts';

/** A program the lab needs and the Debian package that brings it. */
interface Tool {
  readonly program: string;
  readonly debianPackage: string;
}

const TOOLS: readonly Tool[] = [
  { program: 'linux.uml', debianPackage: 'user-mode-linux' },
  { program: 'mmdebstrap', debianPackage: 'mmdebstrap' },
  { program: 'nft', debianPackage: 'nftables' },
  { program: 'ip', debianPackage: 'iproute2' },
  { program: 'perl', debianPackage: 'perl-base' },
  { program: 'ssh', debianPackage: 'openssh-client' },
  { program: 'mkfs.ext4', debianPackage: 'e2fsprogs' },
];

/** Shares a folder with a machine; no folder for people's programs has it. */
export const VIRTIOFSD = '/usr/lib/qemu/virtiofsd';

/** What nodes need beside that QEMU plays. */
const QEMU_TOOLS: readonly Tool[] = [
  { program: 'qemu-system-x86_64', debianPackage: 'qemu-system-x86' },
  { program: 'qemu-img', debianPackage: 'qemu-utils' },
  { program: VIRTIOFSD, debianPackage: 'qemu-system-common' },
];

/** Why this machine can never hold a lab, whatever is installed; undefined where it can. */
export function whyNever(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `the lab needs Linux on x86-64; this is ${process.platform} on ${process.arch}`;
  }
  if (process.getuid?.() !== 0) return 'the lab needs root for its network namespace; run it with sudo';
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
  } catch {
    return 'the lab needs /dev/net/tun for the cables of its nodes; it is missing or closed here';
  }
  return undefined;
}

/** Debian packages that are still missing here. */
export const missingPackages = (needsQemu: boolean): readonly string[] => [
  ...new Set(
    [...TOOLS, ...(needsQemu ? QEMU_TOOLS : [])]
      .filter(({ program }) => !isInPath(program))
      .map(({ debianPackage }) => debianPackage),
  ),
];

function isInPath(program: string): boolean {
  if (program.startsWith('/')) return existsSync(program);
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => folder !== '' && existsSync(`${folder}/${program}`));
}

/** Installs packages with apt; says why it could not. */
export async function install(packages: readonly string[], say: (line: string) => void): Promise<string | undefined> {
  if (packages.length === 0) return undefined;
  if (!isInPath('apt-get')) return `missing: ${packages.join(' ')}; there is no apt-get here to install them with`;
  say(`installing Debian packages: ${packages.join(' ')}`);
  const quiet = { env: { DEBIAN_FRONTEND: 'noninteractive' }, withinMs: 600_000 };
  const install = ['nice', '-n', '10', 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages];
  if ((await run(install, quiet)).code === 0) return undefined;
  await run(['apt-get', 'update', '-qq'], quiet);
  const second = await run(install, quiet);
  if (second.code === 0) return undefined;
  return `could not install ${packages.join(' ')}: ${second.stderr.trim().split('\n').at(-1)}`;
}

/** The newest kernel modules of user-mode Linux, e.g. `/usr/lib/uml/modules/6.1.176`. */
export async function modulesFolder(): Promise<string> {
  return (await must(['sh', '-c', 'ls -d /usr/lib/uml/modules/* | sort -V | tail -n 1'])).trim();
}
