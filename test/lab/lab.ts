import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clearLab, clearLeftovers } from './clear.ts';
import { type ImageKind, rootImage } from './image.ts';
import { FORWARD_PORT, forwardOf, inventoryText } from './inventory.ts';
import { createNode, type LabNode } from './lab-node.ts';
import { alone } from './lock.ts';
import { makeDisks, powerOn, waitForSsh } from './machine.ts';
import { inside, isOpen, makeNetwork } from './network.ts';
import { addressOf, defaultPlan, FIRST_NODE, isQemu, type NodePlan } from './nodes.ts';
import { labSources, placesOf, projectRoot } from './places.ts';
import { isAlive, markOf, thisProcess } from './processes.ts';
import { install, missingPackages, whyNever } from './requirements.ts';
import { LabError, must, pause, type Ran, type RunOptions, run } from './run.ts';
import { writeSeed } from './seed.ts';
import { changeState, type LabState, labNames, type NodeState, readState, writeState } from './state.ts';

/** The labs of this machine: `const lab = await Lab.up({ name: 'mine' })`. */
export const Lab = { up: upLab, find: findLab };

/** A lab that is up, for programs and tests. */
export interface Lab {
  readonly name: string;
  /** Inventory for programs anywhere on this machine. */
  readonly inventory: string;
  /** Inventory for programs run with `run`, which see refused and unreachable nodes as they are. */
  readonly insideInventory: string;
  readonly nodes: readonly LabNode[];
  /** Throws where there is no such node. */
  readonly node: (name: string) => LabNode;
  /** Runs a program in the lab's network namespace. */
  readonly run: (argv: readonly string[], options?: RunOptions) => Promise<Ran>;
  /** Runs the built product there with the lab's inventory, e.g. `lab.muster(['status', '--json'])`; its home is empty and the lab's own. */
  readonly muster: (args: readonly string[], options?: RunOptions) => Promise<Ran>;
  /** Argument vector of a program in the lab's network namespace, for those who start it themselves. */
  readonly inside: (argv: readonly string[]) => readonly string[];
  /** Takes away all faults, in the order they came. */
  readonly healAll: () => Promise<void>;
  /** Ends every process of the lab and removes its network and files. */
  readonly down: () => Promise<void>;
}

/** What a lab should be; `ownerEnds` makes it end with this program, however that ends. */
export interface LabWish {
  readonly name: string;
  readonly plan?: readonly NodePlan[];
  readonly ownerEnds?: boolean;
  readonly hours?: number;
  readonly say?: (line: string) => void;
}

/** Nodes may take this long to boot on a machine that is busy with other work; one that QEMU plays needs three times the processor time. */
const BOOT_MS = 240_000;
const QEMU_BOOT_MS = 600_000;
/** A forgotten lab ends by itself after this many hours. */
export const DEFAULT_HOURS = 12;

/** Why this machine cannot hold a lab now; installs packages that are missing where it may. */
export async function whyNoLab(
  say: (line: string) => void,
  plan: readonly NodePlan[] = defaultPlan,
): Promise<string | undefined> {
  const needsQemu = plan.some(isQemu);
  const because = whyNever() ?? (await install(missingPackages(needsQemu), say));
  const still = because === undefined ? missingPackages(needsQemu) : [];
  return still.length === 0 ? because : `${still.join(' ')} did not bring what the lab runs; it is made for Debian 12`;
}

/**
 * Brings a lab up from nothing: packages, root image, network, disks, nodes, inventory. A lab of that name that is up already is
 * taken as it is; one that crashed is cleared first. Throws a LabError with what to do, and then leaves nothing behind.
 */
export async function upLab(wish: LabWish): Promise<Lab> {
  const say = wish.say ?? (() => {});
  if (!/^[a-z][a-z0-9-]{0,15}$/.test(wish.name)) {
    throw new LabError(`"${wish.name}" cannot name a lab: lower-case letters, digits and "-", 16 at most`);
  }
  const because = await whyNoLab(say, wish.plan);
  if (because !== undefined) throw new LabError(because);
  const claimed = await alone('labs', () => claim(wish, say));
  if (claimed.phase === 'up') return labOf(claimed);
  try {
    return await start(claimed, wish.plan ?? defaultPlan, say);
  } catch (error) {
    await clearLab(wish.name);
    throw error;
  }
}

/** The lab of that name, if it is up. */
export async function findLab(name: string): Promise<Lab | undefined> {
  const state = await readState(name);
  return state?.phase === 'up' ? labOf(state) : undefined;
}

/** The lab of that name if it is up; else its name and place are taken for this program. Only one program at a time may ask. */
async function claim(wish: LabWish, say: (line: string) => void): Promise<LabState> {
  await clearLeftovers(say);
  const running = await readState(wish.name);
  if (running?.phase === 'up') return running;
  if (running !== undefined)
    throw new LabError(`lab ${wish.name} is just being started by process ${running.starter.pid}`);
  const starter = await thisProcess();
  const state: LabState = {
    name: wish.name,
    phase: 'starting',
    slot: await freeSlot(),
    starter,
    ...(wish.ownerEnds === true ? { owner: starter } : {}),
    endsAtMs: Date.now() + (wish.hours ?? DEFAULT_HOURS) * 3_600_000,
    nodes: [],
    faults: [],
  };
  await writeState(state);
  return state;
}

