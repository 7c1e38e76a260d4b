import type { Notice } from '../../model/inventory.ts';
import type { InventoryProblem } from '../problem.ts';
import { isRecord } from '../record.ts';
import type { PathStep, YamlSource } from '../yaml-source.ts';
import { type AnsibleTree, addVars, expandHostPattern, groupIn, hostIn } from './tree.ts';

const GROUP_KEYS = ['hosts', 'children', 'vars'];

/** Groups deeper than this are no inventory but a circle or a bomb. */
const DEEPEST_GROUP = 64;

/** One inventory being read. */
interface Reading {
  readonly source: YamlSource;
  readonly tree: AnsibleTree;
  readonly notice: (notice: Notice) => void;
  readonly problems: InventoryProblem[];
}

/**
 * Adds an Ansible YAML inventory to a tree: groups nested by `children`, hosts with a map of variables or nothing at all. Returns what
 * could not be read; what Ansible itself only warns of is a notice.
 */
export function readAnsibleYaml(
  source: YamlSource,
  tree: AnsibleTree,
  notice: (notice: Notice) => void,
): readonly InventoryProblem[] {
  const reading: Reading = { source, tree, notice, problems: [] };
  for (const [name, value] of Object.entries(isRecord(source.value) ? source.value : {})) {
    const remark = (text: string): void =>
      notice({ file: source.file, line: source.lineOf([name]), text: `"${name}" at the top is taken for ${text}` });
    if (isRecord(value) && Object.keys(value).length > 0 && !GROUP_KEYS.some((key) => Object.hasOwn(value, key))) {
      remark('a host; Ansible would skip it: a host belongs under "hosts"');
      readHosts(reading, 'ungrouped', { [name]: value }, []);
    } else {
      if (value === null) remark('an empty group, as Ansible does; a host belongs under "hosts"');
      readGroup(reading, name, value, [name], 0);
    }
  }
  return reading.problems;
}

function readGroup(reading: Reading, name: string, value: unknown, path: readonly PathStep[], depth: number): void {
  const { source, tree, notice } = reading;
  const group = groupIn(tree, name);
  if (isNothing(value)) return;
  if (!isRecord(value)) {
    complain(reading, path, `the group ${JSON.stringify(name)} is no map`, 'hosts, children and vars');
    return;
  }
  if (depth > DEEPEST_GROUP) {
    complain(reading, path, `the group ${JSON.stringify(name)} is nested too deeply`, 'at most 64 levels');
    return;
  }
  readHosts(reading, name, value['hosts'], [...path, 'hosts']);
  const { children, vars } = value;
  if (isRecord(children)) {
    for (const [child, inner] of Object.entries(children)) {
      group.children.add(child);
      readGroup(reading, child, inner, [...path, 'children', child], depth + 1);
    }
  } else if (!isNothing(children)) {
    complain(
      reading,
      [...path, 'children'],
      `the children of ${JSON.stringify(name)} are no map`,
      'a map of groups, e.g. { gpu: , cpu: }',
    );
  }
  if (isRecord(vars)) addVars(group.vars, vars);
  else if (!isNothing(vars))
    complain(reading, [...path, 'vars'], `the variables of ${JSON.stringify(name)} are no map`, 'a map of variables');
  for (const key of Object.keys(value)) {
    if (GROUP_KEYS.includes(key)) continue;
    const text = `"${key}" in the group "${name}" is skipped: a group has hosts, children and vars`;
    notice({ file: source.file, line: source.lineOf([...path, key]), text });
  }
}

function readHosts(reading: Reading, group: string, hosts: unknown, path: readonly PathStep[]): void {
  if (isNothing(hosts)) return;
  const named = typeof hosts === 'string' ? { [hosts]: null } : hosts;
  if (!isRecord(named)) {
    complain(
      reading,
      path,
      `the hosts of ${JSON.stringify(group)} are no map`,
      'a map of hosts, each with a ":" after it',
    );
    return;
  }
  for (const [pattern, vars] of Object.entries(named)) {
    const expanded = expandHostPattern(pattern);
    if ('because' in expanded) {
      const message = `${JSON.stringify(pattern)} names no host: ${expanded.because}`;
      reading.problems.push(reading.source.problemAt([...path, pattern], { message, at: 'key' }));
      continue;
    }
    if (vars !== null && !isRecord(vars)) {
      complain(
        reading,
        [...path, pattern],
        `the variables of ${JSON.stringify(pattern)} are no map`,
        'a map of variables, or nothing',
      );
    }
    for (const name of expanded.names) {
      const host = hostIn(reading.tree, name);
      if (isRecord(vars)) addVars(host.vars, vars);
      groupIn(reading.tree, group).hosts.add(name);
    }
  }
}

const isNothing = (value: unknown): value is null | undefined => value === null || value === undefined;

function complain({ source, problems }: Reading, path: readonly PathStep[], message: string, expected: string): void {
  problems.push(source.problemAt(path, { message, expected }));
}
