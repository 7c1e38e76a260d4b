// Stands beside a lab that is up: leads its loopback addresses to the nodes, and takes it down when its owner has gone or its time is over.
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { clearLab } from './clear.ts';
import { FORWARD_PORT, forwardOf } from './inventory.ts';
import { powerOn, wantsRestart } from './machine.ts';
import { inside } from './network.ts';
import { addressOf } from './nodes.ts';
import { labSources } from './places.ts';
import { isAlive } from './processes.ts';
import { pause } from './run.ts';
import { changeState, type LabState, type NodeState, readState } from './state.ts';

/** How often the keeper looks whether it is still needed. */
const LOOK_EVERY_MS = 1_000;

const listening = (address: string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(FORWARD_PORT, address, () => resolve(server));
  });

/** A socket belongs to the namespace it was made in, so listeners made here are handed to a program that connects in there. */
async function forward(state: LabState): Promise<void> {
  const [program = '', ...args] = inside(state.name, [process.execPath, join(labSources, 'forward.ts')]);
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  for (const node of state.nodes) {
    const server = await listening(forwardOf(state.slot, node));
    await new Promise<void>((resolve) => {
      child.send({ address: addressOf(node.plan) }, server, () => resolve());
    });
    server.close();
  }
}

/** A machine that ended to restart is switched on again; one whose power was taken stays off. */
async function restart({ name }: LabState, node: NodeState): Promise<void> {
  const { plan, machine } = node;
  if (machine === undefined || (await isAlive(machine)) || !(await wantsRestart(name, plan))) return;
  const mark = await powerOn(name, node);
  await changeState(name, (state) => ({
    ...state,
    nodes: state.nodes.map((one) => (one.plan.name === plan.name ? { ...one, machine: mark } : one)),
  }));
}

const [name = ''] = process.argv.slice(2);
const first = await readState(name);
if (first !== undefined) {
  await forward(first);
  process.stdout.write('ready\n');
  for (;;) {
    await pause(LOOK_EVERY_MS);
    const state = await readState(name);
    if (state === undefined) break;
    const isOrphan = state.owner !== undefined && !(await isAlive(state.owner));
    if (isOrphan || Date.now() > state.endsAtMs) {
      process.stdout.write(isOrphan ? 'its owner has gone\n' : 'its time is over\n');
      await clearLab(name);
      break;
    }
    for (const node of state.nodes) await restart(state, node);
  }
}
process.exit(0);
