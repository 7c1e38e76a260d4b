import { existsSync, readdirSync } from 'node:fs';
import { chmod, cp, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { projectRoot } from '../places.ts';
import { writeKernelFiles } from './pci.ts';

/** A recorded machine: a folder of outputs of one card, or `nvidia-smi -q` and the table of a machine with several. */
interface Machine {
  readonly count: number;
  readonly model: string;
  /** Files below the recordings by the names the stand-in knows them by; a folder gives all of its files. */
  readonly outputs: { readonly folder: string } | { readonly [name: string]: string };
}

/** Recorded machines by the name a node's plan gives them; the outputs lie beside the project and are never copied into it. */
const MACHINES: { readonly [name: string]: Machine } = {
  'h100-mig': {
    count: 1,
    model: 'NVIDIA H100 80GB HBM3',
    outputs: { folder: 'captures/linux-x86_64__nvidia-h100-mig__590.48.01' },
  },
  h200: { count: 1, model: 'NVIDIA H200', outputs: { folder: 'captures/linux-x86_64__nvidia-h200__590.48.01' } },
  'h100-x8': {
    count: 8,
    model: 'NVIDIA H100 80GB HBM3',
    outputs: { 'idle.q.txt': 'thamada/H100SXMx8.a.txt', 'idle.table.txt': 'thamada/H100SXMx8.table.txt' },
  },
};

const fixtures = resolve(projectRoot, '../shared/fixtures/gpu');

const filesOf = ({ outputs }: Machine): readonly (readonly [name: string, path: string])[] => {
  if (typeof outputs['folder'] !== 'string')
    return Object.entries(outputs).map(([name, path]) => [name, join(fixtures, path)]);
  const folder = join(fixtures, outputs['folder']);
  return existsSync(folder) ? readdirSync(folder).map((name) => [name, join(folder, name)]) : [];
};

const isHere = (machine: Machine): boolean => {
  const files = filesOf(machine);
  return files.length > 0 && files.every(([, path]) => existsSync(path));
};

/** What the inventory wishes of a node that plays this machine; undefined where the recording is not on this machine. */
export function recordedGpus(name: string): { readonly count: number; readonly model: string } | undefined {
  const machine = MACHINES[name];
  return machine === undefined || !isHere(machine) ? undefined : { count: machine.count, model: machine.model };
}

/** Puts the stand-in and the recording it plays among the node's files; says why it cannot. */
export async function writeRecording(name: string, files: string, sources: string): Promise<string | undefined> {
  const machine = MACHINES[name];
  if (machine === undefined) return `no recorded machine is called ${name}`;
  if (!isHere(machine)) return `the recording of ${machine.model} is not on this machine`;
  const folder = join(files, 'usr/local/lib/lab-gpu');
  await mkdir(folder, { recursive: true });
  for (const [file, path] of filesOf(machine)) await cp(path, join(folder, file));
  for (const file of readdirSync(join(fixtures, 'failures')))
    await cp(join(fixtures, 'failures', file), join(folder, `fails-${file}`));
  await writeKernelFiles(folder, sources);
  for (const [source, path, mode] of INSTALLED) {
    await mkdir(dirname(join(files, path)), { recursive: true });
    await cp(join(sources, 'gpu', source), join(files, path), { recursive: true });
    await chmod(join(files, path), mode);
  }
  return undefined;
}

const INSTALLED = [
  ['nvidia-smi', 'usr/local/bin/nvidia-smi', 0o755],
  ['LabGpu', 'usr/local/lib/lab-gpu-perl/LabGpu', 0o755],
  ['lab-gpu.sh', 'usr/local/sbin/lab-gpu', 0o755],
  ['lab-gpu.service', 'etc/systemd/system/lab-gpu.service', 0o644],
] as const;
