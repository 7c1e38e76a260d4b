// A thousand nodes watched with the screen open: processor time, memory, and how fast a key is answered meanwhile.
import { BARE, startBareWatch } from './bare.ts';
import { type BenchFleet, startBenchFleet } from './demo-fleet.ts';
import { type Emulator, emulate } from './emulator.ts';
import type { Figure, Part } from './figure.ts';
import { pause, percentile } from './numbers.ts';
import { cpuByThread, cpuMsOf, residentMb } from './process-figures.ts';
import { musterProgram, type OnTerminal, startOnTerminal } from './pty.ts';

const NODES = 1_000;
const COLUMNS = 200;
const ROWS = 50;
const UP_WITHIN_MS = 60_000;
/** What is compiled in the first half minute of a process is no steady state. */
const SETTLE_MS = 30_000;
const WINDOW_MS = 30_000;
const KEYS = 200;

/** CPU and memory of the console over 30 s of 1,000 nodes every 2 s, and key to paint in the same run. */
export const steadyPart: Part = {
  name: 'steady',
  what: '1,000 demo nodes every 2 s, the console open at 200x50; then key to paint',
  run: async () => {
    const fleet = await startBenchFleet(NODES);
    const { inventoryFile, close } = fleet;
    const program = startOnTerminal({
      argv: [musterProgram, '-i', inventoryFile, '--open', 'nodes'],
      columns: COLUMNS,
      rows: ROWS,
      leave: 'q',
    });
    const emulator = emulate(program, COLUMNS, ROWS);
    try {
      const isAllUp = await emulator.see(new RegExp(`● ?${NODES}\\b`), UP_WITHIN_MS);
      if (!isAllUp) throw new Error(`not all of ${NODES} nodes came up: ${emulator.row(0)}`);
      const allUpAfterMs = performance.now() - program.startedAtMs;
      await pause(SETTLE_MS);
      const steady = await measureSteady(program, allUpAfterMs);
      const keys = await measureKeys(program, emulator);
      await program.close();
      const bare = await measureBare(fleet);
      return { figures: [...steady.map((figure, place) => ({ ...figure, ...bare[place] })), ...keys] };
    } finally {
      await program.close();
      await close();
    }
  },
};

/** CPU and memory of ssh2 alone with the same nodes and questions, as peers of the two figures. */
async function measureBare({ folder, bare }: BenchFleet): Promise<readonly Pick<Figure, 'peer'>[]> {
  const { pid, end } = await startBareWatch(folder, bare, UP_WITHIN_MS);
  try {
    await pause(SETTLE_MS);
    const before = cpuMsOf(pid);
    const startedAtMs = performance.now();
    await pause(WINDOW_MS);
    const percent = ((cpuMsOf(pid) - before) / (performance.now() - startedAtMs)) * 100;
    return [{ peer: { name: BARE, value: percent } }, { peer: { name: BARE, value: residentMb(pid) } }];
  } finally {
    await end();
  }
}

async function measureSteady(program: OnTerminal, allUpAfterMs: number): Promise<readonly Figure[]> {
  const { pid } = program;
  const before = cpuMsOf(pid);
  const threadsBefore = cpuByThread(pid);
  const bytesBefore = program.bytes();
  const startedAtMs = performance.now();
  await pause(WINDOW_MS);
  const tookMs = performance.now() - startedAtMs;
  const percent = ((cpuMsOf(pid) - before) / tookMs) * 100;
  const threads = [...cpuByThread(pid)]
    .map(([name, ms]) => ({ name, percent: ((ms - (threadsBefore.get(name) ?? 0)) / tookMs) * 100 }))
    .filter((thread) => thread.percent >= 0.5)
    .sort((a, b) => b.percent - a.percent)
    .map((thread) => `${thread.name} ${thread.percent.toFixed(1)}`);
  const bytesPerSec = ((program.bytes() - bytesBefore) / tookMs) * 1_000;
  return [
    {
      name: '1,000 nodes every 2 s, screen open at 200x50: CPU',
      unit: '% of a core',
      muster: percent,
      target: { kind: 'value', atMost: 25 },
      note: `by thread: ${threads.join(', ')}; ${bytesPerSec.toFixed(0)} B/s to the terminal; all up ${(allUpAfterMs / 1_000).toFixed(1)} s after start`,
    },
    { name: 'the same: resident memory', unit: 'MB', muster: residentMb(pid), target: { kind: 'value', atMost: 250 } },
  ];
}

/** Moves the cursor and waits until the emulator behind the terminal shows it on another row. */
async function measureKeys(program: OnTerminal, { catchUp, cursorRow }: Emulator): Promise<readonly Figure[]> {
  await catchUp();
  const took: number[] = [];
  for (let press = 0; press < KEYS; press++) {
    await pause(30 + ((press * 7) % 40));
    await catchUp();
    const before = cursorRow();
    const pressedAtMs = performance.now();
    program.write(press % 40 < 20 ? 'j' : 'k');
    const atMs = await shownWithin(program, () => catchUp(() => cursorRow() !== before), 1_000);
    if (atMs !== undefined) took.push(atMs - pressedAtMs);
  }
  if (took.length < KEYS * 0.9) throw new Error(`only ${took.length} of ${KEYS} keys were seen to move the cursor`);
  return [
    {
      name: 'key to paint at 200x50 with 500 node updates a second: p99',
      unit: 'ms',
      muster: percentile(took, 99),
      target: { kind: 'value', atMost: 16 },
      note: `${took.length} keys, p50 ${percentile(took, 50).toFixed(1)} ms`,
    },
  ];
}

async function shownWithin(
  program: OnTerminal,
  look: () => Promise<number | undefined>,
  withinMs: number,
): Promise<number | undefined> {
  const untilMs = performance.now() + withinMs;
  while (performance.now() < untilMs) {
    const atMs = await look();
    if (atMs !== undefined) return atMs;
    await program.until(() => true, 50, program.pieces.length);
  }
  return undefined;
}
