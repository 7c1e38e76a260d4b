// One command on 200 nodes at once as a whole process: plan, start, journal, logs, the words of every node. The nodes are one sshd of our own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure, Part } from './figure.ts';
import { median } from './numbers.ts';
import { ansible, clush, type Peer } from './peers.ts';
import { type CommandCost, costOf } from './process-figures.ts';
import { musterProgram } from './pty.ts';
import { runnersGone } from './runners.ts';
import { type BenchSshd, canSeparate, hasSshd, startBenchSshd } from './sshd.ts';

const NODES = 200;
const ROUNDS = 3;
const WITHIN_SEC = 300;
/** Ansible starts a Python on every node, which takes minutes where all nodes are one machine; its median is of fewer runs. */
const ANSIBLE_ROUNDS = 1;
/** What every node prints; no other output of any of the three holds it. */
const WORD = 'said-by-the-node';
const COMMAND = ['/bin/echo', WORD] as const;

/** `muster apply run-command` on 200 nodes at once against `clush -f 200` and `ansible -m command -f 200`. */
export const rolloutPart: Part = {
  name: 'rollout',
  what: '200 nodes of one real sshd: one command on all at once, recorded and verified, against clush and ansible',
  run: async () => {
    if (!hasSshd) return { figures: [], missing: ['rollout: no /usr/sbin/sshd (Debian: openssh-server)'] };
    if (!canSeparate())
      return { figures: [], missing: ['rollout: only root may give each node of one machine a /run of its own'] };
    const missing = [clush, ansible].flatMap(({ name, run, debian }) =>
      run === undefined ? [`rollout: no ${name} (Debian: ${debian})`] : [],
    );
    const sshd = await startBenchSshd(NODES, { ownRun: true });
    const state = mkdtempSync(join(tmpdir(), 'muster-bench-state-'));
    try {
      return { figures: await rollouts(sshd, state), missing };
    } finally {
      await runnersGone(state);
      await sshd.close();
      rmSync(state, { recursive: true, force: true });
    }
  },
};

async function rollouts(sshd: BenchSshd, state: string): Promise<readonly Figure[]> {
  const costs = { muster: [] as CommandCost[], clush: [] as CommandCost[], ansible: [] as CommandCost[] };
  for (let round = 0; round < ROUNDS; round++) {
    costs.muster.push(await musterRollout(sshd, state));
    // What it clears away on the nodes afterwards must not disturb the next one.
    await runnersGone(state);
    for (const peer of [clush, ansible])
      if (peer.run !== undefined && (peer === clush || round < ANSIBLE_ROUNDS))
        costs[peer.name].push(await runPeer(peer, sshd));
  }
  const wall = (of: readonly CommandCost[]) => median(of.map(({ wallSec }) => wallSec));
  const against = (name: 'clush' | 'ansible', atMost: number): readonly Figure[] =>
    costs[name].length === 0 && name !== 'clush'
      ? []
      : [
          {
            name: name === 'clush' ? `one command on ${NODES} nodes at once: wall` : 'the same, against ansible',
            unit: 's',
            muster: wall(costs.muster),
            ...(costs[name].length === 0
              ? {}
              : { peer: { name: PEER_COMMANDS[name], value: wall(costs[name]) }, target: { kind: 'ratio', atMost } }),
            ...(name === 'clush' ? { note: NOTE } : {}),
          },
        ];
  return [...against('clush', 1), ...against('ansible', 0.2)];
}

const PEER_COMMANDS = { clush: `clush -f ${NODES}`, ansible: `ansible -m command -f ${NODES}` } as const;

const NOTE =
  'muster locks the node, writes a synced journal line before each step, runs the step so that it outlives the link, and keeps every log; the peers do none of it';

async function musterRollout({ inventoryFile }: BenchSshd, state: string): Promise<CommandCost> {
  const limits = ['--canary', String(NODES), '--max-unavailable', String(NODES)];
  const argv = [process.execPath, musterProgram, 'apply', 'run-command', '-i', inventoryFile, '-l', 'all', '--yes'];
  const env = { ...process.env, XDG_STATE_HOME: state };
  const cost = await costOf([...argv, ...limits, '--', ...COMMAND], WITHIN_SEC, env);
  if (cost.exitCode !== 0 || !cost.stdout.includes(`${NODES} succeeded of ${NODES} nodes`))
    throw new Error(`muster ended with ${cost.exitCode}: ${cost.stdout.slice(-500)} ${cost.stderr.slice(0, 500)}`);
  return cost;
}

async function runPeer(peer: Peer, { addresses, sshConfigFile }: BenchSshd): Promise<CommandCost> {
  const cost = await peer.run?.({ addresses, sshConfigFile, command: COMMAND.join(' '), withinSec: WITHIN_SEC });
  const answers = cost?.stdout.split('\n').filter((line) => line.endsWith(WORD)).length ?? 0;
  if (cost === undefined || answers !== addresses.length)
    throw new Error(`${peer.name} answered for ${answers} nodes: ${cost?.stderr.slice(0, 500)}`);
  return cost;
}
