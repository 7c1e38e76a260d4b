import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { nodeIo } from '../config/node-io.ts';
import { homeOf } from '../config/places.ts';
import { settingsPath } from '../config/settings-type.ts';
import { type CliCommand, EXIT, FLEET_OPTIONS } from './command.ts';
import type { CliContext } from './context.ts';
import { safeJson, safeText } from './output.ts';

/** Version of the JSON that `doctor` prints. docs/json.md. */
export const DOCTOR_SCHEMA = 'muster.doctor.v1';

interface Check {
  readonly name: string;
  readonly state: 'good' | 'warning' | 'bad';
  readonly text: string;
}

/** `muster doctor`: whether this machine has what muster needs, and what to do where it has not. */
export const doctorCommand = {
  name: 'doctor',
  summary: 'check this machine: runtime, ssh, agent, known hosts, terminal, settings, inventory',
  options: { inventory: FLEET_OPTIONS.inventory, json: { type: 'boolean', help: 'as JSON (schema muster.doctor.v1)' } },
  async run({ values }, context) {
    const checks = await Promise.all([
      checkNode(),
      checkSsh(),
      checkAgent(context),
      checkKnownHosts(),
      checkTerminal(context),
      checkState(context),
      checkSettings(context),
      checkInventory(() => context.readInventory(values)),
    ]);
    if (values['json'] === true) context.print(safeJson({ schema: DOCTOR_SCHEMA, checks }));
    else
      context.print(
        checks.map(({ name, state, text }) => safeText(`${state.padEnd(9)}${name.padEnd(14)}${text}`)).join('\n'),
      );
    return checks.some(({ state }) => state === 'bad') ? EXIT.findings : EXIT.ok;
  },
} satisfies CliCommand;

async function checkNode(): Promise<Check> {
  const major = Number(process.versions.node.split('.')[0]);
  const isTried = [22, 24, 26].includes(major);
  return {
    name: 'node',
    state: isTried ? 'good' : 'warning',
    text: `${process.versions.node}${isTried ? '' : '; tried on 22, 24 and 26'}`,
  };
}

function checkSsh(): Promise<Check> {
  return new Promise((resolve) => {
    execFile('ssh', ['-V'], { timeout: 5_000 }, (error, _stdout, stderr) => {
      const version = stderr.trim().split(',')[0] ?? '';
      resolve(
        error === null
          ? { name: 'ssh', state: 'good', text: `${version}, for certificates, FIDO keys, GSSAPI and ProxyCommand` }
          : {
              name: 'ssh',
              state: 'warning',
              text: 'no system ssh: nodes that need certificates, FIDO keys, GSSAPI or ProxyCommand cannot be reached; install openssh-client',
            },
      );
    });
  });
}

function checkAgent({ env }: CliContext): Promise<Check> {
  const socket = env['SSH_AUTH_SOCK'];
  if (socket === undefined || socket === '') {
    return Promise.resolve({
      name: 'agent',
      state: 'warning',
      text: 'SSH_AUTH_SOCK is not set; key files are used, encrypted ones are asked for once',
    });
  }
  return new Promise((resolve) => {
    const end = (check: Check) => {
      connection.destroy();
      resolve(check);
    };
    const connection = connect(socket, () => end({ name: 'agent', state: 'good', text: 'answers' }));
    connection.setTimeout(2_000, () =>
      end({ name: 'agent', state: 'bad', text: 'does not answer; start a new one: eval "$(ssh-agent)"' }),
    );
    connection.on('error', ({ message }) =>
      end({ name: 'agent', state: 'bad', text: `${message}; SSH_AUTH_SOCK may be left over from an ended session` }),
    );
  });
}

async function checkKnownHosts(): Promise<Check> {
  const file = join(homedir(), '.ssh', 'known_hosts');
  if (!existsSync(file))
    return { name: 'known hosts', state: 'good', text: 'none yet; new keys are shown for review, H in the console' };
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return { name: 'known hosts', state: 'good', text: 'readable and writable' };
  } catch {
    return {
      name: 'known hosts',
      state: 'bad',
      text: '~/.ssh/known_hosts cannot be read and written; check its owner and mode',
    };
  }
}

async function checkTerminal({ env, columns, hasColours }: CliContext): Promise<Check> {
  const term = env['TERM'] ?? '';
  const isUtf8 = /utf-?8/i.test(env['LC_ALL'] ?? env['LC_CTYPE'] ?? env['LANG'] ?? '');
  const words = [
    `TERM=${term}`,
    `${columns} columns`,
    hasColours ? 'colours' : 'no colours',
    isUtf8 ? 'UTF-8' : 'no UTF-8 locale: ASCII is drawn',
  ];
  const isUsable = term !== '' && term !== 'dumb';
  return {
    name: 'terminal',
    state: isUsable ? (isUtf8 ? 'good' : 'warning') : 'bad',
    text: isUsable ? words.join(', ') : `TERM=${term}: the console needs a terminal; muster status works without`,
  };
}

async function checkState({ env }: CliContext): Promise<Check> {
  const folder = join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'muster');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    return { name: 'state folder', state: 'good', text: 'writable' };
  } catch (error) {
    return {
      name: 'state folder',
      state: 'bad',
      text: `${error instanceof Error ? error.message : String(error)}; views and crash reports cannot be kept`,
    };
  }
}

async function checkSettings({ env }: CliContext): Promise<Check> {
  const path = settingsPath({ env, home: homeOf(env) });
  if (!existsSync(path)) return { name: 'settings', state: 'good', text: `none (${path}); the defaults are used` };
  const [{ readSettings }, { formatProblems }] = await Promise.all([
    import('../config/settings.ts'),
    import('../config/problem.ts'),
  ]);
  const read = readSettings(path, nodeIo);
  if (read.kind === 'ok') return { name: 'settings', state: 'good', text: path };
  const [first] = formatProblems(read.errors).split('\n');
  const rest = read.errors.length - 1;
  return {
    name: 'settings',
    state: 'bad',
    text: `${first}${rest > 0 ? ` (and ${rest} more)` : ''}; the defaults are used`,
  };
}

async function checkInventory(
  read: CliContext['readInventory'] extends (values: never) => infer R ? () => R : never,
): Promise<Check> {
  try {
    const { name, nodes, notices } = await read();
    const text = `${name}: ${nodes.length} nodes${notices.length > 0 ? `, ${notices.length} notices (muster inventory check)` : ''}`;
    return { name: 'inventory', state: notices.length > 0 ? 'warning' : 'good', text };
  } catch (error) {
    return {
      name: 'inventory',
      state: 'bad',
      text: (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '',
    };
  }
}
