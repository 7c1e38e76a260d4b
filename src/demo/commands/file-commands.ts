import { cleanPath, dropFile, fileAt, idOf, made, nameOf, namesIn, placeOf, putFile } from '../files.ts';
import type { DemoFile, NodeState } from '../node-state.ts';
import { type Bench, type Commands, type Doing, failed, parseArgs, say, stateOf, wait } from './doing.ts';
import { TAKES } from './durations.ts';

/** What makes, changes and removes files and directories. */
export const fileCommands: Commands = {
  install: { needsRoot: true, play: playInstall },
  mkdir: { needsRoot: true, play: playMkdir },
  rmdir: { needsRoot: true, play: playRmdir },
  rm: { needsRoot: true, play: playRm },
  chmod: { needsRoot: true, play: playChmod },
  chown: { needsRoot: true, play: playChown },
  mv: { needsRoot: true, play: playMove },
  ls: { play: playLs },
  test: { play: playTest },
  '[': { play: (bench, args) => playTest(bench, args.slice(0, -1)) },
};

/** Changes the node a path really lies on; a share that hangs is waited for. */
function* at(bench: Bench, path: string, what: (node: NodeState, path: string) => NodeState | string): Doing {
  const find = () => placeOf(bench.world, stateOf(bench), cleanPath(path));
  if (find().kind === 'hung') yield { kind: 'stuck', isOver: () => find().kind !== 'hung' };
  const place = find();
  if (place.kind !== 'here') return yield* failed(`cannot access '${path}': Stale file handle`);
  const after = what(place.node, place.path);
  if (typeof after === 'string') return yield* failed(after);
  bench.world.change(place.node.name, () => after);
  return 0;
}

