// Directories of a simulated node as somebody who cleans up sees them, and the scripts that move and delete what lies there.
import type { RunningProcess } from '../../src/model/check.ts';
import type { Contents, Holder } from '../../src/model/contents.ts';
import { parseFigure } from '../../src/model/units.ts';
import type { Ran } from './sim-disks.ts';
import type { SimNode } from './sim-node.ts';
import type { NodeSpec, SimFile } from './sim-state.ts';

const inodes = new WeakMap<SimNode, Map<SimFile, number>>();

/** A file keeps its inode wherever it is moved. */
function idOf(node: SimNode, file: SimFile): string {
  const own = inodes.get(node) ?? new Map<SimFile, number>();
  inodes.set(node, own);
  const inode = own.get(file) ?? 100 + own.size;
  own.set(file, inode);
  return `64768:${inode}`;
}

/** `directory 4G 30d alice` each. */
export function leavings(spec: NodeSpec, nowMs: number): readonly (readonly [string, SimFile])[] {
  return Object.entries(spec.leavings ?? {}).map(([path, words]) => {
    const [kind = '', size = '', age = '', owner = 'root', mode = '0755'] = words.split(' ');
    return [
      path,
      {
        kind: kind === 'file' ? 'file' : 'directory',
        mode,
        owner,
        group: owner,
        sizeBytes: parseFigure(size, 'bytes') ?? 0,
        modifiedAtMs: nowMs - (parseFigure(age, 'ms') ?? 0),
      },
    ];
  });
}

const namesIn = (node: SimNode, folder: string): readonly string[] => [
  ...new Set(
    [...node.files.keys()]
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''),
  ),
];

export function contentsOf(node: SimNode, folder: string): Contents {
  const own = node.files.get(folder);
  if (own === undefined) return { kind: 'none' };
  if (own.kind !== 'directory') return { kind: 'other', because: `${folder} is a regular file, not to be entered` };
  return {
    kind: 'directory',
    id: idOf(node, own),
    path: folder,
    freeBytes: 3 * 1024 ** 3,
    untold: 0,
    entries: namesIn(node, folder).flatMap((name) => {
      const file = node.files.get(`${folder}/${name}`);
      if (file === undefined) return [];
      const { kind, mode, owner, sizeBytes = 4096, modifiedAtMs = 0 } = file;
      return [{ name, id: idOf(node, file), kind, mode, owner, sizeBytes, modifiedAtMs }];
    }),
  };
}

export const holdersIn = (node: SimNode, folder: string): readonly Holder[] =>
  [...node.users].flatMap(([path, lines]) =>
    path.startsWith(`${folder}/`)
      ? lines.map((line) => {
          const [pid = '', user = '', ...command] = line.split(' ');
          return {
            pid: Number(pid),
            user,
            command: command.join(' '),
            name: path.slice(folder.length + 1).split('/')[0] ?? '',
          };
        })
      : [],
  );

const OK: Ran = { exitCode: 0, words: '' };
const failed = (words: string): Ran => ({ exitCode: 1, words });

/** `muster-set-aside`, `muster-put-back`, `muster-purge` and `muster-remove-mount-point`, as `src/storage` writes them. */
export function cleaning(
  node: SimNode,
  name: string,
  [root = '', id = '', last = '']: readonly string[],
  stdin: string,
): Ran {
  if (name === 'muster-end-processes') {
    ended.set(node, new Set([...(ended.get(node) ?? []), ...stdin.split('\n')]));
    return OK;
  }
  if (name === 'muster-remove-mount-point') {
    if (namesIn(node, root).length === 0) node.files.delete(root);
    return OK;
  }
  const own = node.files.get(root);
  if (own === undefined || idOf(node, own) !== id) return failed(`${root} is another directory than the plan showed`);
  const list = stdin
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [number = '', want = '', coded = ''] = line.split(' ');
      const text = coded.replaceAll(/\\0([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      );
      return { number, want, name: Buffer.from(text, 'latin1').toString('utf8') };
    });
  if (name === 'muster-purge') return purge(node, root, list);
  const isAside = name === 'muster-set-aside';
  const trash = `${root}/${last}`;
  if (isAside && !node.files.has(trash))
    node.files.set(trash, { kind: 'directory', mode: '0700', owner: 'root', group: 'root' });
  for (const { number, want, name: entry } of list) {
    const [from, to] = isAside
      ? [`${root}/${entry}`, `${trash}/${number}`]
      : [`${trash}/${number}`, `${root}/${entry}`];
    const file = node.files.get(from);
    if (file === undefined || idOf(node, file) !== want) continue;
    for (const [path, each] of [...node.files]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      node.files.delete(path);
      node.files.set(`${to}${path.slice(from.length)}`, each);
    }
  }
  if (!isAside) node.files.delete(trash);
  return OK;
}

function purge(node: SimNode, root: string, list: readonly { readonly name: string; readonly want: string }[]): Ran {
  for (const { name, want } of list) {
    const file = node.files.get(`${root}/${name}`);
    if (file === undefined) continue;
    if (want !== '0:0' && idOf(node, file) !== want)
      return failed(`${root}/${name} is another one than the plan showed`);
    for (const path of [...node.files.keys()]) {
      if (path !== `${root}/${name}` && !path.startsWith(`${root}/${name}/`)) continue;
      node.files.delete(path);
      node.destroyed.push(path);
    }
  }
  return OK;
}

const ended = new WeakMap<SimNode, Set<string>>();

/** What runs and was not ended. */
export function processesOf(node: SimNode, pattern: string): readonly RunningProcess[] {
  return (node.spec.running ?? []).flatMap((line): readonly RunningProcess[] => {
    const [pid = '', ticks = '', seconds = '', user = '', group = '', ...words] = line.split(' ');
    const command = words.join(' ');
    if (!command.includes(pattern) || ended.get(node)?.has(`${pid} ${ticks}`) === true) return [];
    return [{ pid: Number(pid), startTicks: Number(ticks), ageMs: Number(seconds) * 1_000, user, group, command }];
  });
}
