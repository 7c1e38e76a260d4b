import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { alone } from './lock.ts';
import type { NodePlan } from './nodes.ts';
import { labsFolder, placesOf } from './places.ts';
import type { ProcessMark } from './processes.ts';

/** A fault that was put on a node and not yet taken away; `memo` is what it needs for that. */
export interface ActiveFault {
  readonly name: string;
  readonly node: string;
  readonly argument?: string;
  readonly memo?: string;
  readonly sinceMs: number;
}

/** A disk plugged into a running node; see disks.ts. */
export interface FreshDiskState {
  readonly kernelName: string;
  readonly serial: string;
  readonly file: string;
  readonly sizeMiB: number;
}

/** One node of a lab that is up. */
export interface NodeState {
  readonly plan: NodePlan;
  readonly image: string;
  /** Pinned in the inventory: `SHA256:…`. */
  readonly hostKey: string;
  readonly machine?: ProcessMark;
  readonly plugged?: readonly FreshDiskState[];
  /** How many were plugged ever, so that no serial number comes twice. */
  readonly disksPlugged?: number;
}

/** What a lab consists of, so that any program can find, use and remove it; `state.json` in its folder. */
export interface LabState {
  readonly name: string;
  readonly phase: 'starting' | 'up';
  /** Third octet of its loopback addresses, 127.78.SLOT.N. */
  readonly slot: number;
  readonly starter: ProcessMark;
  /** The lab ends with this process, if it has one. */
  readonly owner?: ProcessMark;
  readonly endsAtMs: number;
  readonly keeper?: ProcessMark;
  readonly nodes: readonly NodeState[];
  readonly faults: readonly ActiveFault[];
}

/** Reads a lab's state; undefined where there is none, or half of one. */
export async function readState(lab: string): Promise<LabState | undefined> {
  try {
    return JSON.parse(await readFile(placesOf(lab).state, 'utf8')) as LabState;
  } catch {
    return undefined;
  }
}

/** Writes it whole or not at all. */
export async function writeState(state: LabState): Promise<void> {
  const { folder, state: path } = placesOf(state.name);
  await mkdir(folder, { recursive: true });
  const next = `${path}.${process.pid}`;
  await writeFile(next, `${JSON.stringify(state, null, 2)}\n`);
  await rename(next, path);
}

/** Changes a lab's state, one program at a time; nothing where the lab is gone. */
export const changeState = (lab: string, change: (state: LabState) => LabState): Promise<void> =>
  alone(stateLock(lab), async () => {
    const state = await readState(lab);
    if (state !== undefined) await writeState(change(state));
  });

/** Takes the state away, so that nobody who is still about to change it brings it back. */
export const removeState = (lab: string): Promise<void> =>
  alone(stateLock(lab), () => rm(placesOf(lab).state, { force: true }));

const stateLock = (lab: string): string => `state of ${lab}`;

/** Names of all labs that have a folder, whole or not. */
export async function labNames(): Promise<readonly string[]> {
  if (!existsSync(labsFolder)) return [];
  return (await readdir(labsFolder)).sort();
}
