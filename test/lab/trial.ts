import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { labRoot } from './places.ts';
import { run } from './run.ts';

/** What eight nodes, two consoles and the tests themselves hold at most. */
const MEMORY_BYTES = 3 * 2 ** 30;

/**
 * Why nodes cannot run here although every package is installed; undefined where they can. Tried out, because containers forbid
 * namespaces, traced processes or memory in more ways than can be asked for.
 */
export async function whyNoNode(): Promise<string | undefined> {
  const free = process.availableMemory();
  if (free < MEMORY_BYTES)
    return `the lab needs ${MEMORY_BYTES / 2 ** 30} GiB of memory, and ${(free / 2 ** 30).toFixed(1)} GiB are free here`;
  return (await whyNoNamespace()) ?? (await whyNoKernel());
}

async function whyNoNamespace(): Promise<string | undefined> {
  const name = `muster-try-${process.pid}`;
  const added = await run(['ip', 'netns', 'add', name]);
  const { code, stderr } =
    added.code === 0 ? await run(['ip', 'netns', 'exec', name, 'ip', 'link', 'set', 'lo', 'up']) : added;
  await run(['ip', 'netns', 'delete', name]);
  return code === 0 ? undefined : `no network namespace can be made here: ${stderr.trim().split('\n').at(-1)}`;
}

/** A kernel without a root disk: one that says so could do everything else. */
async function whyNoKernel(): Promise<string | undefined> {
  const folder = join(labRoot, `try-${process.pid}`);
  await mkdir(folder, { recursive: true });
  const flags = ['mem=48M', 'con=null', 'con0=null,fd:1', 'ssl=null', 'panic=1', 'quiet'];
  const { stdout, stderr } = await run(['linux.uml', `uml_dir=${folder}/`, 'root=/dev/none', ...flags], {
    withinMs: 60_000,
    cwd: folder,
  });
  await rm(folder, { recursive: true, force: true });
  if (/Unable to mount root/.test(stdout)) return undefined;
  return `user-mode Linux does not run here: ${`${stderr}\n${stdout}`.trim().split('\n').at(-1)}`;
}
