import { UsageError } from '../model/errors.ts';
import { type CliCommand, type CliOption, EXIT } from './command.ts';
import { CONSOLE_OPTIONS } from './console-options.ts';
import { commands } from './registry.ts';

/** `muster completion bash|zsh|fish`: a completion script made from the command table. */
export const completionCommand = {
  name: 'completion',
  summary: 'print a completion script; e.g. muster completion bash > ~/.local/share/bash-completion/completions/muster',
  usage: 'bash|zsh|fish',
  options: {},
  async run({ positionals: [shell = ''] }, context) {
    const write = writers[shell];
    if (write === undefined) throw new UsageError(`muster completion ${shell}: bash, zsh or fish is wanted`);
    context.print(write(await describe()));
    return EXIT.ok;
  },
} satisfies CliCommand;

interface Described {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly { readonly name: string; readonly help: string; readonly takesValue: boolean }[];
}

async function describe(): Promise<readonly Described[]> {
  const flagsOf = (options: { readonly [name: string]: CliOption }) =>
    Object.entries(options).map(([name, { type, help }]) => ({ name, help, takesValue: type === 'string' }));
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  return [
    { name: '', summary: '', flags: flagsOf(CONSOLE_OPTIONS) },
    ...all.map(({ name, summary, options, everyOption }) => ({
      name,
      summary,
      flags: flagsOf({ ...everyOption?.(), ...options }),
    })),
  ];
}

const writers: { readonly [shell: string]: (all: readonly Described[]) => string } = {
  bash: (all) =>
    [
      '_muster() {',
      `  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=""`,
      '  case $previous in -i|--inventory) COMPREPLY=($(compgen -f -- "$current")); return;; esac',
      `  case \${COMP_WORDS[1]} in`,
      ...all
        .filter(({ name }) => name !== '')
        .map(({ name, flags }) => `    ${name}) words="${flags.map((flag) => `--${flag.name}`).join(' ')}";;`),
      `    *) words="${all
        .map(({ name }) => name)
        .filter((name) => name !== '')
        .join(' ')} ${(all[0]?.flags ?? []).map((flag) => `--${flag.name}`).join(' ')}";;`,
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
      ...all.filter(({ name }) => name !== '').map(({ name, summary }) => `    ${single(`${name}:${summary}`)}`),
      '  )',
      '  if (( CURRENT == 2 )); then _describe command commands; fi',
      '  case $words[2] in',
      ...all
        .map(({ name, flags }) => `    ${name === '' ? '*' : name}) _arguments ${flags.map(zshFlag).join(' ')};;`)
        .sort((left, right) => Number(left.startsWith('    *')) - Number(right.startsWith('    *'))),
      '  esac',
      '}',
      // Read from a folder of $fpath this file is the function itself, and its first call must complete, too.
      'if [[ $funcstack[1] = _muster ]]; then _muster "$@"; else compdef _muster muster; fi',
    ].join('\n'),
  fish: (all) =>
    all
      .flatMap(({ name, summary, flags }) => [
        ...(name === '' ? [] : [`complete -c muster -n __fish_use_subcommand -a ${name} -d ${single(summary)}`]),
        ...flags.map(
          (flag) =>
            `complete -c muster -n ${name === '' ? '__fish_use_subcommand' : single(`__fish_seen_subcommand_from ${name}`)} -l ${flag.name}${flag.takesValue ? ' -r' : ''} -d ${single(flag.help)}`,
        ),
      ])
      .join('\n'),
};

const single = (words: string): string => `'${words.replaceAll("'", "'\\''")}'`;

const zshFlag = ({ name, help, takesValue }: Described['flags'][number]): string =>
  single(`--${name}[${help.replace(/[[\]:]/g, (character) => `\\${character}`)}]${takesValue ? ':value:_files' : ''}`);
