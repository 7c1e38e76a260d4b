import type { AnsibleGroup, AnsibleTree } from './tree.ts';

/** Reads variables as Ansible would: the most specific source wins. Values are as in the files, templates unresolved. */
export interface HostScope {
  readonly tree: AnsibleTree;
  /** The value a host sees, or undefined. */
  readonly lookup: (host: string, name: string) => unknown;
  /** Whether a host's value is its own and not that of a group. */
  readonly isOwn: (host: string, name: string) => boolean;
  /** Hosts of a group, nested groups included, in Ansible's order: its own first. Empty for an unknown group. */
  readonly hostsOf: (group: string) => readonly string[];
  readonly groupsOf: (host: string) => readonly string[];
}

/** Groups of a host, the one that wins first, with what was looked up in them before. */
interface Chain {
  readonly groups: readonly AnsibleGroup[];
  readonly names: readonly string[];
  readonly found: Map<string, unknown>;
}

/**
 * Precedence of Ansible for inventory variables, lowest first: `all`, outer groups, inner groups (by depth, then by
 * `ansible_group_priority`, then by name), the same again for group_vars, the host, its host_vars.
 */
export function hostScope(tree: AnsibleTree): HostScope {
  const chainOf = chainsOf(tree);
  return {
    tree,
    isOwn: (host, name) => {
      const found = tree.hosts.get(host);
      return found !== undefined && (found.fileVars.has(name) || found.vars.has(name));
    },
    lookup: (host, name) => {
      const found = tree.hosts.get(host);
      if (found?.fileVars.has(name)) return found.fileVars.get(name);
      return found?.vars.has(name) ? found.vars.get(name) : inGroups(tree, chainOf(host), name);
    },
    hostsOf: membersOf(tree),
    groupsOf: (host) => chainOf(host).names,
  };
}

/** The groups of a host, kept per set of direct groups: thousands of hosts share a few. */
function chainsOf(tree: AnsibleTree): (host: string) => Chain {
  const parents = inverse(tree, ({ children }) => children);
  const direct = inverse(tree, ({ hosts }) => hosts);
  const depthOf = depthsOf(parents);
  const chains = new Map<string, Chain>();
  return (host) => {
    const own = direct.get(host) ?? [];
    const key = own.join('\0');
    const known = chains.get(key);
    if (known !== undefined) return known;
    const names = new Set<string>();
    const climb = (name: string): void => {
      if (names.has(name)) return;
      names.add(name);
      for (const parent of parents.get(name) ?? []) climb(parent);
    };
    for (const name of own) climb(name);
    names.delete('all');
    const sorted = [...names].sort(
      (a, b) => depthOf(b) - depthOf(a) || priorityOf(tree, b) - priorityOf(tree, a) || (a < b ? 1 : -1),
    );
    const chain = { groups: sorted.flatMap((name) => tree.groups.get(name) ?? []), names: sorted, found: new Map() };
    chains.set(key, chain);
    return chain;
  };
}

/** The longest way from the top; within a circle any figure will do. */
function depthsOf(parents: ReadonlyMap<string, readonly string[]>): (group: string) => number {
  const depths = new Map<string, number>();
  const depthOf = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    depths.set(name, 0);
    const depth = (parents.get(name) ?? []).reduce((deepest, parent) => Math.max(deepest, 1 + depthOf(parent)), 0);
    depths.set(name, depth);
    return depth;
  };
  return depthOf;
}

function priorityOf(tree: AnsibleTree, name: string): number {
  const group = tree.groups.get(name);
  return Number(group?.fileVars.get('ansible_group_priority') ?? group?.vars.get('ansible_group_priority') ?? 1) || 1;
}

function inGroups(tree: AnsibleTree, { groups, found }: Chain, name: string): unknown {
  if (found.has(name)) return found.get(name);
  const all = tree.groups.get('all');
  const sources = [
    ...groups.map(({ fileVars }) => fileVars),
    all?.fileVars,
    ...groups.map(({ vars }) => vars),
    all?.vars,
  ];
  const value = sources.find((vars) => vars?.has(name))?.get(name);
  found.set(name, value);
  return value;
}

function membersOf(tree: AnsibleTree): (group: string) => readonly string[] {
  const members = new Map<string, readonly string[]>();
  const hostsOf = (name: string): readonly string[] => {
    const known = members.get(name);
    if (known !== undefined) return known;
    members.set(name, []);
    const group = tree.groups.get(name);
    const hosts =
      name === 'all'
        ? [...tree.hosts.keys()]
        : [...(group?.hosts ?? []), ...[...(group?.children ?? [])].flatMap(hostsOf)];
    const unique = [...new Set(hosts)];
    members.set(name, unique);
    return unique;
  };
  return hostsOf;
}

function inverse(
  tree: AnsibleTree,
  membersOf: (group: AnsibleGroup) => ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const groupsOf = new Map<string, string[]>();
  for (const [name, group] of tree.groups) {
    for (const member of membersOf(group)) {
      const known = groupsOf.get(member);
      if (known === undefined) groupsOf.set(member, [name]);
      else known.push(name);
    }
  }
  return groupsOf;
}
