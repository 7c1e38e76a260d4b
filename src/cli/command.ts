import type { parseArgs } from 'node:util';
import type { CliContext } from './context.ts';

/** Exit codes of every command; documented in docs/commands.md. */
export const EXIT = {
  ok: 0,
  /** There are findings of severity warning or critical. */
  findings: 1,
  /** A rollout is over, and some node did not succeed. */
  failed: 1,
  /** Wrong command line, inventory or settings. */
  usage: 2,
  /** Some node could not be reached, or did not answer in time. */
  unreachable: 3,
  /** A plan refuses, for all nodes or for some. */
  refused: 3,
  /** A rollout is paused by its failures, and nobody was there to say how it goes on. */
  paused: 4,
  /** A fault of muster itself (EX_SOFTWARE of sysexits.h). */
  fault: 70,
  /** Left with Ctrl-C before the end (128 + SIGINT). */
  interrupted: 130,
} as const;

/** One option: the same description feeds the parser, `--help`, the completions and the documentation. */
export interface CliOption {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** What stands for the value in help, e.g. `NODESET`. */
  readonly value?: string;
  readonly help: string;
  /** It may stand several times. */
  readonly multiple?: true;
}

/** Values as `parseArgs` gives them. */
export type CliValues = ReturnType<typeof parseArgs>['values'];

/** One command. Members in this order: `name, summary, usage, options, run`. */
export interface CliCommand {
  readonly name: string;
  readonly summary: string;
  /** Positional arguments as help shows them, e.g. `check|show|import [FILE]`. */
  readonly usage?: string;
  readonly options: { readonly [name: string]: CliOption };
  /** Options that depend on the command line itself, e.g. the fields of the action it names. */
  readonly moreOptions?: (
    argv: readonly string[],
    context: CliContext,
  ) => Promise<{ readonly [name: string]: CliOption }>;
  /** All that `moreOptions` may give, for completions; fields of actions of the user's own are not among them. */
  readonly everyOption?: () => { readonly [name: string]: CliOption };
  readonly run: (
    call: { readonly values: CliValues; readonly positionals: readonly string[] },
    context: CliContext,
  ) => Promise<number>;
}

/** The string value of an option, or undefined. */
export function text(values: CliValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Options every command that looks at a fleet takes. */
export const FLEET_OPTIONS = {
  inventory: {
    type: 'string',
    short: 'i',
    value: 'PATH',
    help: 'inventory: a muster.yaml, a folder of them, or an Ansible inventory',
  },
  limit: {
    type: 'string',
    short: 'l',
    value: 'NODESET',
    help: "only these nodes, e.g. 'gpu[01-16]', '@gpu', 'all!nfs-a'",
  },
  demo: { type: 'boolean', help: 'the embedded demo fleet instead of an inventory' },
  nodes: { type: 'string', value: 'N', help: 'size of the demo fleet, 1 to 1000' },
  fault: { type: 'string', value: 'NAME[@NODE]', help: 'inject a fault into the demo fleet; several with commas' },
} as const satisfies { readonly [name: string]: CliOption };
