import { existsSync, readdirSync } from 'node:fs';
import { chmod, cp, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { projectRoot } from '../places.ts';

/** Recorded machines by the name a node's plan gives them; the outputs lie beside the project and are never copied into it. */
const MACHINES: {
  readonly [name: string]: { readonly capture: string; readonly count: number; readonly model: string };
} = {
  'h100-mig': { capture: 'linux-x86_64__nvidia-h100-mig__590.48.01', count: 1, model: 'NVIDIA H100 80GB HBM3' },
  h200: { capture: 'linux-x86_64__nvidia-h200__590.48.01', count: 1, model: 'NVIDIA H200' },
};

const fixtures = resolve(projectRoot, '../shared/fixtures/gpu');

/** What the inventory wishes of a node that plays this machine; undefined where the recording is not on this machine. */
export function recordedGpus(name: string): { readonly count: number; readonly model: string } | undefined {
  const machine = MACHINES[name];
  if (machine === undefined || !existsSync(join(fixtures, 'captures', machine.capture))) return undefined;
  return { count: machine.count, model: machine.model };
}

/** Puts the stand-in and the recording it plays among the node's files; says why it cannot. */
export async function writeRecording(name: string, files: string, sources: string): Promise<string | undefined> {
  const machine = MACHINES[name];
  if (machine === undefined) return `no recorded machine is called ${name}`;
  const capture = join(fixtures, 'captures', machine.capture);
  if (!existsSync(capture)) return `the recording of ${machine.model} is not on this machine`;
  const folder = join(files, 'usr/local/lib/lab-gpu');
  await mkdir(folder, { recursive: true });
  for (const file of readdirSync(capture)) await cp(join(capture, file), join(folder, file));
  for (const file of readdirSync(join(fixtures, 'failures')))
    await cp(join(fixtures, 'failures', file), join(folder, `fails-${file}`));
  for (const [source, path, mode] of INSTALLED) {
    await mkdir(dirname(join(files, path)), { recursive: true });
    await cp(join(sources, 'gpu', source), join(files, path));
    await chmod(join(files, path), mode);
  }
  return undefined;
}

const INSTALLED = [
  ['nvidia-smi', 'usr/local/bin/nvidia-smi', 0o755],
  ['lab-gpu.sh', 'usr/local/sbin/lab-gpu', 0o755],
  ['lab-gpu.service', 'etc/systemd/system/lab-gpu.service', 0o644],
] as const;
