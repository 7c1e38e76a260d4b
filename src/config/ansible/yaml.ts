import type { Notice } from '../../model/inventory.ts';
import type { InventoryProblem } from '../problem.ts';
import { isRecord } from '../record.ts';
import type { PathStep, YamlSource } from '../yaml-source.ts';
import { type AnsibleTree, addVars, expandHostPattern, groupIn, hostIn } from './tree.ts';

const GROUP_KEYS = ['hosts', 'children', 'vars'];

/** Groups deeper than this are no inventory but a circle or a bomb. */
const DEEPEST_GROUP = 64;

/**
 * Adds an Ansible YAML inventory to a tree: groups nested by `children`, hosts with a map of variables or nothing at all. Returns what
 * could not be read; what Ansible itself only warns of is a notice.
 */
export function readAnsibleYaml(
  source: YamlSource,
  tree: AnsibleTree,
  notice: (notice: Notice) => void,
): readonly InventoryProblem[] {
  const problems: InventoryProblem[] = [];
  const complain = (path: readonly PathStep[], message: string, expected: string): void => {
    problems.push(source.problemAt(path, { message, expected }));
  };

  const readGroup = (name: string, value: unknown, path: readonly PathStep[], depth: number): void => {
    const group = groupIn(tree, name);
    if (value === null || value === undefined) return;
    if (!isRecord(value) || depth > DEEPEST_GROUP) {
      complain(
        path,
        depth > DEEPEST_GROUP
          ? `the group ${JSON.stringify(name)} is nested too deeply`
          : `the group ${JSON.stringify(name)} is no map`,
        'hosts, children and vars',
      );
      return;
    }
    readHosts(name, value['hosts'], [...path, 'hosts']);
    const children = value['children'];
    if (isRecord(children)) {
      for (const [child, inner] of Object.entries(children)) {
        group.children.add(child);
        readGroup(child, inner, [...path, 'children', child], depth + 1);
      }
    } else if (children !== null && children !== undefined)
      complain(
        [...path, 'children'],
        `the children of ${JSON.stringify(name)} are no map`,
        'a map of groups, e.g. { gpu: , cpu: }',
      );
    const vars = value['vars'];
    if (isRecord(vars)) addVars(group.vars, vars);
    else if (vars !== null && vars !== undefined)
      complain([...path, 'vars'], `the variables of ${JSON.stringify(name)} are no map`, 'a map of variables');
    for (const key of Object.keys(value)) {
      if (GROUP_KEYS.includes(key)) continue;
      notice({
        file: source.file,
        line: source.lineOf([...path, key]),
        text: `"${key}" in the group "${name}" is skipped: a group has hosts, children and vars`,
      });
    }
  };

  const readHosts = (group: string, hosts: unknown, path: readonly PathStep[]): void => {
    if (hosts === null || hosts === undefined) return;
    const named = typeof hosts === 'string' ? { [hosts]: null } : hosts;
    if (!isRecord(named)) {
      complain(path, `the hosts of ${JSON.stringify(group)} are no map`, 'a map of hosts, each with a ":" after it');
      return;
    }
    for (const [pattern, vars] of Object.entries(named)) {
      const expanded = expandHostPattern(pattern);
      if ('because' in expanded) {
        problems.push(
          source.problemAt([...path, pattern], {
            message: `${JSON.stringify(pattern)} names no host: ${expanded.because}`,
            at: 'key',
          }),
        );
        continue;
      }
      if (vars !== null && !isRecord(vars))
        complain(
          [...path, pattern],
          `the variables of ${JSON.stringify(pattern)} are no map`,
          'a map of variables, or nothing',
        );
      for (const name of expanded.names) {
        if (isRecord(vars)) addVars(hostIn(tree, name).vars, vars);
        else hostIn(tree, name);
        groupIn(tree, group).hosts.add(name);
      }
    }
  };

  for (const [name, value] of Object.entries(isRecord(source.value) ? source.value : {})) {
    const isGroup =
      value === null ||
      !isRecord(value) ||
      Object.keys(value).length === 0 ||
      GROUP_KEYS.some((key) => Object.hasOwn(value, key));
    if (isGroup) {
      if (value === null)
        notice({
          file: source.file,
          line: source.lineOf([name]),
          text: `"${name}" at the top is taken for an empty group, as Ansible does; a host belongs under "hosts"`,
        });
      readGroup(name, value, [name], 0);
    } else {
      notice({
        file: source.file,
        line: source.lineOf([name]),
        text: `"${name}" at the top is taken for a host; Ansible would skip it: a host belongs under "hosts"`,
      });
      readHosts('ungrouped', { [name]: value }, []);
    }
  }
  return problems;
}
