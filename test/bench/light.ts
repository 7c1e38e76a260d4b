// 256 simulated nodes that cost their machine little: here the client is the limit.
import { BARE, bareSweep } from './bare.ts';
import { startBenchFleet } from './demo-fleet.ts';
import type { Part } from './figure.ts';
import { median } from './numbers.ts';
import { answersIn, clush, type Peer, pssh } from './peers.ts';
import type { CommandCost } from './process-figures.ts';
import { musterSweep } from './sweep.ts';

const NODES = 256;
const ROUNDS = 2;

/** Cold sweep of 256 demo nodes against the best of clush and pssh, which ask one question (`uptime`) where muster asks all. */
export const lightPart: Part = {
  name: 'light',
  what: '256 demo nodes, cold: muster asks everything, the peers run one command',
  run: async () => {
    const fleet = await startBenchFleet(NODES);
    const peers = [clush, pssh].filter(({ run }) => run !== undefined);
    const missing = [clush, pssh].filter(({ run }) => run === undefined).map(({ name }) => `light: no ${name}`);
    const costs = new Map<string, CommandCost[]>(
      ['muster', BARE, ...peers.map(({ name }) => name)].map((name) => [name, []]),
    );
    try {
      for (let round = 0; round < ROUNDS; round++) {
        costs.get('muster')?.push(await musterSweep(fleet));
        costs.get(BARE)?.push(await bareSweep(fleet.folder, fleet.bare, 60));
        for (const peer of peers) {
          const cost = await runPeer(peer, fleet).catch(
            (error: unknown) => void missing.push(`light: ${error instanceof Error ? error.message.trim() : error}`),
          );
          if (cost !== undefined) costs.get(peer.name)?.push(cost);
        }
      }
    } finally {
      await fleet.close();
    }
    const of = (name: string, what: (cost: CommandCost) => number) => median((costs.get(name) ?? []).map(what));
    const wall = ({ wallSec }: CommandCost) => wallSec;
    const cpu = ({ cpuSec }: CommandCost) => cpuSec;
    const best = [...costs.keys()]
      .filter((name) => name !== 'muster' && name !== BARE && costs.get(name)?.length !== 0)
      .sort((a, b) => of(a, wall) - of(b, wall))[0];
    return {
      figures: [
        {
          name: 'cold sweep of 256 light nodes: wall',
          unit: 's',
          muster: of('muster', wall),
          ...(best === undefined ? {} : { peer: { name: `${best} uptime`, value: of(best, wall) } }),
          target: { kind: 'ratio', atMost: 0.25 },
          note: 'muster asks 17 questions and one per mount, the peer one',
        },
        {
          name: 'the same, CPU of the client and its children',
          unit: 's',
          muster: of('muster', cpu),
          ...(best === undefined ? {} : { peer: { name: `${best} uptime`, value: of(best, cpu) } }),
        },
        ...(
          [
            ['wall', wall],
            ['CPU', cpu],
          ] as const
        ).map(([what, cost]) => ({
          name: `the same, against ssh2 alone: ${what}`,
          unit: 's',
          muster: of('muster', cost),
          peer: { name: `${BARE}, uptime`, value: of(BARE, cost) },
        })),
      ],
      missing,
    };
  },
};

async function runPeer(
  peer: Peer,
  { addresses, sshConfigFile }: { readonly addresses: readonly string[]; readonly sshConfigFile: string },
): Promise<CommandCost> {
  const cost = await peer.run?.({ addresses, sshConfigFile, command: 'uptime', withinSec: 60 });
  if (cost === undefined) throw new Error(`${peer.name} is not installed`);
  const answers = answersIn(cost, 'load average');
  // A peer may miss a node or two on a busy machine; then it did a little less work, which is in its favour.
  if (answers < 0.95 * addresses.length)
    throw new Error(`${peer.name} answered for ${answers} nodes: ${cost.stderr.slice(0, 500)}`);
  return cost;
}
