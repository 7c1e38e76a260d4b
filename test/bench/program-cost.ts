// What one refresh of the load costs: on the node under a shell, and in the engine of the console.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { startFleet } from '../../src/engine/run-fleet.ts';
import { probes } from '../../src/probes/registry.ts';
import { startShellNode } from '../engine/shell-node.ts';
import { createFakeClock } from '../sim/fake-clock.ts';
import { createFakeNodes } from '../sim/fake-nodes.ts';
import { endpoint, names } from '../sim/watched-fleet.ts';

/** CPU time of the program itself and of children it waited for, in ms per ask, and whether it had any. */
export interface ProgramCost {
  readonly cpuMs: number;
  readonly childCpuMs: number;
  readonly hasForked: boolean;
}

/** Asks a program under a shell for its load so many times, one after the other, and reads proc_pid_stat(5) before and after. */
export async function measureProgram(shell: readonly [string, ...string[]], asks = 2_000): Promise<ProgramCost> {
  const node = startShellNode(shell, probes);
  await node.hello;
  await node.ask('load');
  const before = statOf(node.pid);
  for (let round = 0; round < asks; round++) await node.ask('load');
  const after = statOf(node.pid);
  await node.end();
  const tickMs = 1_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return {
    cpuMs: ((after.ownTicks - before.ownTicks) * tickMs) / asks,
    childCpuMs: ((after.childTicks - before.childTicks) * tickMs) / asks,
    hasForked: after.childFaults !== before.childFaults,
  };
}

/** CPU ms of the engine per refresh (wheel, decoding, parsing, batching; no transport) over so many nodes and rounds of 2 s. */
export function measureEngine(nodeCount = 1_000, rounds = 30): number {
  const clock = createFakeClock();
  const hosts = names(nodeCount);
  const nodes = createFakeNodes(clock, hosts, []);
  const plan = {
    nodes: hosts.map((name) => ({ endpoint: endpoint(name), everyMs: {} })),
    lateAfterMs: 15_000,
    lostAfterMs: 30_000,
    maxConnecting: nodeCount,
  };
  const fleet = startFleet(plan, {
    probes: { load: probes.load },
    transport: nodes.transport,
    clock,
    random: () => 0.5,
  });
  let told = 0;
  fleet.subscribe((batch) => {
    told += batch.length;
  });
  const answer = ['loadavg', 'uptime', 'stat', 'meminfo']
    .map((file) =>
      readFileSync(`/proc/${file}`, 'utf8')
        .split('\n')
        .slice(0, file === 'meminfo' ? 3 : 1)
        .join('\n'),
    )
    .join('\n');
  for (const node of nodes.all()) node.answers.set('load', answer);
  clock.advance(10_000);
  const toldBefore = told;
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    // Another figure each time, so that nothing is skipped as equal.
    for (const node of nodes.all()) node.answers.set('load', answer.replace(/\n[\d.]+ /, `\n${1_000 + round}.00 `));
    clock.advance(2_000);
  }
  const { user, system } = process.cpuUsage(before);
  void fleet.close();
  return (user + system) / 1_000 / Math.max(1, told - toldBefore);
}

interface Stat {
  readonly childFaults: number;
  readonly ownTicks: number;
  readonly childTicks: number;
}

function statOf(pid: number): Stat {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat
    .slice(stat.lastIndexOf(') ') + 2)
    .split(' ')
    .map(Number);
  const field = (number: number) => fields[number - 3] ?? 0;
  return { childFaults: field(11), ownTicks: field(14) + field(15), childTicks: field(16) + field(17) };
}
