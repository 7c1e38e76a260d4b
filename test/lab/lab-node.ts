import { join } from 'node:path';
import { type FreshDisk, type FreshDiskWish, freshDisks, plugDisk } from './disks.ts';
import { type FaultName, type FaultTools, faultNamed } from './faults/registry.ts';
import { makeDisks, powerOff, powerOn, waitForSsh } from './machine.ts';
import { addRules, inside, removeRules, setCable } from './network.ts';
import { addressOf, doorOf, isQemu, type NodePlan } from './nodes.ts';
import { placesOf } from './places.ts';
import { isAlive } from './processes.ts';
import { signalSharing } from './qemu.ts';
import { LabError, type Ran, type RunOptions, run } from './run.ts';
import { changeState, readState } from './state.ts';

/** One node of a lab that is up. */
export interface LabNode {
  readonly name: string;
  readonly plan: NodePlan;
  /** Its address within the lab. */
  readonly address: string;
  /** What a shell script says on the node, run as root through the lab's own door, whatever its users' network does. */
  readonly says: (script: string, options?: RunOptions) => Promise<Ran>;
  /** As `says`, but throws when the script fails, and gives its standard output. */
  readonly tells: (script: string, options?: RunOptions) => Promise<string>;
  /** Puts a fault on the node; `argument` is a port for some. Throws where this lab cannot have it. */
  readonly fault: (name: FaultName, argument?: string) => Promise<void>;
  /** Takes the fault away again; nothing where it is not there. */
  readonly heal: (name: FaultName | string) => Promise<void>;
  /** Restarts it in an orderly way and waits until it answers with another boot id; its disks stay. */
  readonly restart: () => Promise<void>;
  /** Takes its power away, what it had not written with it, and boots it again with its disks as they were. */
  readonly powerCycle: () => Promise<void>;
  /** As at the first boot of the lab: root disk and planned disks made anew, no fresh disks. Waits until it answers. */
  readonly renew: () => Promise<void>;
  /** Plugs in a blank disk that no other test has seen. */
  readonly freshDisk: (wish?: FreshDiskWish) => Promise<FreshDisk>;
  /** Fresh disks that are plugged in, by whatever program. */
  readonly freshDisks: () => Promise<readonly FreshDisk[]>;
  /** Whether its machine runs. */
  readonly isOn: () => Promise<boolean>;
  /** Waits until its users' SSH server greets. */
  readonly answers: (withinMs?: number) => Promise<boolean>;
}

/** A script of a second takes a minute where thirty programs want two processors; one that is not over by then hangs. */
const SCRIPT_MS = 180_000;

/** A node of a lab by its plan. */
export function createNode(lab: string, plan: NodePlan): LabNode {
  const says = (script: string, options?: RunOptions): Promise<Ran> =>
    run(inside(lab, doorCommand(lab, plan)), { withinMs: SCRIPT_MS, ...options, input: script });
  const tells = async (script: string, options?: RunOptions): Promise<string> => {
    const { code, stdout, stderr } = await says(script, options);
    if (code !== 0) throw new LabError(`${plan.name}: exit ${code}: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  };
  const machine = async () => (await readState(lab))?.nodes.find((node) => node.plan.name === plan.name);
  const tools: FaultTools = {
    plan,
    tells,
    says,
    cable: (state) => setCable(lab, plan, state),
    tap: (argv) => run(inside(lab, argv)),
    rules: (name, rules) => addRules(lab, ruleName(name, plan), rules),
    withoutRules: (name) => removeRules(lab, ruleName(name, plan)),
    signalSharing: (signal) => signalSharing(lab, plan, signal),
    closeDoor: () => run(inside(lab, [...doorCommand(lab, plan).slice(0, -2), '-O', 'exit', 'door'])),
    machine: async () => {
      const mark = (await machine())?.machine;
      return mark === undefined ? '' : `${mark.pid}:${mark.started}`;
    },
    powerOff: () => powerOff(lab, plan),
    powerOn: async () => {
      const node = await machine();
      if (node === undefined || (node.machine !== undefined && (await isAlive(node.machine)))) return;
      const mark = await powerOn(lab, node);
      await changeState(lab, (state) => ({
        ...state,
        nodes: state.nodes.map((one) => (one.plan.name === plan.name ? { ...one, machine: mark } : one)),
      }));
    },
    waitForDoor: (withinMs) => waitForSsh(lab, [doorOf(plan)], 2222, withinMs),
    waitForSsh: (withinMs) => waitForSsh(lab, [addressOf(plan)], 22, withinMs),
  };
  const isThis = (fault: { readonly name: string; readonly node: string }, name: string): boolean =>
    fault.name === name && fault.node === plan.name;
  const fault = async (name: FaultName, argument?: string): Promise<void> => {
    const memo = await faultNamed(name).inject(tools, argument);
    const active = {
      name,
      node: plan.name,
      sinceMs: Date.now(),
      ...(argument === undefined ? {} : { argument }),
      ...(memo === undefined ? {} : { memo }),
    };
    await changeState(lab, (state) => ({
      ...state,
      faults: [...state.faults.filter((one) => !isThis(one, name)), active],
    }));
  };
  const heal = async (name: string): Promise<void> => {
    const active = (await readState(lab))?.faults.find((one) => isThis(one, name));
    if (active === undefined) return;
    await faultNamed(name).heal(tools, active.argument, active.memo);
    await changeState(lab, (state) => ({ ...state, faults: state.faults.filter((one) => !isThis(one, name)) }));
  };
  const renew = async (): Promise<void> => {
    await fault('power-off');
    await makeDisks(lab, plan);
    await changeState(lab, (state) => ({
      ...state,
      nodes: state.nodes.map((one) => (one.plan.name === plan.name ? { ...one, plugged: [] } : one)),
    }));
    await heal('power-off');
  };
  return {
    name: plan.name,
    plan,
    address: addressOf(plan),
    says,
    tells,
    fault,
    heal,
    restart: async () => {
      await fault('reboot');
      await heal('reboot');
    },
    powerCycle: async () => {
      await fault('power-off');
      await heal('power-off');
    },
    renew,
    freshDisk: (wish = {}) => plugDisk(lab, plan, says, wish),
    freshDisks: () => freshDisks(lab, plan, says),
    isOn: async () => {
      const mark = (await machine())?.machine;
      return mark !== undefined && (await isAlive(mark));
    },
    answers: (withinMs = 60_000) => waitForSsh(lab, [addressOf(plan)], 22, withinMs),
  };
}

const ruleName = (fault: string, { name }: NodePlan): string => `${fault}@${name}`;

/** One connection per node is kept for a while, because a handshake costs an emulated node a quarter of a second. */
function doorCommand(lab: string, plan: NodePlan): readonly string[] {
  const { sockets, key } = placesOf(lab);
  const options = {
    ControlMaster: 'auto',
    ControlPath: join(sockets, plan.name),
    ControlPersist: '120',
    BatchMode: 'yes',
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    LogLevel: 'ERROR',
    // Includes the greeting of a server whose every instruction may be emulated.
    ConnectTimeout: isQemu(plan) ? '60' : '10',
    // A busy node may be silent for ten seconds.
    ServerAliveInterval: '5',
    ServerAliveCountMax: '4',
    IdentitiesOnly: 'yes',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return ['ssh', '-F', 'none', ...flags, '-T', '-i', key, '-p', '2222', '-l', 'root', doorOf(plan), 'exec bash -s'];
}
