import { type CliCommand, type CliOption, EXIT } from './command.ts';
import { CONSOLE_OPTIONS } from './console-options.ts';
import { commands } from './registry.ts';

/** `muster help [COMMAND]`. */
export const helpCommand = {
  name: 'help',
  summary: 'explain muster or one of its commands',
  usage: '[COMMAND]',
  options: {},
  async run({ positionals: [name] }, context) {
    const command = name === undefined ? undefined : await commands[name]?.();
    context.print(command === undefined ? await overviewHelp() : commandHelp(command));
    return EXIT.ok;
  },
} satisfies CliCommand;

/** What `muster --help` prints. */
export async function overviewHelp(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  return [
    'muster: a terminal console for GPU nodes and the storage they share',
    '',
    'usage: muster [-i INVENTORY] [-l NODESET]     the live console',
    '       muster COMMAND [OPTIONS]',
    '',
    'commands:',
    ...all.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`),
    '',
    'options:',
    ...optionLines(CONSOLE_OPTIONS),
    '',
    'exit codes: 0 all well, 1 findings or failed nodes, 2 usage, inventory or confirmation, 3 unreachable, refused or without an answer in time, 4 a rollout paused by failures, 70 a fault of muster, 130 ctrl-c',
  ].join('\n');
}

/** What `muster help COMMAND` and `muster COMMAND --help` print. */
export function commandHelp({ name, summary, usage, options }: CliCommand): string {
  return [
    `usage: muster ${[name, usage, Object.keys(options).length > 0 ? '[OPTIONS]' : undefined].filter((part) => part !== undefined).join(' ')}`,
    '',
    summary,
    ...(Object.keys(options).length > 0 ? ['', 'options:', ...optionLines(options)] : []),
  ].join('\n');
}

/** Options as help prints them, a line each. */
export function optionLines(options: { readonly [name: string]: CliOption }): readonly string[] {
  return Object.entries(options).map(([name, { short, value, help }]) => {
    const flags = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
    return `  ${flags.padEnd(30)}${help}`;
  });
}
