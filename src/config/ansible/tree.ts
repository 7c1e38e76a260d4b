import { MAX_NAMES } from '../../model/node-range.ts';

/** Variables by name, as the files have them: templates unresolved, vaulted values as `VAULTED`. */
export type Vars = Map<string, unknown>;

/** One group of an Ansible inventory. */
export interface AnsibleGroup {
  readonly hosts: Set<string>;
  readonly children: Set<string>;
  /** From the inventory itself. */
  readonly vars: Vars;
  /** From group_vars beside it, which win over those of the inventory. */
  readonly fileVars: Vars;
}

/** One host: its own variables, and those of host_vars, which win. */
export interface AnsibleHost {
  readonly vars: Vars;
  readonly fileVars: Vars;
}

/** An Ansible inventory being read: hosts and groups in order of appearance. */
export interface AnsibleTree {
  readonly hosts: Map<string, AnsibleHost>;
  readonly groups: Map<string, AnsibleGroup>;
}

/** An inventory with nothing but the group `all`. */
export function emptyTree(): AnsibleTree {
  const tree = { hosts: new Map<string, AnsibleHost>(), groups: new Map<string, AnsibleGroup>() };
  groupIn(tree, 'all');
  return tree;
}

/** The group of this name, made when it is new. */
export function groupIn(tree: AnsibleTree, name: string): AnsibleGroup {
  const known = tree.groups.get(name);
  if (known !== undefined) return known;
  const group = { hosts: new Set<string>(), children: new Set<string>(), vars: new Map(), fileVars: new Map() };
  tree.groups.set(name, group);
  return group;
}

/** The host of this name, made when it is new. */
export function hostIn(tree: AnsibleTree, name: string): AnsibleHost {
  const known = tree.hosts.get(name);
  if (known !== undefined) return known;
  const host = { vars: new Map(), fileVars: new Map() };
  tree.hosts.set(name, host);
  return host;
}

/** Adds variables; later ones win, as when Ansible merges the sources of an inventory. */
export function addVars(vars: Vars, more: { readonly [name: string]: unknown }): void {
  for (const [name, value] of Object.entries(more)) vars.set(name, value);
}

/**
 * The names of a host pattern: `gpu[01:20].example.com`, `[a:f]`, `[1:9:2]`; several ranges combine. Returns a reason instead where
 * there is none. Ansible's ranges have both ends in them.
 */
export function expandHostPattern(
  pattern: string,
): { readonly names: readonly string[] } | { readonly because: string } {
  const match = /\[([^\]]*)\]/.exec(pattern);
  if (match === null)
    return /[[\]]/.test(pattern) ? { because: 'a bracket without its partner' } : { names: [pattern] };
  const values = rangeValues(match[1] ?? '');
  if (values === undefined) return { because: `[${match[1]}] is no range; expected e.g. [01:20], [a:f] or [1:9:2]` };
  const tail = expandHostPattern(pattern.slice(match.index + match[0].length));
  if ('because' in tail) return tail;
  if (values.length * tail.names.length > MAX_NAMES)
    return { because: `stands for more than ${MAX_NAMES.toLocaleString('en')} hosts` };
  const head = pattern.slice(0, match.index);
  return { names: values.flatMap((value) => tail.names.map((rest) => `${head}${value}${rest}`)) };
}

function rangeValues(range: string): readonly string[] | undefined {
  const match = /^(?:(\d{1,9}):(\d{1,9})|([a-z]):([a-z])|([A-Z]):([A-Z]))(?::(\d{1,9}))?$/.exec(range);
  if (match === null) return undefined;
  const [, first = '', last = '', lower, lowerEnd, upper, upperEnd, stepText] = match;
  const step = Number(stepText ?? '1');
  const letter = lower ?? upper;
  const [from, to] =
    letter === undefined
      ? [Number(first), Number(last)]
      : [letter.charCodeAt(0), (lowerEnd ?? upperEnd ?? letter).charCodeAt(0)];
  if (step < 1 || to < from || (to - from) / step >= MAX_NAMES) return undefined;
  const width = first.startsWith('0') ? first.length : 0;
  const values: string[] = [];
  for (let value = from; value <= to; value += step)
    values.push(letter === undefined ? String(value).padStart(width, '0') : String.fromCharCode(value));
  return values;
}
