import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { nodeIo } from '../config/node-io.ts';
import type { Templates } from '../config/templates.ts';
import { taskPreviews } from '../engine/task-previews.ts';
import type { RolloutOrder } from '../journal/order.ts';
import type { Input } from '../model/action.ts';
import { whyNeverAsked } from '../model/inventory.ts';
import { parseNodeSet } from '../model/node-set.ts';
import { type Play, type PlaybookStudy, THIS_MACHINE } from '../model/playbook.ts';
import { environmentFile } from './playbook-environment.ts';
import { ansibleHosts } from './playbook-hosts.ts';
import { ansibleError, parseListing } from './playbook-listing.ts';

/** What Ansible itself prints, beside the logs of the nodes. */
export const RAW_LOG = 'ansible-playbook.log';

/** Reading a playbook and its roles takes seconds; a dynamic inventory may ask a slow API. */
const LIST_MS = 120_000;

/** A check goes over every node, as the playbook will. */
const CHECK_MS = 30 * 60_000;

/** What a study needs of the order, and where its files go. */
export interface StudyOrder extends Pick<RolloutOrder, 'inventory' | 'endpoints' | 'readOnly'> {
  /** Where whoever asked stood. */
  readonly folder: string;
  /** Made for this playbook, in the rollout's folder. */
  readonly place: string;
  readonly rawLog: string;
}

const problem = (because: string, tryThis: string): PlaybookStudy => ({ kind: 'problem', because, tryThis });

/**
 * Writes what `ansible-playbook` is run with into the rollout's folder, has it list its plays, hosts and tasks, and where that is wished play
 * everything with `--check --diff`. Changes nothing on any node.
 */
export async function studyPlaybook(input: Input, order: StudyOrder, templates: Templates): Promise<PlaybookStudy> {
  if (order.readOnly !== undefined) return problem(order.readOnly, 'start muster without read-only');
  if (order.inventory.files.length === 0)
    return problem('the nodes of the demo are simulated and have no Python for Ansible', 'open an inventory of yours');
  const playbook = resolve(order.folder, String(input['playbook']));
  if (nodeIo.stat(playbook).kind !== 'file') return problem(`there is no playbook ${playbook}`, 'name another file');
  const because = prepare(order, templates);
  if (because !== undefined) return problem(because, 'put this right, then plan again');

  const wanted = wantedNodes(input, order);
  const listed = await play(
    order,
    input,
    [...commandFor(input, order, playbook, wanted), '--list-hosts', '--list-tasks'],
    LIST_MS,
  );
  if (listed.exitCode === 127)
    return problem('ansible-playbook is not on the PATH of this machine', 'install ansible-core here');
  if (listed.exitCode !== 0) return problem(ansibleError(listed.raw), 'correct the playbook, then plan again');
  const plays = parseListing(listed.raw);
  const nodes = hostsOf(plays, order);
  const [program, ...rest] = commandFor(input, order, playbook, nodes);
  const studied = { kind: 'studied', plays, argv: [program, ...rest], nodesAt: NODES_AT } as const;
  if (input['check'] !== true || nodes.length === 0) return studied;

  const checked = await play(order, input, [program, ...rest, '--check', '--diff'], CHECK_MS);
  // 2 and 4: tasks failed and hosts were not reached, which the difference of each node says.
  if (![0, 2, 4].includes(checked.exitCode))
    return problem(`the check failed: ${ansibleError(checked.raw)}`, 'plan without the check, or correct the playbook');
  return { ...studied, wouldDo: taskPreviews(checked.lines) };
}