async function start(base: LabState, plan: readonly NodePlan[], say: (line: string) => void): Promise<Lab> {
  const { name } = base;
  const images = new Map<ImageKind, string>();
  for (const { image } of plan) if (!images.has(image)) images.set(image, await rootImage(image, say));
  const startedMs = Date.now();
  await mkdir(placesOf(name).sockets, { recursive: true });
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', `lab ${name}`, '-f', placesOf(name).key]);
  const prepare = async (node: NodePlan): Promise<NodeState> => {
    await makeDisks(name, node);
    const { hostKey, withoutGpus } = await writeSeed(name, node, plan);
    if (withoutGpus !== undefined) say(`${node.name} has no GPUs: ${withoutGpus}`);
    return { plan: node, image: images.get(node.image) ?? '', hostKey };
  };
  const [prepared] = await Promise.all([Promise.all(plan.map(prepare)), makeNetwork(name, plan)]);
  const nodes: NodeState[] = [];
  for (const node of prepared) nodes.push({ ...node, machine: await powerOn(name, node) });
  const state: LabState = { ...base, nodes };
  await writeState(state);
  say(`booting ${nodes.length} nodes`);
  await writeFile(placesOf(name).inventory, inventoryText(state, 'outside'));
  await writeFile(placesOf(name).insideInventory, inventoryText(state, 'inside'));
  await startKeeper(name);
  const withinMs = plan.some(isQemu) ? QEMU_BOOT_MS : BOOT_MS;
  if (!(await waitForSsh(name, plan.map(addressOf), 22, withinMs))) {
    throw new LabError(`not all nodes answered SSH within ${withinMs / 1_000} s`);
  }
  say(`all nodes answer SSH after ${((Date.now() - startedMs) / 1_000).toFixed(1)} s`);
  await changeState(name, (now) => ({ ...now, phase: 'up' }));
  return labOf((await readState(name)) ?? state);
}

/** The lowest third octet that no other lab has, labs of other folders included. */
async function freeSlot(): Promise<number> {
  const states = await Promise.all((await labNames()).map(readState));
  const taken = new Set(states.map((state) => state?.slot));
  for (let slot = 1; slot < 255; slot++) {
    if (!taken.has(slot) && (await isOpen(forwardOf(slot, { plan: FIRST_NODE }), FORWARD_PORT))) return slot;
  }
  throw new LabError('254 labs are up on this machine; take one down');
}

async function startKeeper(name: string): Promise<void> {
  const { keeperLog } = placesOf(name);
  const log = openSync(keeperLog, 'w');
  const child = spawn(process.execPath, [join(labSources, 'keeper.ts'), name], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  closeSync(log);
  child.unref();
  const keeper = child.pid === undefined ? undefined : await markOf(child.pid);
  if (keeper !== undefined) await changeState(name, (state) => ({ ...state, keeper }));
  for (let turn = 0; turn < 300; turn++) {
    const said = existsSync(keeperLog) ? await readFile(keeperLog, 'utf8') : '';
    if (said.includes('ready')) return;
    if (keeper === undefined || !(await isAlive(keeper)))
      throw new LabError(`the lab's keeper ended: ${said.slice(0, 400)}`);
    await pause(100);
  }
  throw new LabError('the loopback addresses of the lab did not open within 30 s');
}

function labOf(state: LabState): Lab {
  const { name } = state;
  const nodes = state.nodes.map((node) => createNode(name, node.plan));
  return {
    name,
    inventory: placesOf(name).inventory,
    insideInventory: placesOf(name).insideInventory,
    nodes,
    node: (wanted) => {
      const found = nodes.find((node) => node.name === wanted);
      if (found === undefined)
        throw new LabError(`lab ${name} has no node "${wanted}": ${nodes.map((node) => node.name).join(', ')}`);
      return found;
    },
    run: (argv, options) => run(inside(name, argv), options),
    muster: async (args, options = {}) => {
      const { home, insideInventory } = placesOf(name);
      await mkdir(home, { recursive: true });
      const argv = [process.execPath, join(projectRoot, 'bin', 'muster'), ...args, '-i', insideInventory];
      return run(inside(name, argv), { cwd: home, ...options, env: { HOME: home, TZ: 'UTC', ...options.env } });
    },
    inside: (argv) => inside(name, argv),
    healAll: async () => {
      for (const { node, name: fault } of (await readState(name))?.faults ?? []) {
        await createNode(name, planIn(state, node)).heal(fault);
      }
    },
    down: () => clearLab(name),
  };
}

const planIn = (state: LabState, node: string): NodePlan => {
  const found = state.nodes.find(({ plan }) => plan.name === node);
  if (found === undefined) throw new LabError(`lab ${state.name} has no node "${node}"`);
  return found.plan;
};
