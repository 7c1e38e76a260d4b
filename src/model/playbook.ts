import type { Preview } from './plan.ts';

/** One play as `ansible-playbook --list-hosts --list-tasks` tells it. */
export interface Play {
  readonly title: string;
  readonly hosts: readonly string[];
  /** Tasks that are known before it runs; what is included while it runs is none of them. */
  readonly tasks: readonly string[];
}

/** What was learned of a playbook on the machine muster runs on, before anything is planned. */
export type PlaybookStudy =
  | { readonly kind: 'problem'; readonly because: string; readonly tryThis: string }
  | {
      readonly kind: 'studied';
      readonly plays: readonly Play[];
      /** The command; the word at `nodesAt` names the nodes. */
      readonly argv: readonly [string, ...string[]];
      readonly nodesAt: number;
      /** By node, where `--check --diff` was asked for: what each task would change there. */
      readonly wouldDo?: ReadonlyMap<string, readonly Preview[]>;
    };

/** The name Ansible has for the machine it runs on, also where no inventory knows it. */
export const THIS_MACHINE = 'localhost';