/** Undefined when everything lies there; else why not. */
function prepare({ place, rawLog, folder, ...order }: StudyOrder, templates: Templates): string | undefined {
  try {
    mkdirSync(place, { recursive: true, mode: 0o700 });
    for (const name of ['play.sh', 'muster_lines.py']) {
      const source = templates.get(`ansible/${name}`);
      if (source === undefined) return `muster's own templates/ansible/${name} is missing`;
      writeFileSync(join(place, name), source.text, { mode: 0o600 });
    }
    const isOurs = order.inventory.ansible === undefined;
    if (isOurs) writeFileSync(join(place, 'hosts.yml'), ansibleHosts(order), { mode: 0o600 });
    const { env } = process;
    writeFileSync(join(place, 'environment'), environmentFile({ env, io: nodeIo, folder, place, rawLog, isOurs }), {
      mode: 0o600,
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Where in the command the nodes stand. */
const NODES_AT = 7;

/** The command; without nodes it is for whomever the playbook names. */
function commandFor(
  input: Input,
  { place, inventory, folder }: StudyOrder,
  playbook: string,
  nodes: readonly string[] | undefined,
): readonly [string, ...string[]] {
  const hosts = inventory.ansible === undefined ? join(place, 'hosts.yml') : resolve(folder, inventory.ansible);
  const lines = input['extraVars'];
  const text = (field: string, option: string): readonly string[] =>
    input[field] === undefined || input[field] === '' ? [] : [`${option}=${String(input[field])}`];
  const flag = (field: string, ...words: readonly string[]) => (input[field] === true ? words : []);
  const isGiven = (field: string): boolean => typeof input[field] === 'string' && input[field] !== '';
  return [
    '/bin/sh',
    join(place, 'play.sh'),
    place,
    'ansible-playbook',
    '-i',
    hosts,
    ...(nodes === undefined ? [] : ['--limit', nodes.join(',')]),
    ...text('forks', '--forks'),
    ...text('tags', '--tags'),
    ...text('skipTags', '--skip-tags'),
    ...(Array.isArray(lines) ? lines.map((line) => `--extra-vars=${fromHere(line, folder)}`) : []),
    ...flag('diff', '--diff'),
    ...(isGiven('vaultPassword') ? ['--vault-password-file', join(place, 'vault')] : []),
    ...(isGiven('becomePassword') ? ['--become-password-file', join(place, 'become')] : []),
    playbook,
  ];
}

/** `@vars.yml` is a file of whoever asked. */
const fromHere = (line: string, folder: string): string =>
  line.startsWith('@') && !isAbsolute(line.slice(1)) ? `@${resolve(folder, line.slice(1))}` : line;

/** The nodes that were named; undefined where it is for the playbook to say. */
function wantedNodes(input: Input, { inventory }: StudyOrder): readonly string[] | undefined {
  const set = input['nodes'] === undefined ? undefined : parseNodeSet(String(input['nodes']), inventory);
  return set?.kind === 'ok' ? set.nodes : undefined;
}

/** Hosts that muster knows, in the order of the inventory, and this machine: of others nobody could take the lock. */
function hostsOf(plays: readonly Play[], { inventory }: StudyOrder): readonly string[] {
  const named = new Set(plays.flatMap(({ hosts }) => hosts));
  const known = inventory.nodes.filter((node) => whyNeverAsked(node) === undefined).map(({ name }): string => name);
  return [...new Set([...known, THIS_MACHINE])].filter((host) => named.has(host));
}

interface Played {
  readonly exitCode: number;
  /** What Ansible printed. */
  readonly raw: string;
  /** What the callback told. */
  readonly lines: string;
}

/** Runs it here and now, passwords on its standard input; what it printed is taken out of the raw log again. */
async function play(
  { rawLog }: StudyOrder,
  input: Input,
  [program, ...words]: readonly string[],
  withinMs: number,
): Promise<Played> {
  const script = '"$@"; printf "\\nexit %d\\n" $?';
  rmSync(rawLog, { force: true });
  const ran = await nodeIo.run('/bin/sh', ['-c', script, 'sh', program ?? '', ...words], withinMs, passwordsOf(input));
  const content = nodeIo.readFile(rawLog);
  rmSync(rawLog, { force: true });
  const raw = content.kind === 'text' ? content.text : '';
  if (ran.kind === 'failed') return { exitCode: -1, raw: `${raw}\n${ran.because}`, lines: '' };
  return { exitCode: Number(/\nexit (\d+)\s*$/.exec(ran.stdout)?.[1] ?? -1), raw, lines: ran.stdout };
}

/** A line for each, empty where none is given, as `templates/ansible/play.sh` reads them. */
export const passwordsOf = (input: Input): string =>
  ['vaultPassword', 'becomePassword'].map((field) => `${String(input[field] ?? '')}\n`).join('');
