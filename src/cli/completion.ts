import { actions } from '../actions/registry.ts';
import type { Action } from '../model/action.ts';
import { UsageError } from '../model/errors.ts';
import { optionsOf } from './action-options.ts';
import { type CliCommand, type CliOption, EXIT } from './command.ts';
import { CONSOLE_OPTIONS } from './console-options.ts';
import { actionsAtHand } from './field-options.ts';
import { commands } from './registry.ts';
import { rolloutsCommand, VERBS } from './rollouts.ts';

/** `muster completion bash|zsh|fish`: a completion script made from the command table. */
export const completionCommand = {
  name: 'completion',
  summary: 'print a completion script; e.g. muster completion bash > ~/.local/share/bash-completion/completions/muster',
  usage: 'bash|zsh|fish',
  options: {},
  async run({ positionals: [shell = ''] }, context) {
    const write = writers[shell];
    if (write === undefined) throw new UsageError(`muster completion ${shell}: bash, zsh or fish is wanted`);
    context.print(write(await describe(await actionsAtHand(context))));
    return EXIT.ok;
  },
} satisfies CliCommand;

interface Flag {
  readonly name: string;
  readonly help: string;
  readonly takesValue: boolean;
}

interface Described {
  readonly name: string;
  readonly summary: string;
  /** Options of its own. */
  readonly flags: readonly Flag[];
  /** What its first word may be: the actions of `plan` and `apply` with their fields, the verbs of `rollouts`. */
  readonly words: readonly { readonly name: string; readonly summary: string; readonly flags: readonly Flag[] }[];
}

/** Rollouts by id, newest last: a look into their folder costs less than a start of muster. */
const ROLLOUT_IDS = `ls "\${XDG_STATE_HOME:-$HOME/.local/state}/muster/rollouts" 2>/dev/null`;

async function describe(own: readonly Action[]): Promise<readonly Described[]> {
  const flagsOf = (options: { readonly [name: string]: CliOption }) =>
    Object.entries(options).map(([name, { type, help }]) => ({ name, help, takesValue: type === 'string' }));
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  const actionWords = [...actions, ...own].map((action) => ({
    name: action.name,
    summary: action.summary,
    flags: flagsOf(optionsOf(action)),
  }));
  const verbs = VERBS.map((name) => ({ name, summary: '', flags: [] }));
  return [
    { name: '', summary: '', flags: flagsOf(CONSOLE_OPTIONS), words: [] },
    ...all.map(({ name, summary, options, everyOption }) => ({
      name,
      summary,
      flags: flagsOf(options),
      words: everyOption !== undefined ? actionWords : name === rolloutsCommand.name ? verbs : [],
    })),
  ];
}

const flagWords = (flags: readonly Flag[]): string => flags.map(({ name }) => `--${name}`).join(' ');

const writers: { readonly [shell: string]: (all: readonly Described[]) => string } = {
  bash: (all) =>
    [
      '_muster() {',
      `  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} first=\${COMP_WORDS[2]} words=""`,
      '  case $previous in -i|--inventory) COMPREPLY=($(compgen -f -- "$current")); return;; esac',
      `  case \${COMP_WORDS[1]} in`,
      ...all.filter(({ name }) => name !== '').map(bashCommand),
      `    *) words="${all
        .map(({ name }) => name)
        .filter((name) => name !== '')
        .join(' ')} ${flagWords(all[0]?.flags ?? [])}";;`,
      '  esac',
      '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
      '}',
      'complete -F _muster muster',
    ].join('\n'),
  zsh: (all) =>
    [
      '#compdef muster',
      '_muster() {',
      '  local -a commands=(',
      ...all.filter(({ name }) => name !== '').map(({ name, summary }) => `    ${single(zshEntry(name, summary))}`),
      '  ) first=()',
      '  if (( CURRENT == 2 )); then _describe command commands; fi',
      '  case $words[2] in',
      ...all
        .map(zshCommand)
        .sort((left, right) => Number(left.startsWith('    *')) - Number(right.startsWith('    *'))),
      '  esac',
      '}',
      // Read from a folder of $fpath this file is the function itself, and its first call must complete, too.
      'if [[ $funcstack[1] = _muster ]]; then _muster "$@"; else compdef _muster muster; fi',
    ].join('\n'),
  fish: (all) =>
    all
      .flatMap(({ name, summary, flags, words }) => {
        const seen = name === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${name}`;
        const none = `${seen}; and not __fish_seen_subcommand_from ${words.map((word) => word.name).join(' ')}`;
        return [
          ...(name === '' ? [] : [`complete -c muster -n __fish_use_subcommand -a ${name} -d ${single(summary)}`]),
          ...flags.map((flag) => fishFlag(seen, flag)),
          ...words.flatMap((word) => [
            `complete -c muster -f -n ${single(none)} -a ${word.name} -d ${single(word.summary)}`,
            ...word.flags.map((flag) => fishFlag(`${seen}; and __fish_seen_subcommand_from ${word.name}`, flag)),
          ]),
          ...(name === rolloutsCommand.name
            ? [`complete -c muster -f -n ${single(seen)} -a ${single(`(sh -c ${single(ROLLOUT_IDS)})`)}`]
            : []),
        ];
      })
      .join('\n'),
};

/** The words after a command; of `plan` and `apply` the actions first and then the fields of the one that is named. */
function bashCommand({ name, flags, words }: Described): string {
  const own = flagWords(flags);
  if (words.length === 0) return `    ${name}) words="${own}";;`;
  const names = words.map((word) => word.name).join(' ');
  const ids = name === rolloutsCommand.name ? ` $(${ROLLOUT_IDS})` : '';
  return [
    `    ${name}) if [[ $COMP_CWORD -eq 2 ]]; then words="${names} ${own}"; else words="${own}"${ids === '' ? '' : `"${ids} last"`}; case $first in`,
    ...words
      .filter((word) => word.flags.length > 0)
      .map((word) => `      ${word.name}) words+=" ${flagWords(word.flags)}";;`),
    '    esac; fi;;',
  ].join('\n');
}

function zshCommand({ name, flags, words }: Described): string {
  const own = flags.map(zshFlag).join(' ');
  if (words.length === 0) return `    ${name === '' ? '*' : name}) _arguments ${own};;`;
  const ids = name === rolloutsCommand.name ? ` '*:rollout:($(${ROLLOUT_IDS}) last)'` : '';
  return [
    `    ${name}) if (( CURRENT == 3 )); then first=(${words.map((word) => single(zshEntry(word.name, word.summary))).join(' ')}); _describe word first; else case $words[3] in`,
    ...words
      .filter((word) => word.flags.length > 0)
      .map((word) => `      ${word.name}) _arguments ${own} ${word.flags.map(zshFlag).join(' ')};;`),
    `      *) _arguments ${own}${ids};;`,
    '    esac; fi;;',
  ].join('\n');
}

const zshEntry = (name: string, summary: string): string =>
  summary === '' ? name : `${name}:${summary.replaceAll(':', '\\:')}`;

const fishFlag = (when: string, { name, takesValue, help }: Flag): string =>
  `complete -c muster -n ${single(when)} -l ${name}${takesValue ? ' -r' : ''} -d ${single(help)}`;

const single = (words: string): string => `'${words.replaceAll("'", "'\\''")}'`;

const zshFlag = ({ name, help, takesValue }: Flag): string =>
  single(`--${name}[${help.replace(/[[\]:]/g, (character) => `\\${character}`)}]${takesValue ? ':value:_files' : ''}`);
