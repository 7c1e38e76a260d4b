import type { NodeName } from '../model/ids.ts';
import { nearest } from '../model/nearest.ts';
import { nodesAt, type Piece, type Report } from './piece.ts';
import type { GroupEntry, NodeSettings } from './schema.ts';
import type { PathStep } from './yaml-source.ts';

/** Settings a group gives to its nodes. */
interface GroupSettings {
  readonly piece: Piece;
  readonly path: readonly PathStep[];
  readonly names: readonly NodeName[];
  readonly settings: NodeSettings;
}

/** Groups with their members, and their settings from the outermost group to the innermost. */
export interface GroupTree {
  readonly groups: { readonly [group: string]: readonly NodeName[] };
  readonly settings: readonly GroupSettings[];
}

/** Groups that an entry of `nodes` names for its nodes. */
export interface Membership {
  readonly piece: Piece;
  /** Of the list of groups. */
  readonly path: readonly PathStep[];
  readonly names: readonly string[];
  readonly groups: readonly string[];
}

interface Declared {
  readonly piece: Piece;
  readonly path: readonly PathStep[];
  readonly set: string | readonly string[];
  readonly setPath: readonly PathStep[];
  readonly within: readonly string[];
  readonly settings: NodeSettings;
  /** Nodes that name the group in their own entries. */
  readonly joined: Set<string>;
}

/** Groups of all files, nested ones flattened; a group may name others by `groups` and, in its members, by `@name`. */
export function buildGroups(
  pieces: readonly Piece[],
  nodes: readonly { readonly name: NodeName }[],
  memberships: readonly Membership[],
  report: Report,
): GroupTree {
  const declared = new Map<string, Declared>();
  for (const piece of pieces) {
    for (const [name, entry] of Object.entries(piece.data.groups ?? {}))
      declareGroup(declared, name, entry, { piece, path: ['groups', name] }, report);
  }
  join(declared, memberships, report);
  const members: Record<string, readonly NodeName[]> = {};
  const open: string[] = [];
  const resolve = (name: string): void => {
    const group = declared.get(name);
    if (group === undefined || Object.hasOwn(members, name)) return;
    if (open.includes(name)) {
      const circle = [...open.slice(open.indexOf(name)), name].join(' → ');
      report.problem(
        group.piece.source.problemAt(group.path, {
          message: `the group ${JSON.stringify(name)} contains itself: ${circle}`,
          at: 'key',
        }),
      );
      members[name] = [];
      return;
    }
    open.push(name);
    for (const other of [...group.within, ...mentionsIn(group.set)]) resolve(other);
    open.pop();
    if (!Object.hasOwn(members, name)) members[name] = membersOf(group, declared, members, nodes, report);
  };
  for (const name of declared.keys()) resolve(name);

  const depths = depthsOf(declared);
  const settings = [...declared]
    .toSorted(([a], [b]) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0))
    .map(([name, { piece, path, settings: own }]) => ({ piece, path, names: members[name] ?? [], settings: own }));
  return { groups: Object.fromEntries([...declared.keys()].map((name) => [name, members[name] ?? []])), settings };
}

function declareGroup(
  declared: Map<string, Declared>,
  name: string,
  entry: GroupEntry | null,
  { piece, path }: { readonly piece: Piece; readonly path: readonly PathStep[] },
  report: Report,
): void {
  const first = declared.get(name);
  if (first !== undefined) {
    const message = `the group ${JSON.stringify(name)} is declared already, at ${first.piece.source.file}:${first.piece.source.lineOf(first.path)}`;
    report.problem(piece.source.problemAt(path, { message, at: 'key' }));
    return;
  }
  if (!/^(?!__proto__$)[\w.-]+$/.test(name) || name === 'all') {
    const expected = name === 'all' ? 'another name: "all" is every node' : 'letters, digits, ".", "_" or "-"';
    report.problem(
      piece.source.problemAt(path, { message: `${JSON.stringify(name)} cannot name a group`, at: 'key', expected }),
    );
    return;
  }
  if (entry === null || typeof entry === 'string' || Array.isArray(entry)) {
    declared.set(name, { piece, path, set: entry ?? [], setPath: path, within: [], settings: {}, joined: new Set() });
    return;
  }
  const { members = [], groups = [], ...settings } = entry;
  declared.set(name, {
    piece,
    path,
    set: members,
    setPath: [...path, 'members'],
    within: [groups].flat(),
    settings,
    joined: new Set(),
  });
}

/** Puts nodes into the groups their own entries name; one not declared is likely a slip, once any group is. */
function join(declared: Map<string, Declared>, memberships: readonly Membership[], report: Report): void {
  const known = [...declared.keys()];
  for (const { piece, path, names, groups } of memberships) {
    for (const [index, name] of groups.entries()) {
      if (known.length > 0 && !known.includes(name)) {
        const meant = nearest(name, known);
        const complaint = {
          message: `no group is called ${JSON.stringify(name)}`,
          ...(meant === undefined ? {} : { nearest: meant }),
        };
        report.problem(
          piece.source.problemAt([...path, index], { ...complaint, expected: `one of ${known.join(', ')}` }),
        );
        continue;
      }
      if (!declared.has(name)) declareGroup(declared, name, null, { piece, path }, report);
      for (const node of names) declared.get(name)?.joined.add(node);
    }
  }
}

/** Groups a member text mentions by `@name`. A glob sees only the groups declared before it, so that it never means itself. */
const mentionsIn = (set: string | readonly string[]): readonly string[] =>
  [set].flat().flatMap((text) => [...text.matchAll(/@([\w.-]+)(?![*?\w.-])/g)].map((match) => match[1] ?? ''));

function membersOf(
  { piece, path, set, setPath, within, joined }: Declared,
  declared: ReadonlyMap<string, Declared>,
  groups: { readonly [group: string]: readonly NodeName[] },
  nodes: readonly { readonly name: NodeName }[],
  report: Report,
): readonly NodeName[] {
  const chosen = new Set<string>(set.length === 0 ? [] : nodesAt(piece, setPath, set, { nodes, groups }, report));
  for (const name of joined) chosen.add(name);
  for (const [index, other] of within.entries()) {
    if (Object.hasOwn(groups, other)) for (const name of groups[other] ?? []) chosen.add(name);
    if (declared.has(other)) continue;
    const meant = nearest(other, declared.keys());
    const complaint = {
      message: `no group is called ${JSON.stringify(other)}`,
      ...(meant === undefined ? {} : { nearest: meant }),
    };
    report.problem(piece.source.problemAt([...path, 'groups', index], complaint));
  }
  return nodes.flatMap(({ name }) => (chosen.has(name) ? [name] : []));
}

/** How many groups stand around each; within a circle, which is reported elsewhere, any figure will do. */
function depthsOf(declared: ReadonlyMap<string, Declared>): ReadonlyMap<string, number> {
  const outer = new Map<string, string[]>();
  for (const [name, { within }] of declared)
    for (const inner of within) outer.set(inner, [...(outer.get(inner) ?? []), name]);
  const depths = new Map<string, number>();
  const depthOf = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    depths.set(name, 0);
    const depth = (outer.get(name) ?? []).reduce((deepest, other) => Math.max(deepest, 1 + depthOf(other)), 0);
    depths.set(name, depth);
    return depth;
  };
  for (const name of declared.keys()) depthOf(name);
  return depths;
}
