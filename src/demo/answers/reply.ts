import type { NodeState } from '../node-state.ts';
import type { World } from '../world.ts';

/** One question as it reaches a node, with all that an answer may depend on. */
export interface Asked {
  readonly node: NodeState;
  readonly world: World;
  readonly nowMs: number;
  /** What `$sudo` is worth on this connection. */
  readonly privilege: 'root' | 'sudo' | 'none';
  readonly target: string;
  /** The columns the console's program asks a tool for, e.g. those of `--query-gpu=`. */
  readonly columns: Columns;
}

/** The lists of columns found in the program text, so that the simulated tools print what they are really asked for. */
export interface Columns {
  readonly gpu: readonly string[];
  readonly lsblk: readonly string[];
  readonly units: readonly string[];
}

/** What a question comes to: a text with its exit code, or nothing at all until something is killed or healed. */
export type Reply =
  | { readonly kind: 'text'; readonly text: string; readonly exitCode: number }
  | { readonly kind: 'blocked'; readonly isKillable: boolean };

/** One simulated probe. `isStill`: the text depends on the world's version, the privilege and the target only. */
export interface Answerer {
  readonly isInline: boolean;
  readonly isStill: boolean;
  readonly answer: (asked: Asked) => Reply;
}

/** An answer that ended well. */
export function text(lines: readonly string[] | string): Reply {
  const joined = typeof lines === 'string' ? lines : lines.map((line) => `${line}\n`).join('');
  return { kind: 'text', text: joined, exitCode: 0 };
}

/** No output at all: not on this node. */
export const NOTHING: Reply = { kind: 'text', text: '', exitCode: 0 };
