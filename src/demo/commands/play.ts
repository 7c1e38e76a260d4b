import { diskCommands } from './disks.ts';
import { type Bench, type Commands, type Doing, failed, stateOf } from './doing.ts';
import { fileCommands } from './file-commands.ts';
import { gpuCommands } from './gpus.ts';
import { growCommands } from './grow.ts';
import { lookCommands } from './look.ts';
import { nfsCommands } from './nfs.ts';
import { SCRIPTS } from './scripts.ts';
import { type Part, readLine } from './shell-line.ts';
import { storageCommands } from './storage.ts';
import { systemdCommands } from './systemctl.ts';
import { textCommands } from './text-commands.ts';

/** Every command of the simulated nodes. */
export const COMMANDS: Commands = {
  ...lookCommands,
  ...textCommands,
  ...fileCommands,
  ...storageCommands,
  ...diskCommands,
  ...growCommands,
  ...systemdCommands,
  ...nfsCommands,
  ...gpuCommands,
};

/** Words in front of a command that change only how it is run. */
const BEFORE: { readonly [word: string]: (bench: Bench, args: readonly string[]) => Doing } = {
  sudo: playSudo,
  sh: playShell,
  bash: playShell,
  dash: playShell,
  env: (bench, args) => playArgv(bench, args.slice(args.findIndex((word) => !/^[A-Z_]+=/.test(word)))),
  command: playFind,
  nice: (bench, args) => playArgv(bench, args),
  timeout: (bench, args) => playArgv(bench, args.slice(1)),
};

/** The name of a program without the folder it lies in. */
const programOf = (word: string): string => word.replace(/^\/(?:usr\/)?(?:local\/)?s?bin\//, '');

/** Whether the node has such a program. */
export const isKnown = (word: string): boolean =>
  Object.hasOwn(COMMANDS, programOf(word)) || Object.hasOwn(BEFORE, programOf(word));

/** Plays an argument vector; a program nobody knows ends with 127, as in sh(1). */
export function* playArgv(bench: Bench, argv: readonly string[]): Doing {
  const [word = '', ...args] = argv;
  const program = programOf(word);
  const before = Object.hasOwn(BEFORE, program) ? BEFORE[program] : undefined;
  if (before !== undefined) return yield* before(bench, args);
  const command = Object.hasOwn(COMMANDS, program) ? COMMANDS[program] : undefined;
  if (command === undefined) return yield* failed(`sh: 1: ${word}: not found`, 127);
  if (command.needsRoot && !bench.isRoot) return yield* failed(`${program}: Operation not permitted`);
  return yield* command.play(bench, args);
}

/** Plays a line as a small sh(1). */
export function* playLine(bench: Bench, text: string): Doing {
  const line = readLine(text);
  if (line.kind === 'unknown')
    return yield* failed(`sh: 1: Syntax error: the shell of a simulated node does not know ${line.what}`, 2);
  let code = 0;
  let piped = '';
  for (const [at, part] of line.parts.entries()) {
    if ((part.join === 'and' && code !== 0) || (part.join === 'or' && code === 0)) continue;
    if (part.words[0] === 'exit') return Number(part.words[1] ?? code) & 255;
    const stdin = part.join === 'pipe' ? piped : bench.stdin;
    const heard: string[] = [];
    code = yield* filtered(playArgv({ ...bench, stdin }, part.words), wayOf(part, line.parts[at + 1]), heard);
    piped = heard.join('');
  }
  return code;
}

type Way = 'shown' | 'silent' | 'piped';

const wayOf = ({ isSilent }: Part, next: Part | undefined): Way =>
  isSilent ? 'silent' : next?.join === 'pipe' ? 'piped' : 'shown';

function* filtered(doing: Doing, way: Way, heard: string[]): Doing {
  for (;;) {
    const next = doing.next();
    if (next.done) return next.value;
    if (next.value.kind === 'say' && way === 'piped') heard.push(next.value.text);
    else if (next.value.kind !== 'say' || way === 'shown') yield next.value;
  }
}

function* playSudo(bench: Bench, args: readonly string[]): Doing {
  const { privilege, ailments } = stateOf(bench);
  if (!bench.isRoot && privilege !== 'root' && ailments.refusesSudo)
    return yield* failed('sudo: a password is required');
  return yield* playArgv({ ...bench, isRoot: true }, args.slice(args.findIndex((word) => !word.startsWith('-'))));
}

const OWN_SCRIPTS: ReadonlySet<string> = new Set(['muster-push', 'muster-cordon', 'muster-evict']);

/** `sh -c LINE NAME ARGS`, or a script on standard input. */
function* playShell(bench: Bench, args: readonly string[]): Doing {
  const at = args.indexOf('-c');
  if (at < 0) {
    const file = args.find((word) => !word.startsWith('-'));
    return args.includes('-s') || file === undefined
      ? yield* playLine({ ...bench, stdin: '' }, bench.stdin)
      : yield* failed(`sh: 0: cannot open ${file}: scripts in files are not simulated`, 127);
  }
  const [line = '', name = '', ...rest] = args.slice(at + 1);
  const script = Object.hasOwn(SCRIPTS, name) ? SCRIPTS[name] : undefined;
  if (script === undefined) return yield* playLine(bench, line);
  // A clone and a kubeconfig are somebody's own.
  if (!bench.isRoot && !OWN_SCRIPTS.has(name) && !name.startsWith('muster-kube-'))
    return yield* failed(`${name}: Operation not permitted`);
  return yield* script(bench, rest, (argv) => playArgv(bench, argv));
}

function* playFind(_: Bench, args: readonly string[]): Doing {
  const word = args.find((each) => !each.startsWith('-')) ?? '';
  if (!isKnown(word)) return 127;
  yield { kind: 'say', text: `/usr/bin/${word}\n` };
  return 0;
}
