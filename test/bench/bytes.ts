// What a still screen sends to its terminal, and what one changed cell costs: the console over a fleet whose time is stopped.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toYaml } from '../../src/config/to-yaml.ts';
import { startDemoFleet } from '../../src/demo/fleet.ts';
import { emulate } from './emulator.ts';
import type { Figure, Part } from './figure.ts';
import { median, pause } from './numbers.ts';
import { musterProgram, startOnTerminal } from './pty.ts';

const NODES = 24;
const STILL_MS = 20_000;
const CHANGES = 8;
const COLUMNS = 200;
const ROWS = 50;

/** Bytes to the terminal at 200x50: nothing changes; one node's uptime and load change. */
export const bytesPart: Part = {
  name: 'bytes',
  what: 'bytes to the terminal: a still screen, and one cell that changes',
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-bench-bytes-'));
    // Time stands still: every answer is the one before, as on a fleet where nothing happens.
    const stoppedAtMs = Date.now();
    const after = (delayMs: number, call: () => void) => {
      const timer = setTimeout(call, delayMs);
      return () => clearTimeout(timer);
    };
    const fleet = await startDemoFleet({ nodes: NODES, clock: { nowMs: () => stoppedAtMs, after } });
    const inventory = join(folder, 'muster.yaml');
    writeFileSync(inventory, toYaml(fleet.inventory));
    const program = startOnTerminal({
      argv: [musterProgram, '-i', inventory, '--open', 'nodes'],
      columns: COLUMNS,
      rows: ROWS,
      leave: 'q',
    });
    const emulator = emulate(program, COLUMNS, ROWS);
    try {
      if (!(await emulator.see(new RegExp(`● ?${NODES}\\b`), 30_000))) throw new Error('the fleet did not come up');
      await pause(40_000);
      const before = program.bytes();
      const from = program.pieces.length;
      await pause(STILL_MS);
      const perSec = ((program.bytes() - before) / STILL_MS) * 1_000;
      const told = program.pieces.slice(from).map(({ text }) => JSON.stringify(text.slice(0, 60)));
      const still: Figure = {
        name: 'idle screen, nothing changes: bytes a second (at most one clock cell)',
        unit: 'B/s',
        muster: perSec,
        target: { kind: 'value', atMost: 30 / 20 },
        ...(told.length === 0
          ? {}
          : { note: `${told.length} writes in ${STILL_MS / 1_000} s: ${told.slice(0, 4).join(' ')}` }),
      };
      const changes: number[] = [];
      for (let change = 0; change < CHANGES; change++) changes.push(await oneChange(change));
      return {
        figures: [
          still,
          {
            name: 'one cell changes: bytes',
            unit: 'B',
            muster: median(changes),
            target: { kind: 'value', atMost: 150 },
            note: 'the cursor mark of one row is set and taken away; the count in the header changes with it',
          },
        ],
      };
    } finally {
      await program.close();
      await fleet.close();
      rmSync(folder, { recursive: true, force: true });
    }

    async function oneChange(change: number): Promise<number> {
      const bytes = program.bytes();
      program.write(change % 2 === 0 ? ' ' : 'U');
      await pause(700);
      return program.bytes() - bytes;
    }
  },
};
