// npm run lab -- COMMAND: whole Linux nodes on this machine. docs/lab.md explains it.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { clearLab, clearLeftovers } from './clear.ts';
import { type FaultName, faultNamed, faults } from './faults/registry.ts';
import { removeImages } from './image.ts';
import { DEFAULT_HOURS, findLab, type Lab, upLab } from './lab.ts';
import { inside, namespaces } from './network.ts';
import { planOf, type Role } from './nodes.ts';
import { placesOf } from './places.ts';
import { whyNever } from './requirements.ts';
import { LabError, pause } from './run.ts';
import { labNames, readState } from './state.ts';

const USAGE = `usage: npm run lab -- COMMAND [OPTIONS]

  up [--nodes N] [--role ROLE]…   bring the lab up: an NFS server and three clients, else N nodes or nodes of these roles
                                  (samba, gluster, virtiofs, bare); a lab that is up stays as it is
  status                          labs, their nodes and the faults on them
  ssh NODE [COMMAND…]             a shell on a node, as root
  run COMMAND…                    run a program in the lab's network, e.g. run node bin/muster -i INVENTORY
  inventory [--inside]            path of the lab's muster inventory
  fault NAME NODE [ARGUMENT]      put a fault on a node; --for 10s takes it away after that time
  heal [NAME NODE]                take a fault away, or all of them
  faults                          all faults, and what each really does
  down                            end the lab and remove all of it
  clean [--all]                   remove the root images, and with --all every lab that is up

options: --name NAME (default: lab)   --hours H (a lab ends after ${DEFAULT_HOURS} unless said otherwise)
`;

const ROLES: readonly Role[] = ['samba', 'gluster', 'virtiofs', 'bare'];

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const { values, positionals } = readArgs();

/** What was typed; one that no command has ends the program with a sentence. */
function readArgs() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        name: { type: 'string', default: 'lab' },
        nodes: { type: 'string' },
        role: { type: 'string', multiple: true, default: [] },
        hours: { type: 'string' },
        for: { type: 'string' },
        inside: { type: 'boolean', default: false },
        all: { type: 'boolean', default: false },
      },
      args: withoutRest(process.argv.slice(2)),
    });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}

/** Options of a program behind `run` and `ssh` are not ours, except a `--name` right behind these words. */
function withoutRest(argv: readonly string[]): string[] {
  const at = argv.findIndex((word) => word === 'run' || word === 'ssh');
  if (at < 0 || argv.includes('--')) return [...argv];
  const ours = argv[at + 1] === '--name' ? 2 : argv[at + 1]?.startsWith('--name=') === true ? 1 : 0;
  return [...argv.slice(0, at + 1 + ours), '--', ...argv.slice(at + 1 + ours)];
}

