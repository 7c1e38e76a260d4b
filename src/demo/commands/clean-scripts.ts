import { decodeTarget } from '../asks.ts';
import { dropFile, fileAt, inodeOf, made, namesIn, putFile } from '../files.ts';
import type { NodeState } from '../node-state.ts';
import { endProcesses } from '../users.ts';
import { type Bench, change, type Doing, failed, say, stateOf, wait } from './doing.ts';
import { TAKES } from './durations.ts';

/** One line of the list that says what is moved: `1 64768:132 job-4100`. */
interface Entry {
  readonly number: string;
  readonly id: string;
  readonly name: string;
}

const entriesOf = (stdin: string): readonly Entry[] =>
  stdin
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [number = '', id = '', coded = ''] = line.split(' ');
      return { number, id, name: decodeTarget(coded) };
    });

/** `ROOT ID TRASH`, the list on standard input: moves what is still what the plan showed. */
export function* setAside(bench: Bench, [root = '', id = '', trash = '']: readonly string[]): Doing {
  const node = stateOf(bench);
  if (inodeOf(node, root) !== id) return yield* failed(`${root} is another directory than the plan showed`);
  const entries = entriesOf(bench.stdin);
  const other = entries.find(
    (entry) =>
      inodeOf(node, `${root}/${entry.name}`) !== entry.id &&
      inodeOf(node, `${root}/${trash}/${entry.number}`) !== entry.id,
  );
  if (other !== undefined) return yield* failed(`${root}/${other.name} is not what the plan showed; nothing was moved`);
  if (fileAt(node, `${root}/${trash}`) === undefined) {
    const folder = { ...made('directory', '', bench.world.clock.nowMs()), mode: '0700' };
    const list = { ...made('file', bench.stdin, bench.world.clock.nowMs()), mode: '0600' };
    change(bench, (now) => putFile(putFile(now, `${root}/${trash}`, folder), `${root}/${trash}/manifest`, list));
  }
  for (const { number, name } of entries) {
    yield wait(TAKES.quick);
    change(bench, (now) => moved(now, `${root}/${name}`, `${root}/${trash}/${number}`));
  }
  return 0;
}

/** The same the other way round. */
export function* putBack(bench: Bench, [root = '', id = '', trash = '']: readonly string[]): Doing {
  if (inodeOf(stateOf(bench), root) !== id) return yield* failed(`${root} is another directory than the plan showed`);
  for (const { number, name } of entriesOf(bench.stdin)) {
    yield wait(TAKES.quick);
    if (fileAt(stateOf(bench), `${root}/${name}`) !== undefined) {
      yield say(`${root}/${name} is there again; ${root}/${trash}/${number} stays`);
      return 1;
    }
    change(bench, (now) => moved(now, `${root}/${trash}/${number}`, `${root}/${name}`));
  }
  change(bench, (now) => dropFile(now, `${root}/${trash}`));
  return 0;
}

/** `ROOT ID SUM`, the list on standard input: deletes folders of what was set aside. */
export function* purge(bench: Bench, [root = '', id = '']: readonly string[]): Doing {
  if (inodeOf(stateOf(bench), root) !== id) return yield* failed(`${root} is another directory than the plan showed`);
  for (const { id: want, name } of entriesOf(bench.stdin)) {
    const path = `${root}/${name}`;
    if (fileAt(stateOf(bench), path) === undefined) continue;
    if (want !== '0:0' && inodeOf(stateOf(bench), path) !== want)
      return yield* failed(`${path} is another one than the plan showed`);
    yield wait(TAKES.purge);
    change(bench, (now) => dropFile(now, path));
  }
  return 0;
}

function moved(node: NodeState, from: string, to: string): NodeState {
  const all = [...node.files].filter(([path]) => path === from || path.startsWith(`${from}/`));
  if (all.length === 0) return node;
  return all.reduce(
    (state, [path, file]) => putFile(state, `${to}${path.slice(from.length)}`, file),
    dropFile(node, from),
  );
}

/** `PATH`: removes a mount point that holds nothing. */
export function* removeMountPoint(bench: Bench, [path = '']: readonly string[]): Doing {
  yield wait(TAKES.quick);
  const node = stateOf(bench);
  if (fileAt(node, path)?.kind !== 'directory') return 0;
  if (namesIn(node, path).length > 0 || node.mounts.some(({ target }) => target === path))
    yield say(`${path} is not empty or in use, and stays`);
  else change(bench, (now) => dropFile(now, path));
  return 0;
}

/** The list of numbers and starts on standard input: asks them to end. */
export function* endAll(bench: Bench): Doing {
  const pids = new Set(bench.stdin.split('\n').map((line) => Number(line.split(' ')[0])));
  yield say(`asked to end: ${[...pids].filter((pid) => pid > 0).join(' ')}`);
  yield wait(TAKES.endProcesses);
  change(bench, (node) => endProcesses(node, pids, bench.world.clock.nowMs()));
  return 0;
}
