import { UsageError } from '../model/errors.ts';
import { type CliOption, EXIT } from './command.ts';
import { CONSOLE_OPTIONS } from './console-options.ts';
import type { CliContext } from './context.ts';
import { safeText } from './output.ts';
import { parse } from './parse.ts';

/** Runs what the command line asks for and sets the exit code. The console is the default; commands are loaded when named. */
export async function main(argv: readonly string[], context: CliContext): Promise<void> {
  process.exitCode = await run(argv, context);
}

async function run(argv: readonly string[], context: CliContext): Promise<number> {
  const [first] = argv;
  try {
    if (first !== undefined && !first.startsWith('-')) return await runCommand(first, argv.slice(1), context);
    const { values } = parse(argv, CONSOLE_OPTIONS, { allowPositionals: false });
    if (values['help'] === true) {
      context.print(await (await import('./help.ts')).overviewHelp());
      return EXIT.ok;
    }
    if (values['version'] === true) {
      context.print(context.version);
      return EXIT.ok;
    }
    if (typeof values['exec'] === 'string') return await context.openShell(values, values['exec']);
    return await context.openConsole(values);
  } catch (error) {
    return await explain(error, context.warn);
  } finally {
    await context.end();
  }
}

async function runCommand(name: string, argv: readonly string[], context: CliContext): Promise<number> {
  const { commands } = await import('./registry.ts');
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    const { nearest } = await import('../model/nearest.ts');
    const near = nearest(name, Object.keys(commands));
    throw new UsageError(
      `no command ${JSON.stringify(name)}${near === undefined ? '' : `; did you mean ${near}?`} (muster help lists them)`,
    );
  }
  const command = await load();
  const options = { ...command.options, ...(await command.moreOptions?.(argv, context)) };
  // The options of an action are listed beside its name.
  const asked =
    command.moreOptions === undefined || argv[0]?.startsWith('-') === true ? name : `${name} ${argv[0] ?? ''}`.trim();
  const { values, positionals } = parse(
    argv,
    { ...options, help: HELP },
    { command: asked, allowPositionals: command.usage !== undefined },
  );
  if (values['help'] === true) {
    context.print((await import('./help.ts')).commandHelp({ ...command, options }));
    return EXIT.ok;
  }
  return await command.run({ values, positionals }, context);
}

const HELP: CliOption = { type: 'boolean', short: 'h', help: 'print this' };

/** Refusals and usage errors are one sentence; anything else is a fault of ours and leaves a report. */
async function explain(error: unknown, warn: (text: string) => void): Promise<number> {
  if (error instanceof UsageError) {
    warn(safeText(`muster: ${error.message}`));
    return EXIT.usage;
  }
  const { writeCrashReport } = await import('./crash-report.ts');
  const words = error instanceof Error ? error.message : String(error);
  warn(safeText(`muster: a fault of muster itself: ${words}; report: ${writeCrashReport(error)}`));
  return EXIT.fault;
}
