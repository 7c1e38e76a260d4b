import { rm } from 'node:fs/promises';
import { powerOff } from './machine.ts';
import { namespaceOf, namespaces, removeNetwork } from './network.ts';
import { placesOf } from './places.ts';
import { isAlive, kill } from './processes.ts';
import { removeSharingLocks } from './qemu.ts';
import { type LabState, labNames, readState, removeState } from './state.ts';

/** Removes a lab, whole or in pieces: its keeper, its nodes, everything in its namespace, the namespace, its files. */
export async function clearLab(name: string): Promise<void> {
  const state = await readState(name);
  // Without its state file the keeper ends by itself, should its process not be known.
  await removeState(name);
  if (state?.keeper !== undefined && state.keeper.pid !== process.pid) await kill(state.keeper);
  await Promise.all((state?.nodes ?? []).map(({ plan }) => powerOff(name, plan)));
  await removeNetwork(name);
  await removeSharingLocks(name);
  await rm(placesOf(name).folder, { recursive: true, force: true });
}

/** Labs that nobody can want any more: half started by a program that is gone, outlived by their owner, or namespaces without a lab. */
export async function clearLeftovers(say: (line: string) => void): Promise<void> {
  const names = await labNames();
  const prefix = namespaceOf('');
  const strays = (await namespaces())
    .filter((space) => space.startsWith(prefix))
    .map((space) => space.slice(prefix.length));
  for (const name of new Set([...names, ...strays])) {
    const because = await whyLeftover(await readState(name));
    if (because === undefined) continue;
    say(`clearing what is left of lab ${name}: ${because}`);
    await clearLab(name);
  }
}

async function whyLeftover(state: LabState | undefined): Promise<string | undefined> {
  if (state === undefined) return 'it has no state';
  if (state.phase === 'starting' && !(await isAlive(state.starter))) return 'the program that started it is gone';
  if (state.owner !== undefined && !(await isAlive(state.owner))) return 'the program it was for is gone';
  if (state.phase === 'up' && (state.keeper === undefined || !(await isAlive(state.keeper))))
    return 'its keeper is gone';
  return undefined;
}
