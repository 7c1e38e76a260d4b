// 256 nodes drop at once and come back while the console is open. A tick in its main thread tells how late keys would have been.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startBenchFleet } from './demo-fleet.ts';
import { emulate } from './emulator.ts';
import type { Part } from './figure.ts';
import { pause, percentile } from './numbers.ts';
import { musterProgram, startOnTerminal } from './pty.ts';

const NODES = 256;
const DOWN_MS = 2_000;
const BACK_WITHIN_MS = 20_000;
const AFTER_MS = 3_000;
const TICK = fileURLToPath(new URL('tick.mjs', import.meta.url));

/** Lateness of a 16 ms tick of the screen's thread in a reconnect storm. */
export const stormPart: Part = {
  name: 'storm',
  what: '256 nodes drop at once and come back: lateness of a 16 ms tick of the screen',
  run: async () => {
    const { fleet, inventoryFile, folder, close } = await startBenchFleet(NODES);
    const ticks = join(folder, 'ticks.json');
    const program = startOnTerminal({
      argv: [musterProgram, '-i', inventoryFile],
      nodeOptions: ['--import', pathToFileURL(TICK).href],
      env: { MUSTER_BENCH_TICKS: ticks },
      columns: 200,
      rows: 50,
      leave: 'q',
    });
    try {
      const emulator = emulate(program, 200, 50);
      const isAllUp = () => emulator.see(new RegExp(`● ?${NODES}\\b`), BACK_WITHIN_MS);
      if (!(await isAllUp())) throw new Error(`${NODES} nodes did not come up: ${emulator.row(0)}`);
      await pause(AFTER_MS);
      process.kill(program.pid, 'SIGUSR2');
      const names = fleet.inventory.nodes.map(({ name }) => name);
      for (const name of names) fleet.demo.inject(`node-lost@${name}`);
      await pause(DOWN_MS);
      await emulator.catchUp();
      const downRow = emulator.row(0);
      const healedAtMs = performance.now();
      for (const name of names) fleet.demo.heal(`node-lost@${name}`);
      const isBack = await isAllUp();
      const backSec = (performance.now() - healedAtMs) / 1_000;
      await pause(AFTER_MS);
      process.kill(program.pid, 'SIGUSR2');
      for (let tries = 0; tries < 50 && !existsSync(ticks); tries++) await pause(100);
      const late: readonly number[] = JSON.parse(readFileSync(ticks, 'utf8'));
      return {
        figures: [
          {
            name: '256 nodes drop and come back: lateness of a 16 ms tick, p99',
            unit: 'ms',
            muster: percentile(late, 99),
            target: { kind: 'value', atMost: 25 },
            note: `${late.length} ticks, p50 ${percentile(late, 50).toFixed(1)} ms, longest ${Math.max(...late).toFixed(0)} ms; ${isBack ? `all back ${backSec.toFixed(1)} s after they could be` : `not all back: ${emulator.row(0)}`}; at the worst: ${downRow.trim().replace(/ +/g, ' ')}`,
          },
        ],
      };
    } finally {
      await program.close();
      await close();
    }
  },
};
