import { chance } from '../chance.ts';
import type { NodeState } from '../node-state.ts';
import type { World } from '../world.ts';

/** A moment in the life of a command: it takes time (on a slow node more, unless the time is exact), says something, or sleeps in the kernel until something changes. */
export type Moment =
  | { readonly kind: 'wait'; readonly ms: number; readonly isExact?: true }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'stuck'; readonly isOver: () => boolean; readonly isKillable?: true };

/** A command at work on a node; it returns its exit code. What it changes, it changes between two moments. */
export type Doing = Generator<Moment, number, void>;

/** A node as a command sees it. */
export interface Bench {
  readonly world: World;
  readonly name: string;
  readonly isRoot: boolean;
  readonly stdin: string;
}

/** One command of the simulated nodes, with the words after its name. */
export interface Command {
  /** Refused to anybody but root. */
  readonly needsRoot?: true;
  readonly play: (bench: Bench, args: readonly string[]) => Doing;
}

export type Commands = { readonly [word: string]: Command };

/** The state of the node now; a node cannot leave its world. */
export function stateOf({ world, name }: Bench): NodeState {
  const node = world.node(name);
  if (node === undefined) throw new RangeError(`there is no node ${name}`);
  return node;
}

/** Changes the node. */
export function change({ world, name }: Bench, what: (node: NodeState) => NodeState): void {
  world.change(name, what);
}

/** Something takes so long. */
export const wait = (ms: number): Moment => ({ kind: 'wait', ms });

/** A line of output. */
export const say = (text: string): Moment => ({
  kind: 'say',
  text: text === '' || text.endsWith('\n') ? text : `${text}\n`,
});

/** Says why and ends. */
export function* failed(words: string, exitCode = 1): Doing {
  yield say(words);
  return exitCode;
}

/** Arguments apart from options: `-t nfs4 -o ro -- a b` with `t` and `o` taking values. */
export interface Parsed {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly words: readonly string[];
}

/** Reads options as getopt(3) does, for short options one by one; `taking` names those with a value, without dashes. */
export function parseArgs(args: readonly string[], taking: readonly string[] = []): Parsed {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const words: string[] = [];
  const left = args.values();
  for (const arg of left) {
    if (arg === '--') words.push(...left);
    else if (/^--?[^-]/.test(arg)) {
      const [name = '', value] = arg.replace(/^--?/, '').split(/=(.*)/s, 2);
      if (taking.includes(name)) values.set(name, value ?? left.next().value ?? '');
      else if (arg.startsWith('--') || value !== undefined) flags.add(value === undefined ? name : `${name}=${value}`);
      else for (const letter of name) flags.add(letter);
    } else words.push(arg);
  }
  return { flags, values, words };
}

/** One node in twelve takes several times as long as the others: a tired disk, a crowded bus. */
const STRAGGLER = { each: 12, number: 7, times: 6 };

/** How long this node takes for what others do in a second; the same in every run. */
export function paceOf({ name, seed }: NodeState): number {
  const number = Number(/\d+$/.exec(name)?.[0] ?? 0);
  const own = 0.8 + chance(seed, 90) * 0.4;
  return number % STRAGGLER.each === STRAGGLER.number ? own * STRAGGLER.times : own;
}