const commands: { readonly [name: string]: (args: readonly string[]) => Promise<number> } = {
  up: async () => {
    const roles = values.role.map(roleOf);
    const isDefault = values.nodes === undefined && roles.length === 0;
    const lab = await upLab({
      name: values.name,
      say,
      ...(isDefault ? {} : { plan: planOf(numberOf(values.nodes ?? String(roles.length), 'nodes', 1, 32), roles) }),
      ...(values.hours === undefined ? {} : { hours: numberOf(values.hours, 'hours', 0.01, 1_000) }),
    });
    say(`lab ${lab.name} is up: ${lab.nodes.map(({ name, address }) => `${name} (${address})`).join(', ')}`);
    say(`try: npm start -- -i ${lab.inventory}`);
    return 0;
  },
  status: async () => {
    const names = await labNames();
    if (names.length === 0) say('no lab is up; start one with: npm run lab -- up');
    for (const name of names) await showLab(name);
    return 0;
  },
  ssh: async ([node = '', ...command]) => {
    const lab = await theLab();
    const { address } = lab.node(node);
    const { key } = placesOf(lab.name);
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
    const flags = options.flatMap((option) => ['-o', option]);
    return attach(lab.inside(['ssh', '-F', 'none', ...flags, '-i', key, '-l', 'root', address, ...command]));
  },
  run: async (command) => {
    const lab = await theLab();
    if (command.length === 0) throw new LabError('run needs a program and its arguments');
    return attach(lab.inside(command));
  },
  inventory: async () => {
    const lab = await theLab();
    say(values.inside ? lab.insideInventory : lab.inventory);
    return 0;
  },
  fault: async ([name = '', node = '', argument]) => {
    const lab = await theLab();
    const { does } = faultNamed(name);
    const forMs = values.for === undefined ? undefined : durationMs(values.for);
    await lab.node(node).fault(name as FaultName, argument);
    say(`${node}: ${name} ${does}`);
    if (forMs !== undefined) {
      await pause(forMs);
      await lab.node(node).heal(name);
      say(`${node}: ${name} is healed`);
    }
    return 0;
  },
  heal: async ([name, node]) => {
    const lab = await theLab();
    if (name === undefined || node === undefined) await lab.healAll();
    else {
      faultNamed(name);
      await lab.node(node).heal(name);
    }
    return 0;
  },
  faults: async () => {
    const named = Object.entries(faults).map(([name, { does, ...more }]) => ({
      title: 'argument' in more ? `${name} ${more.argument.toUpperCase()}` : name,
      does,
    }));
    const width = Math.max(...named.map(({ title }) => title.length));
    for (const { title, does } of named) say(`${title.padEnd(width)}  ${does}`);
    return 0;
  },
  down: async () => {
    await clearLab(values.name);
    return 0;
  },
  clean: async () => {
    await clearLeftovers(say);
    const names = await labNames();
    if (names.length > 0 && !values.all) {
      throw new LabError(
        `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} up; take them down first, or clean --all`,
      );
    }
    for (const name of names) await clearLab(name);
    await removeImages();
    return 0;
  },
};

async function theLab(): Promise<Lab> {
  const lab = await findLab(values.name);
  if (lab === undefined)
    throw new LabError(`lab ${values.name} is not up; start it with: npm run lab -- up --name ${values.name}`);
  return lab;
}

async function showLab(name: string): Promise<void> {
  const state = await readState(name);
  const lab = await findLab(name);
  if (state === undefined || lab === undefined) {
    say(`lab ${name}: ${state === undefined ? 'left over from a crash' : 'being started'}`);
    return;
  }
  const isThere = (await namespaces()).includes(inside(name, [])[3] ?? '');
  say(`lab ${name}: up${isThere ? '' : ', but its network is gone'}, until ${new Date(state.endsAtMs).toISOString()}`);
  for (const node of lab.nodes) {
    const about = [node.plan.role, node.address, (await node.isOn()) ? 'on' : 'off'];
    const active = state.faults.filter((fault) => fault.node === node.name).map((fault) => fault.name);
    say(`  ${node.name.padEnd(12)} ${about.join('  ')}${active.length === 0 ? '' : `  faults: ${active.join(', ')}`}`);
  }
  say(`  inventory: ${lab.inventory}`);
}

function roleOf(word: string): Role {
  const role = ROLES.find((one) => one === word);
  if (role === undefined) throw new LabError(`no role is called "${word}"; there are ${ROLES.join(', ')}`);
  return role;
}

function numberOf(text: string, what: string, least: number, most: number): number {
  const value = Number(text);
  if (!(value >= least && value <= most) || (least >= 1 && !Number.isInteger(value)))
    throw new LabError(`--${what} takes ${least} to ${most}, not "${text}"`);
  return value;
}

function durationMs(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (amount === '') throw new LabError(`--for takes a time such as 10s or 2m, not "${text}"`);
  return Number(amount) * { ms: 1, s: 1_000, m: 60_000 }[unit as 'ms' | 's' | 'm'];
}

/** Runs a program on this terminal and ends as it ends. */
function attach(argv: readonly string[]): Promise<number> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit' });
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 137));
  });
}

const [name = 'help', ...args] = positionals;
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
try {
  const because = command === undefined || name === 'faults' ? undefined : whyNever();
  if (because !== undefined) throw new LabError(because);
  if (command === undefined) process.stdout.write(USAGE);
  process.exitCode = command === undefined ? (name === 'help' ? 0 : 2) : await command(args);
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