function* each(
  bench: Bench,
  paths: readonly string[],
  what: (node: NodeState, path: string) => NodeState | string,
): Doing {
  yield wait(TAKES.quick);
  let worst = 0;
  for (const path of paths) worst = Math.max(worst, yield* at(bench, path, what));
  return worst;
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/** `install -d -m MODE -o OWNER -g GROUP -- PATH`: the directory and all above it. */
function* playInstall(bench: Bench, args: readonly string[]): Doing {
  const { flags, values, words } = parseArgs(args, ['m', 'o', 'g']);
  if (!flags.has('d')) return yield* failed('install: only -d is simulated here', 127);
  const [owner, group] = [values.get('o'), values.get('g')];
  const stranger = [owner, group].find((name) => name !== undefined && idOf(name) === undefined);
  if (stranger !== undefined) return yield* failed(`install: invalid user '${stranger}'`);
  return yield* each(bench, words, (node, path) => {
    const was = fileAt(node, path);
    if (was !== undefined && was.kind !== 'directory') return `install: cannot create directory '${path}': File exists`;
    const base = was ?? made('directory', '', bench.world.clock.nowMs());
    return putFile(node, path, {
      ...base,
      mode: (values.get('m') ?? '0755').padStart(4, '0'),
      ...(owner === undefined ? {} : { owner: nameOf(owner) }),
      ...(group === undefined ? {} : { group: nameOf(group) }),
    });
  });
}

function* playMkdir(bench: Bench, args: readonly string[]): Doing {
  const { flags, values, words } = parseArgs(args, ['m', 'mode']);
  const mode = (values.get('m') ?? values.get('mode') ?? '0755').padStart(4, '0');
  return yield* each(bench, words, (node, path) => {
    if (fileAt(node, path) !== undefined)
      return flags.has('p') ? node : `mkdir: cannot create directory '${path}': File exists`;
    if (!flags.has('p') && fileAt(node, parentOf(path)) === undefined)
      return `mkdir: cannot create directory '${path}': No such file or directory`;
    return putFile(node, path, { ...made('directory', '', bench.world.clock.nowMs()), mode });
  });
}

function* playRmdir(bench: Bench, args: readonly string[]): Doing {
  return yield* each(bench, parseArgs(args).words, (node, path) => {
    const because = (words: string) => `rmdir: failed to remove '${path}': ${words}`;
    if (fileAt(node, path) === undefined) return because('No such file or directory');
    if (fileAt(node, path)?.kind !== 'directory') return because('Not a directory');
    if (node.mounts.some(({ target }) => target === path)) return because('Device or resource busy');
    return namesIn(node, path).length > 0 ? because('Directory not empty') : dropFile(node, path);
  });
}

function* playRm(bench: Bench, args: readonly string[]): Doing {
  const { flags, words } = parseArgs(args);
  const isDeep = flags.has('r') || flags.has('R') || flags.has('recursive');
  return yield* each(bench, words, (node, path) => {
    const file = fileAt(node, path);
    const because = (text: string) => `rm: cannot remove '${path}': ${text}`;
    if (file === undefined) return flags.has('f') ? node : because('No such file or directory');
    if (file.kind === 'directory' && !isDeep) return because('Is a directory');
    if (node.mounts.some(({ target }) => target === path)) return because('Device or resource busy');
    return dropFile(node, path);
  });
}

function* playChmod(bench: Bench, args: readonly string[]): Doing {
  const [mode = '', ...paths] = parseArgs(args).words;
  if (!/^[0-7]{3,4}$/.test(mode)) return yield* failed(`chmod: ${mode} is not simulated here`, 127);
  return yield* each(bench, paths, (node, path) => changed(node, path, 'chmod', { mode: mode.padStart(4, '0') }));
}

function* playChown(bench: Bench, args: readonly string[]): Doing {
  const [whose = '', ...paths] = parseArgs(args).words;
  const [owner = '', group = ''] = whose.split(':');
  const stranger = [owner, group].find((name) => name !== '' && idOf(name) === undefined);
  if (stranger !== undefined) return yield* failed(`chown: invalid user: '${stranger}'`);
  const to = { ...(owner === '' ? {} : { owner: nameOf(owner) }), ...(group === '' ? {} : { group: nameOf(group) }) };
  return yield* each(bench, paths, (node, path) => changed(node, path, 'chown', to));
}

function changed(node: NodeState, path: string, tool: string, to: Partial<DemoFile>): NodeState | string {
  const file = fileAt(node, path);
  return file === undefined
    ? `${tool}: cannot access '${path}': No such file or directory`
    : putFile(node, path, { ...file, ...to });
}

function* playMove(bench: Bench, args: readonly string[]): Doing {
  const [from = '', to = ''] = parseArgs(args).words;
  return yield* each(bench, [from], (node, path) => {
    const file = fileAt(node, path);
    if (file === undefined) return `mv: cannot stat '${path}': No such file or directory`;
    const moved = [...node.files].filter(([below]) => below === path || below.startsWith(`${path}/`));
    return moved.reduce(
      (state, [below, each]) => putFile(state, `${to}${below.slice(path.length)}`, each),
      dropFile(node, path),
    );
  });
}

function* playLs(bench: Bench, args: readonly string[]): Doing {
  for (const path of parseArgs(args).words.length === 0 ? ['/'] : parseArgs(args).words) {
    const place = placeOf(bench.world, stateOf(bench), cleanPath(path));
    if (place.kind !== 'here' || fileAt(place.node, place.path) === undefined)
      return yield* failed(`ls: cannot access '${path}': No such file or directory`, 2);
    for (const name of namesIn(place.node, place.path)) yield say(name);
  }
  return 0;
}

function* playTest(bench: Bench, args: readonly string[]): Doing {
  const [flag = '', path = ''] = args[0] === '!' ? args.slice(1) : args;
  const file = fileAt(stateOf(bench), cleanPath(path));
  const tests: { readonly [flag: string]: boolean } = {
    '-e': file !== undefined,
    '-f': file?.kind === 'file',
    '-d': file?.kind === 'directory',
    '-L': file?.kind === 'link',
    '-n': path !== '',
    '-z': path === '',
  };
  const holds = tests[flag];
  if (holds === undefined) return yield* failed(`test: ${args.join(' ')} is not simulated here`, 127);
  return holds === (args[0] !== '!') ? 0 : 1;
}

/** Writes a file where it really lies. */
export function* writeFile(bench: Bench, path: string, file: DemoFile): Doing {
  yield wait(TAKES.write);
  return yield* at(bench, path, (node, where) => putFile(node, where, file));
}
