import { createHash } from 'node:crypto';
import { fileAt, made, placeOf, topMount } from '../files.ts';
import { KUBE_SCRIPTS } from '../kube/drain.ts';
import { SHARING_SCRIPTS } from '../kube/share.ts';
import type { DemoFile } from '../node-state.ts';
import { endProcesses, usersBelow } from '../users.ts';
import { endAll, purge, putBack, removeMountPoint, setAside } from './clean-scripts.ts';
import { type Bench, change, type Doing, failed, say, stateOf, wait } from './doing.ts';
import { TAKES } from './durations.ts';
import { writeFile } from './file-commands.ts';
import { GPU_SCRIPTS } from './gpus.ts';
import { growPartition } from './grow.ts';
import { push } from './push.ts';
import { unmountNow } from './storage.ts';

/** A script of an action, given to `sh -c` under its own name: it is played as a whole, not read. */
export type Script = (bench: Bench, args: readonly string[], run: (argv: readonly string[]) => Doing) => Doing;

/** The scripts actions send, by the name they give them (`$0`). */
export const SCRIPTS: { readonly [name: string]: Script } = {
  'muster-write': write,
  'muster-restore': restore,
  'muster-push': push,
  'muster-directory': makeDirectory,
  'muster-only-on': onlyOn,
  'muster-credentials': writeCredentials,
  'muster-grow-partition': growPartition,
  'muster-stop-users': stopUsers,
  'muster-unmount': detach,
  'muster-set-aside': setAside,
  'muster-put-back': putBack,
  'muster-purge': purge,
  ...GPU_SCRIPTS,
  ...KUBE_SCRIPTS,
  ...SHARING_SCRIPTS,
  'muster-remove-mount-point': removeMountPoint,
  'muster-end-processes': endAll,
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `PATH MODE NOW WAS`: writes what the backup holds. */
function* restore(bench: Bench, args: readonly string[], run: (argv: readonly string[]) => Doing): Doing {
  const [path = '', , , was = ''] = args;
  const kept = fileAt(stateOf(bench), `/var/lib/muster/backups${path}.${was.slice(0, 12)}`);
  if (kept === undefined) return yield* failed(`sh: cannot open the backup of ${path}: No such file`);
  return yield* write({ ...bench, stdin: kept.text }, args, run);
}

/** `PATH MODE BEFORE AFTER TRY base64`, the text on standard input: whole or not at all, and only over what the plan saw. */
function* write(
  given: Bench,
  [path = '', mode = '', before = '', after = '', tried = '', code64 = '']: readonly string[],
  run: (argv: readonly string[]) => Doing,
): Doing {
  // Nodes of the demo hold texts: of anything else the checksum does not fit.
  const stdin = code64 === 'base64' ? Buffer.from(given.stdin, 'base64').toString('utf8') : given.stdin;
  const bench = { ...given, stdin };
  const node = stateOf(bench);
  const place = placeOf(bench.world, node, path);
  const was = place.kind === 'here' ? fileAt(place.node, place.path) : undefined;
  const now = was === undefined ? 'none' : sha256(was.text);
  if (now === after) return 0;
  if (now !== before) return yield* failed(`${path} changed since the plan was made`);
  const folder = path.slice(0, path.lastIndexOf('/')) || '/';
  if (fileAt(node, folder)?.kind !== 'directory')
    return yield* failed(
      `mktemp: failed to create file via template '${folder}/.muster.XXXXXX': No such file or directory`,
    );
  if (topMount(node, path)?.space?.isFull) return yield* failed('cat: write error: No space left on device');
  if (sha256(bench.stdin) !== after) return yield* failed(`the new text of ${path} did not arrive whole`);
  const code = tried === '' ? 0 : yield* run(['sh', '-c', tried.replaceAll(/"\$1"|\$1/g, path)]);
  if (code !== 0) return yield* failed(`${path} stays as it was: the new text was tried and refused`);
  const file: DemoFile = {
    ...(was ?? { ...made('file', '', 0), mode: mode.padStart(4, '0') }),
    text: bench.stdin,
    modifiedAtMs: bench.world.clock.nowMs(),
  };
  if (was !== undefined)
    yield* writeFile(bench, `/var/lib/muster/backups${path}.${now.slice(0, 12)}`, { ...was, mode: '0600' });
  return yield* writeFile(bench, path, file);
}

/** `TARGET FLAG TARGET-IN-TABLE`: umount(8) in a way that waits for no server. */
function detach(bench: Bench, [target = '', flag = '']: readonly string[]): Doing {
  return unmountNow(bench, target, flag === '-l' ? 'lazy' : 'force');
}

/** `PATH`, the login on standard input. */
function* writeCredentials(bench: Bench, [path = '']: readonly string[]): Doing {
  yield wait(TAKES.write);
  return yield* writeFile(bench, path, { ...made('file', bench.stdin, bench.world.clock.nowMs()), mode: '0600' });
}

/** `PATH MODE OWNER GROUP`, empty where it stays. Nobody turns the way on demo nodes, so it is what install(1) does. */
function* makeDirectory(
  _: Bench,
  [path = '', mode = '', owner = '', group = '']: readonly string[],
  run: (argv: readonly string[]) => Doing,
): Doing {
  const flags = Object.entries({ '-m': mode, '-o': owner, '-g': group });
  const given = flags.flatMap(([flag, value]) => (value === '' ? [] : [flag, value]));
  return yield* run(['install', '-d', ...given, '--', path]);
}

/** `DISK BYTES KNOWN NAME BLANK`, a command, and then udev's time to notice. Demo disks never change their names. */
function* onlyOn(_: Bench, [, , , , , ...argv]: readonly string[], run: (argv: readonly string[]) => Doing): Doing {
  const code = yield* run(argv);
  if (code === 0) yield wait(TAKES.settle);
  return code;
}

/** Asks what has files open below a path to end. */
function* stopUsers(bench: Bench, [path = '']: readonly string[]): Doing {
  const pids = usersBelow(stateOf(bench), path, bench.world.clock.nowMs()).map(({ pid }) => pid);
  if (pids.length === 0) return 0;
  yield say(`asking to end: ${pids.join(' ')}`);
  yield wait(TAKES.endProcesses);
  change(bench, (node) => endProcesses(node, new Set(pids), bench.world.clock.nowMs()));
  return 0;
}
