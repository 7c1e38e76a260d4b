import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Rollout } from '../../src/model/rollout.ts';
import type { Lab } from './lab.ts';
import { placesOf, projectRoot } from './places.ts';
import type { Ran } from './run.ts';

/** Planning looks at every node, and a rollout may wait for one that boots; the machine may be busy with other work. */
const WITHIN_MS = 400_000;

/** How often is asked where a plan refuses because a busy node did not answer in time, as a person would. */
const MOST_TURNS = 5;

/** What an inventory of a test's own has beside the lab's: lists are added to the lab's lists. */
export interface MoreInventory {
  readonly volumes?: readonly object[];
  readonly exports?: readonly object[];
  readonly mounts?: readonly object[];
}

/** The built product on a lab as a script uses it, with a state folder of its own. */
export interface Product {
  /** State folder, for `XDG_STATE_HOME`. */
  readonly state: string;
  /** Argument vector that runs it inside the lab, for who starts the process by himself. */
  readonly argv: (args: readonly string[]) => readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly run: (args: readonly string[]) => Promise<Ran>;
  /** As `run`, but throws with the product's words unless it exits with `code`; gives standard output. */
  readonly tells: (args: readonly string[], code?: number) => Promise<string>;
  /** A rollout as its journal has it; the newest without an id. */
  readonly rollout: (id?: string) => Promise<Rollout>;
  readonly remove: () => void;
}

/** muster on a lab, with an inventory that wishes more than the lab's own. */
export function productOn(lab: Lab, more: MoreInventory = {}): Product {
  const folder = mkdtempSync(join(tmpdir(), 'muster-lab-story-'));
  const inventory = join(folder, 'muster.yaml');
  const state = join(folder, 'state');
  mkdirSync(state);
  const theirs = parse(readFileSync(lab.insideInventory, 'utf8'));
  const lists = (['volumes', 'exports', 'mounts'] as const).map((list) => [
    list,
    [...(theirs[list] ?? []), ...(more[list] ?? [])],
  ]);
  writeFileSync(inventory, stringify({ ...theirs, ...Object.fromEntries(lists) }));
  const env = { HOME: placesOf(lab.name).home, XDG_STATE_HOME: state, TZ: 'UTC' };
  const argv = (args: readonly string[]) => [
    process.execPath,
    join(projectRoot, 'bin', 'muster'),
    ...args,
    ...(args[0] === 'rollouts' || args[0] === 'audit' ? [] : ['-i', inventory]),
  ];
  const run = async (args: readonly string[]): Promise<Ran> => {
    for (let turn = 1; ; turn += 1) {
      const ran = await lab.run(argv(args), { env, withinMs: WITHIN_MS });
      if (turn === MOST_TURNS || !/^refused: .*no (?:answer|program answered) within/m.test(ran.stdout)) return ran;
    }
  };
  const tells = async (args: readonly string[], code = 0): Promise<string> => {
    const ran = await run(args);
    if (ran.code === code) return ran.stdout;
    throw new Error(`muster ${args.join(' ')}: exit ${ran.code}\n${ran.stdout}\n${ran.stderr}`);
  };
  return {
    state: join(state, 'muster'),
    argv: (args) => lab.inside(argv(args)),
    env,
    run,
    tells,
    rollout: async (id = 'last') => {
      const { stdout, stderr } = await run(['rollouts', 'show', id, '--json']);
      if (stdout === '') throw new Error(stderr);
      return JSON.parse(stdout);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** How every job ended, e.g. `client-1: succeeded`, in the plan's order. */
export const endsOf = ({ stages }: Rollout): readonly string[] =>
  stages.flatMap((jobs) => jobs.map(({ node, state }) => `${node}: ${state}`));
