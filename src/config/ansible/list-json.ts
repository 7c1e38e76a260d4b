import { isRecord } from '../record.ts';
import { type AnsibleTree, addVars, groupIn, hostIn } from './tree.ts';

/**
 * Adds what `ansible-inventory --list` or an inventory script printed to a tree: groups with lists of hosts and children, variables of
 * all hosts under `_meta.hostvars`. A group may be a bare list of hosts, as old scripts print it.
 */
export function readListJson(value: { readonly [key: string]: unknown }, tree: AnsibleTree): void {
  for (const [name, entry] of Object.entries(value)) {
    if (name === '_meta') continue;
    const group = groupIn(tree, name);
    const { hosts, children, vars } = Array.isArray(entry)
      ? { hosts: entry, children: [], vars: {} }
      : isRecord(entry)
        ? entry
        : {};
    for (const host of texts(hosts)) {
      hostIn(tree, host);
      group.hosts.add(host);
    }
    for (const child of texts(children)) {
      groupIn(tree, child);
      group.children.add(child);
    }
    if (isRecord(vars)) addVars(group.vars, vars);
  }
  const meta = value['_meta'];
  const hostvars = isRecord(meta) ? meta['hostvars'] : undefined;
  for (const [host, vars] of Object.entries(isRecord(hostvars) ? hostvars : {})) {
    if (isRecord(vars)) addVars(hostIn(tree, host).vars, vars);
  }
}

/** Whether JSON has the shape of `--list`; the other shape it may have is that of a YAML inventory. */
export const isListJson = (value: { readonly [key: string]: unknown }): boolean =>
  Object.hasOwn(value, '_meta') ||
  Object.values(value).some(
    (entry) =>
      Array.isArray(entry) || (isRecord(entry) && (Array.isArray(entry['hosts']) || Array.isArray(entry['children']))),
  );

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
