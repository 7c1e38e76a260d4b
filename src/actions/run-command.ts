import type { Action, Input } from '../model/action.ts';
import type { Command } from '../model/command.ts';
import { refuse } from '../model/plan.ts';
import { splitWords } from '../model/words.ts';
import { DESTROYS_FIELD, destroysNeeds } from './own-destroys.ts';
import { AS_FIELD, NODES_FIELD, RISK_FIELD, TIMEOUT_FIELD } from './run-fields.ts';
import { planRun } from './run-plan.ts';

/** Longest command in a title, which lists and boards show. */
const TITLE_LENGTH = 120;

/** A command of the user's own on a node set: an argument vector by default, a shell only when it is asked for. Its exit code decides. */
export const runCommand = {
  name: 'run-command',
  title: 'Run a command',
  summary:
    'Runs a command on a node set in waves, with its output kept by node; its exit code decides, and no shell reads it unless asked.',
  targets: [{ view: 'nodes', fills: { nodes: 'nodes' } }],
  fields: {
    nodes: NODES_FIELD,
    command: {
      kind: 'text',
      title: 'Command',
      help: 'program and arguments; quotes and backslashes as in a shell, everything else as it stands',
      isRequired: true,
      takesWords: true,
      shape: 'free',
    },
    shell: {
      kind: 'flag',
      title: 'Through a shell',
      help: 'give the command to /bin/sh -c, so that pipes, wildcards and variables work',
      default: false,
    },
    as: AS_FIELD,
    risk: RISK_FIELD,
    destroys: DESTROYS_FIELD,
    timeout: TIMEOUT_FIELD,
  },
  needs: destroysNeeds,
  plan: (input, fleet) => {
    const command = commandOf(input);
    if (typeof command === 'string')
      return refuse('Run a command', command, 'close the quote, or put a backslash before it');
    return planRun(input, fleet, { title: `run ${inShort(String(input['command']))}`, run: command });
  },
} satisfies Action;

/** A title is one line; the whole command stands in the step. */
function inShort(command: string): string {
  const [first = '', ...others] = command.trim().split('\n');
  return first.length > TITLE_LENGTH || others.length > 0 ? `${first.slice(0, TITLE_LENGTH - 1)}…` : first;
}

function commandOf({ command, shell }: Input): Command | string {
  const text = String(command);
  if (shell === true) return { argv: ['/bin/sh', '-c', text] };
  const split = splitWords(text);
  if (split.kind === 'problem') return split.because;
  const [program, ...rest] = split.words;
  return program === undefined ? 'the command is empty' : { argv: [program, ...rest] };
}
