import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { placesOf, rolloutsFolder } from '../../src/journal/places.ts';
import { type RolloutId, rolloutId } from '../../src/model/rollout.ts';
import type { Product } from './product.ts';
import { LabError, pause, searchPath } from './run.ts';

/** A rollout that a command has begun in a process of its own. */
export interface Begun {
  readonly id: RolloutId;
  /** Records and lines of log so far: how far it is, on a fast machine as on a slow one. */
  readonly progress: () => number;
  /** Resolves when so much has happened, or when it is over. */
  readonly reaches: (progress: number) => Promise<void>;
  readonly killCommand: () => void;
  readonly killRunner: () => void;
  /** Resolves when the command has ended, however. */
  readonly commandEnded: Promise<number | null>;
}

/** A rollout that does not start within this time does not start. */
const START_MS = 300_000;
/** No rollout of these tests is under way for longer. */
const LONGEST_MS = 400_000;

/** Starts `muster apply …` and returns when its rollout has started; once more where a busy node did not answer in time for a plan. */
export async function begin(product: Product, args: readonly string[]): Promise<Begun> {
  for (let turn = 1; ; turn += 1) {
    try {
      return await beginOnce(product, args);
    } catch (error) {
      if (turn === 4 || !(error instanceof LabError && /no (?:answer|program answered) within/.test(error.message)))
        throw error;
    }
  }
}

async function beginOnce(product: Product, args: readonly string[]): Promise<Begun> {
  const before = new Set(idsIn(product));
  const [program = '', ...rest] = product.argv(args);
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: searchPath(), ...product.env },
  });
  let words = '';
  let isOver = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      words = (words + String(chunk)).slice(-4_000);
    });
  }
  const commandEnded = new Promise<number | null>((resolve) => child.on('close', resolve));
  void commandEnded.then(() => {
    isOver = true;
  });
  const idNow = () => idsIn(product).find((id) => !before.has(id) && textOf(product, id).includes('"kind":"started"'));
  for (let waitedMs = 0; idNow() === undefined; waitedMs += 50) {
    if (isOver || waitedMs > START_MS) throw new LabError(`muster ${args.join(' ')} did not start a rollout: ${words}`);
    await pause(50);
  }
  const id = idNow() ?? rolloutId('');
  const progress = () => linesOf(textOf(product, id)) + logOf(product, id).length;
  return {
    id,
    progress,
    reaches: async (wanted) => {
      for (let waitedMs = 0; progress() < wanted && !textOf(product, id).includes('"kind":"ended"'); waitedMs += 20) {
        if (waitedMs > LONGEST_MS) throw new LabError(`${id} came to ${progress()} of ${wanted} and no further`);
        await pause(20);
      }
    },
    killCommand: () => void child.kill('SIGKILL'),
    killRunner: () => {
      try {
        const { pid }: { readonly pid: number } = JSON.parse(readFileSync(placesOf(product.state, id).runner, 'utf8'));
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        // It may have come to its end between the moment and the blow.
        if (!textOf(product, id).includes('"kind":"ended"')) throw error;
      }
    },
    commandEnded,
  };
}

/** Every line that nodes said, as `NODE: LINE`, in the order of each node. */
export function logOf({ state }: Product, id: RolloutId): readonly string[] {
  const { logs } = placesOf(state, id);
  return readdirSync(logs).flatMap((file) =>
    readFileSync(join(logs, file), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `${file.replace(/\.log$/, '')}: ${line}`),
  );
}

const linesOf = (text: string): number => text.split('\n').length - 1;

const textOf = ({ state }: Product, id: RolloutId): string => {
  try {
    return readFileSync(placesOf(state, id).journal, 'utf8');
  } catch {
    return '';
  }
};

function idsIn({ state }: Product): readonly RolloutId[] {
  try {
    return readdirSync(rolloutsFolder(state)).map(rolloutId);
  } catch {
    return [];
  }
}
