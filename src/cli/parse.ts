import { parseArgs } from 'node:util';
import { UsageError } from '../model/errors.ts';
import { nearest } from '../model/nearest.ts';
import type { CliOption } from './command.ts';

type Options = { readonly [name: string]: CliOption };

/** A command line by its options. Throws `UsageError` with one sentence: an option that is not known, wants a value or stands twice. */
export function parse(
  argv: readonly string[],
  options: Options,
  { command, allowPositionals }: { readonly command?: string; readonly allowPositionals: boolean },
) {
  const known = Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple = false }]) => [
      name,
      { type, multiple, ...(short === undefined ? {} : { short }) },
    ]),
  );
  const how = { args: [...argv], options: known, allowPositionals: true, tokens: true } as const;
  refuseStrangers(parseArgs({ ...how, strict: false }).tokens, options, command);
  try {
    return parseArgs({ ...how, allowPositionals, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** What `parseArgs` would tell without help, or take without a word: of two values for one option it keeps the last. */
function refuseStrangers(
  tokens: ReturnType<typeof parseArgs>['tokens'] & {},
  options: Options,
  command: string | undefined,
): void {
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw new UsageError(strangerSentence(token.rawName, Object.keys(options), command));
    if (option.type === 'boolean' || option.multiple === true) continue;
    // What looks like the next option is taken for a value only where it is glued on.
    if (token.value === undefined || (!token.inlineValue && /^-./.test(token.value)))
      throw new UsageError(`${token.rawName} wants a value: --${token.name}=${option.value ?? 'VALUE'}`);
    if (seen.has(token.name))
      throw new UsageError(`--${token.name} is given twice; give it once, with commas between several`);
    seen.add(token.name);
  }
}

function strangerSentence(given: string, names: readonly string[], command: string | undefined): string {
  const near = given.startsWith('--') ? nearest(given.slice(2), names) : undefined;
  const help = `muster ${command === undefined ? '' : `${command} `}--help lists them`;
  return `no option ${given}${near === undefined ? '' : `; did you mean --${near}?`} (${help})`;
}
