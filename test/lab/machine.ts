import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, statfsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kernelCommand } from './kernel.ts';
import { cableOf, inside } from './network.ts';
import { isQemu, type NodePlan } from './nodes.ts';
import { placesOf } from './places.ts';
import { killAllWith, markOf, type ProcessMark } from './processes.ts';
import { octet, qemuCommand, qemuWords, sharedFolder } from './qemu.ts';
import { LabError, must, run, searchPath } from './run.ts';
import { type NodeState, readState } from './state.ts';

/** Makes the node's disks anew, and what it shares: a copy-on-write file over the root image comes by itself, the others are sparse files. */
export async function makeDisks(lab: string, node: NodePlan): Promise<void> {
  const folder = placesOf(lab).node(node.name);
  await mkdir(folder, { recursive: true });
  const old = (await readdir(folder)).filter((file) => file === 'root.cow' || /^fresh\d+\.img$/.test(file));
  await Promise.all(old.map((file) => rm(join(folder, file), { force: true })));
  for (const [at, { sizeMiB, label }] of node.disks.entries()) {
    const path = join(folder, `disk${at + 1}.img`);
    await rm(path, { force: true });
    await must(['truncate', '-s', `${sizeMiB}M`, path]);
    if (label !== undefined) await must(['mkfs.ext4', '-q', '-F', '-m', '0', '-L', label, path]);
  }
  for (const share of node.shares ?? []) {
    await rm(sharedFolder(lab, node, share), { recursive: true, force: true });
    await mkdir(sharedFolder(lab, node, share));
  }
}

/** Switches a node on: one kernel in one process, with the disks it had before. */
export async function powerOn(lab: string, node: NodeState): Promise<ProcessMark> {
  const { name } = node.plan;
  const folder = placesOf(lab).node(name);
  // Of a machine that restarts itself some processes may still hold its disks.
  await powerOff(lab, node.plan);
  const [program = '', ...args] = inside(lab, await (isQemu(node.plan) ? qemuCommand : umlCommand)(lab, node));
  const log = openSync(join(folder, 'console.log'), 'w');
  const env = { ...process.env, PATH: searchPath(), TMPDIR: memoryFolder() };
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], env, cwd: dirname(node.image) });
  closeSync(log);
  child.unref();
  const mark = child.pid === undefined ? undefined : await markOf(child.pid);
  if (mark === undefined) throw new LabError(`${name} did not start; see ${folder}/console.log`);
  return mark;
}

/**
 * The bridge hands on what programs sent in one piece, up to 64 KiB; a card without `gro` cuts it off at 1500 bytes and loses it. Both cards keep their
 * address over restarts: with another one at each, nobody who knew the node reached it for up to half a minute.
 */
const CARD = 'depth=64,gro=1';

async function umlCommand(
  lab: string,
  { plan: node, image: rootImage, plugged = [] }: NodeState,
): Promise<readonly string[]> {
  const folder = placesOf(lab).node(node.name);
  const slot = (await readState(lab))?.slot ?? 0;
  // What is left of its console would be taken for another machine's of the same name.
  await rm(join(folder, node.name), { recursive: true, force: true });
  return [
    ...(await onOneProcessor(slot + node.number)),
    ...kernelCommand(rootImage),
    `mem=${node.memoryMiB}M`,
    `umid=${node.name}`,
    umlDir(lab, node),
    `ubd0=${join(folder, 'root.cow')},${rootImage}`,
    ...node.disks.map((_, at) => `ubd${at + 1}=${join(folder, `disk${at + 1}.img`)}`),
    ...plugged.map(({ kernelName, file }) => `${kernelName}=${file}`),
    `vec0:transport=tap,ifname=${cableOf(node)},${CARD},mac=52:54:00:77:00:${octet(node)}`,
    `vec1:transport=tap,ifname=door${node.number},${CARD},mac=52:54:00:78:00:${octet(node)}`,
    ...['root=/dev/ubda', 'rw', 'con=null', 'con0=null,fd:1', 'ssl=null', 'quiet'],
    // 256 old terminals would cost udev more than all other devices together.
    ...['pty.legacy_count=0', 'selinux=0', 'apparmor=0', 'init=/lab-init', `lab.seed=${join(folder, 'seed')}`],
  ];
}

/**
 * A node's kernel and its programs take turns and never run at the same time; on two processors each turn would wake the other one. Measured: a third
 * less time for 300 forks on a node. taskset(1)
 */
async function onOneProcessor(number: number): Promise<readonly string[]> {
  const status = await readFile('/proc/self/status', 'utf8');
  const processors = processorsIn(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '0');
  return ['taskset', '-c', String(processors[number % processors.length] ?? 0)];
}

/** Numbers of a list as Linux writes it, e.g. `0-2,5`. */
const processorsIn = (list: string): readonly number[] =>
  list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });

/** A whole suite's nodes together. Containers often have 64 MB here, and a node that finds no memory ends with a bus error. */
const SHARED_MEMORY_BYTES = 3 * 2 ** 30;

/** Where a node's memory lies, as a file that is already unlinked: in memory where there is room for it, else on disk. */
function memoryFolder(): string {
  if (!existsSync('/dev/shm')) return '/var/tmp';
  const { bavail, bsize } = statfsSync('/dev/shm');
  return bavail * bsize >= SHARED_MEMORY_BYTES ? '/dev/shm' : '/var/tmp';
}

/** Whether a machine that ended wanted to restart; see image/lab-restart. */
export async function wantsRestart(lab: string, node: NodePlan): Promise<boolean> {
  const log = await readFile(join(placesOf(lab).node(node.name), 'console.log'), 'utf8').catch(() => '');
  return log.includes('lab: restart');
}

/** Takes the node's power away; what it had not written is gone. */
export async function powerOff(lab: string, node: NodePlan): Promise<void> {
  await Promise.all(wordsOf(lab, node).map(killAllWith));
}

/** Words that only this node's processes have in their argument vectors. */
export const wordsOf = (lab: string, node: NodePlan): readonly string[] =>
  isQemu(node) ? qemuWords(lab, node) : [umlDir(lab, node)];

const umlDir = (lab: string, { name }: NodePlan): string => `uml_dir=${placesOf(lab).node(name)}/`;

/** Waits until the node's SSH server greets at an address, seen from inside the lab; false when the time ran out. */
export async function waitForSsh(
  lab: string,
  addresses: readonly string[],
  port: number,
  withinMs: number,
): Promise<boolean> {
  // Who knocks before the node is there knocks again after 1, 3, 7, 15 and 31 s, if nobody ends it: connecting is bounded by itself.
  const script = `for address in ${addresses.join(' ')}; do
  until { timeout 2 bash -c "exec 3<>/dev/tcp/$address/${port}" && exec 3<>"/dev/tcp/$address/${port}" && IFS= read -r -t 5 line <&3 && [ "\${line#SSH-}" != "$line" ]; } 2>/dev/null; do
    exec 3>&- 3<&-; sleep 0.2
  done
  exec 3>&- 3<&-
done`;
  const seconds = String(Math.ceil(withinMs / 1_000));
  const argv = inside(lab, ['timeout', '-s', 'KILL', seconds, 'bash', '-c', script]);
  return (await run(argv, { withinMs: withinMs + 5_000 })).code === 0;
}
