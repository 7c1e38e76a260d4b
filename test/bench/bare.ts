// ssh2 alone as a peer: what a console in JavaScript cannot be below with this library.
import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandCost, costOf } from './process-figures.ts';

/** Nodes that all answer to one user's key file at one port. */
export interface BareTask {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly user: string;
  readonly key: string;
}

/** How the peer is called in the table. */
export const BARE = 'bare ssh2 client';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Bundled as muster is, into this folder; the arguments that start it. */
function bareProgram(folder: string, mode: 'once' | 'watch', task: BareTask): readonly string[] {
  const program = join(folder, 'bare-client.mjs');
  const file = join(folder, 'bare-client.json');
  execFileSync(process.execPath, [here('bundle.mjs'), here('bare-client.ts'), program]);
  writeFileSync(file, JSON.stringify(task));
  return [process.execPath, '--max-semi-space-size=4', program, mode, file];
}

/** Connects to every node, runs one command there and reads what it says, as a whole process. */
export async function bareSweep(folder: string, task: BareTask, withinSec: number): Promise<CommandCost> {
  const cost = await costOf(bareProgram(folder, 'once', task), withinSec);
  if (cost.exitCode !== 0) throw new Error(`the ${BARE} ended with ${cost.exitCode}: ${cost.stderr.slice(0, 500)}`);
  return cost;
}

/** Connects to every node and asks muster's questions in their periods until `end`; resolves once all nodes have said hello. */
export async function startBareWatch(folder: string, task: BareTask, withinMs: number) {
  const [command = '', ...argv] = bareProgram(folder, 'watch', task);
  const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  const isUp = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), withinMs);
    const settle = (up: boolean): void => {
      clearTimeout(timer);
      resolve(up);
    };
    child.stdout.once('data', () => settle(true));
    void ended.then(() => settle(false));
  });
  if (isUp && child.pid !== undefined) return { pid: child.pid, end };
  await end();
  throw new Error(`the ${BARE} did not reach all nodes`);
}
