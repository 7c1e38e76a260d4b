// One cold look at 256 nodes: connect, ask everything, end. The nodes are one sshd of our own that answers on 256 addresses.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mounts } from '../../src/probes/mounts.ts';
import { probes } from '../../src/probes/registry.ts';
import { usage } from '../../src/probes/usage.ts';
import { BARE, bareSweep } from './bare.ts';
import type { Figure, Part } from './figure.ts';
import { median } from './numbers.ts';
import { answersIn, CHEAPEST, clush, type Peer } from './peers.ts';
import { type CommandCost, costOf } from './process-figures.ts';
import { musterProgram } from './pty.ts';
import { type BenchSshd, hasSshd, startBenchSshd } from './sshd.ts';

const NODES = 256;
/** Single runs differ by a tenth in CPU. */
const ROUNDS = 3;
const WITHIN_SEC = 120;
/** What the equal script prints last. */
const END = 'end-of-facts';

/** Cold sweep of 256 nodes behind a real sshd, all facts, against clush running one script of the same fragments. */
export const sweepPart: Part = {
  name: 'sweep',
  what: '256 nodes of one real sshd, cold, all facts of every node',
  run: async () => {
    if (!hasSshd) return { figures: [], missing: ['sweep: no /usr/sbin/sshd (Debian: openssh-server)'] };
    if (clush.run === undefined) return { figures: [], missing: ['sweep: no clush (Debian: clustershell)'] };
    const sshd = await startBenchSshd(NODES);
    try {
      return { figures: await sweep(sshd) };
    } finally {
      await sshd.close();
    }
  },
};

interface Costs {
  readonly muster: CommandCost[];
  readonly stock: CommandCost[];
  readonly cheapest: CommandCost[];
  readonly bare: CommandCost[];
}

async function sweep(sshd: BenchSshd): Promise<readonly Figure[]> {
  const script = join(sshd.folder, 'facts.sh');
  writeFileSync(script, equalScript());
  const costs: Costs = { muster: [], stock: [], cheapest: [], bare: [] };
  const peer = (options: string) => runPeer(clush, sshd, `sh ${script}`, options);
  for (let round = 0; round < ROUNDS; round++) {
    costs.muster.push(await musterSweep(sshd));
    costs.cheapest.push(await peer(CHEAPEST));
    costs.stock.push(await peer(''));
    costs.bare.push(await bareSweep(sshd.folder, sshd.bare, WITHIN_SEC));
  }
  const wall = (of: readonly CommandCost[]) => median(of.map(({ wallSec }) => wallSec));
  const cpu = (of: readonly CommandCost[]) => median(of.map(({ cpuSec }) => cpuSec));
  const muster = wall(costs.muster);
  return [
    {
      name: 'cold sweep of 256 nodes: wall, against clush as Debian ships it',
      unit: 's',
      muster,
      peer: { name: 'clush -f 256', value: wall(costs.stock) },
      target: { kind: 'ratio', atMost: 0.45 },
    },
    {
      name: 'the same, against clush with the cheapest algorithms forced',
      unit: 's',
      muster,
      peer: { name: 'clush, curve25519 and aes128-gcm', value: wall(costs.cheapest) },
      target: { kind: 'ratio', atMost: 1 },
    },
    {
      name: 'the same, CPU of the client and its children',
      unit: 's',
      muster: cpu(costs.muster),
      peer: { name: 'clush, curve25519 and aes128-gcm', value: cpu(costs.cheapest) },
      target: { kind: 'ratio', atMost: 0.25 },
      note: `in ${ROUNDS} runs ${costs.muster.map(({ cpuSec }) => cpuSec.toFixed(2)).join(', ')} s, the peer ${costs.cheapest.map(({ cpuSec }) => cpuSec.toFixed(2)).join(', ')} s`,
    },
    {
      name: 'the same, against ssh2 alone, one command a node and its answer dropped: CPU',
      unit: 's',
      muster: cpu(costs.muster),
      peer: { name: BARE, value: cpu(costs.bare) },
    },
  ];
}

/** `muster status` as a whole process: start, inventory, connections, all answers, parsing, store, diagnosis, table, end. */
export async function musterSweep({ inventoryFile }: { readonly inventoryFile: string }): Promise<CommandCost> {
  const argv = [
    process.execPath,
    musterProgram,
    'status',
    '--json',
    '-i',
    inventoryFile,
    '--timeout',
    String(WITHIN_SEC),
  ];
  const cost = await costOf(argv, WITHIN_SEC + 10);
  const silent = unansweredIn(cost.stdout);
  if (silent.length > 0) throw new Error(`muster has no answer to ${silent.slice(0, 5).join(', ')}: ${cost.stderr}`);
  return cost;
}

interface StatusDocument {
  readonly nodes: readonly {
    readonly name: string;
    readonly facts: { readonly [fact: string]: { readonly state?: string } | undefined };
  }[];
}

/** Nodes and questions without a last word; an equal comparison has none. */
function unansweredIn(stdout: string): readonly string[] {
  const { nodes }: StatusDocument = JSON.parse(stdout);
  const questions = Object.values(probes).flatMap((probe) => ('targets' in probe ? [] : [probe.name]));
  return nodes.flatMap(({ name, facts }) =>
    questions
      .filter((probe) => ['never', 'waiting', undefined].includes(facts[probe]?.state))
      .map((probe) => `${name} ${probe}`),
  );
}

async function runPeer(peer: Peer, sshd: BenchSshd, command: string, options: string): Promise<CommandCost> {
  const { addresses, sshConfigFile } = sshd;
  const cost = await peer.run?.({ addresses, sshConfigFile, command, options, withinSec: WITHIN_SEC });
  if (cost === undefined) throw new Error(`${peer.name} is not installed`);
  const answers = answersIn(cost, END);
  if (answers !== addresses.length)
    throw new Error(`${peer.name} answered for ${answers} nodes: ${cost.stderr.slice(0, 500)}`);
  return cost;
}

/**
 * One script that prints what all probes print, by their own fragments and in their order, with statfs of the mounts muster would ask
 * about. It has neither deadlines nor frames: less work than muster does.
 */
function equalScript(): string {
  const targets = usageTargetsHere();
  const functions = Object.values(probes).map(({ name, ask }) => `q_${name}() {\n${ask.sh.trim()}\n}`);
  const calls = Object.values(probes)
    .filter((probe) => !('targets' in probe) && probe.name !== 'privilege')
    .map(({ name }) => `(q_${name}) 2>/dev/null </dev/null`);
  return [
    'unset sudo; LC_ALL=C; PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH; cd /',
    ...functions,
    'm_word=$(q_privilege 2>/dev/null </dev/null); echo "$m_word"',
    "case $m_word in root) sudo=;; sudo*) sudo='sudo -n';; esac",
    ...calls,
    ...targets.map((target) => `(q_usage '${target.replaceAll("'", "'\\''")}') 2>/dev/null </dev/null`),
    `echo ${END}`,
    '',
  ].join('\n');
}

function usageTargetsHere(): readonly string[] {
  const stdout = execFileSync('sh', ['-c', `cd /; ${mounts.ask.sh}`], { encoding: 'utf8' });
  const parsed = mounts.parse({ stdout, exitCode: 0 });
  return parsed.kind === 'fact' ? usage.targets({ mounts: parsed.value }) : [];
}
