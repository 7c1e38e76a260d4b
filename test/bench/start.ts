// From process start to the first complete frame, as shipped, against an empty Node; interleaved, so that a busy machine hits both.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure, Part } from './figure.ts';
import { median } from './numbers.ts';
import { musterProgram, startOnTerminal } from './pty.ts';

const ROUNDS = 21;
/** The footer is the last row of a frame. */
const FOOTER = 'help';

/** Start of the console against `node -e 0` of the same Node. */
export const startPart: Part = {
  name: 'start',
  what: 'process start to first complete frame, against node -e 0',
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-bench-start-'));
    const inventory = join(folder, 'muster.yaml');
    writeFileSync(inventory, 'nodes:\n  n[01-24]: { address: 127.0.0.1, port: 9 }\n');
    try {
      await timeToFrame(['--demo'], 'nodes');
      return { figures: await measure(inventory) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(inventory: string): Promise<readonly Figure[]> {
  const empty: number[] = [];
  const demo: number[] = [];
  const own: number[] = [];
  const rows: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    empty.push(await timeToExit());
    demo.push((await timeToFrame(['--demo'])).frameMs);
    const times = await timeToFrame(['-i', inventory], 'n24');
    own.push(times.frameMs);
    rows.push(times.wordMs);
  }
  const peer = { name: 'node -e 0', value: median(empty) };
  const target = { kind: 'ratio', atMost: 2.3 } as const;
  return [
    { name: 'start to first complete frame, --demo', unit: 'ms', muster: median(demo), peer, target },
    { name: 'start to first complete frame, inventory of 24 nodes', unit: 'ms', muster: median(own), peer, target },
    { name: 'start to the 24 nodes on the screen', unit: 'ms', muster: median(rows), peer },
  ];
}

async function timeToExit(): Promise<number> {
  const program = startOnTerminal({ argv: ['-e', '0'], columns: 80, rows: 24 });
  await program.exited;
  const tookMs = performance.now() - program.startedAtMs;
  await program.close();
  return tookMs;
}

async function timeToFrame(
  args: readonly string[],
  word?: string,
): Promise<{ readonly frameMs: number; readonly wordMs: number }> {
  const program = startOnTerminal({ argv: [musterProgram, ...args], columns: 80, rows: 24, leave: 'q' });
  const timeOf = async (wanted: string) =>
    ((await program.until(({ text }) => text.includes(wanted), 10_000)) ?? Number.NaN) - program.startedAtMs;
  const frameMs = await timeOf(FOOTER);
  const wordMs = word === undefined ? Number.NaN : await timeOf(word);
  await program.close();
  return { frameMs, wordMs };
}
