import type { Action } from '../model/action.ts';
import type { Command } from '../model/command.ts';
import { refuse } from '../model/plan.ts';
import { splitWords } from '../model/words.ts';
import { DESTROYS_FIELD, destroysNeeds } from './own-destroys.ts';
import { AS_FIELD, NODES_FIELD, RISK_FIELD, TIMEOUT_FIELD } from './run-fields.ts';
import { planRun } from './run-plan.ts';

/** A script of the user's own on a node set, given to an interpreter on its standard input, so that no file is left on a node. */
export const runScript = {
  name: 'run-script',
  title: 'Run a script',
  summary:
    'Runs a script on a node set in waves; it reaches its interpreter over standard input, and its exit code decides.',
  targets: [{ view: 'nodes', fills: { nodes: 'nodes' } }],
  fields: {
    nodes: NODES_FIELD,
    script: {
      kind: 'text',
      title: 'Script',
      help: 'the text of the script; on the command line @FILE reads it from a file',
      isRequired: true,
      shape: 'free',
    },
    interpreter: {
      kind: 'text',
      title: 'Interpreter',
      help: 'program that reads it, e.g. /bin/bash, python3',
      default: '/bin/sh',
    },
    arguments: {
      kind: 'text',
      title: 'Arguments',
      help: 'what the script gets as its arguments',
      takesWords: true,
      shape: 'free',
    },
    as: AS_FIELD,
    risk: RISK_FIELD,
    destroys: DESTROYS_FIELD,
    timeout: TIMEOUT_FIELD,
  },
  needs: destroysNeeds,
  plan: (input, fleet) => {
    const split = splitWords(String(input['arguments'] ?? ''));
    if (split.kind === 'problem') return refuse('Run a script', split.because, 'close the quote in the arguments');
    const interpreter = String(input['interpreter']);
    const script = String(input['script']);
    return planRun(input, fleet, {
      title: `run a script of ${linesOf(script)} with ${interpreter}`,
      run: { ...readingStdin(interpreter, split.words), stdin: `${script}\n` },
    });
  },
} satisfies Action;

function linesOf(script: string): string {
  const count = script.trimEnd().split('\n').length;
  return count === 1 ? 'one line' : `${count} lines`;
}

/** Shells read a script from standard input with `-s`, everything else that is an interpreter with `-`. */
const readingStdin = (interpreter: string, words: readonly string[]): Command =>
  /(?:^|\/)(?:ba|da|z|k|a)?sh$/.test(interpreter)
    ? { argv: [interpreter, '-s', '--', ...words] }
    : { argv: [interpreter, '-', ...words] };
