import { type NodeName, nodeName, whyNotNodeName } from '../../model/ids.ts';
import type { Inventory, Notice } from '../../model/inventory.ts';
import { fleetName } from '../fleet-name.ts';
import { LATE_AFTER_MS, LOST_AFTER_MS } from '../own.ts';
import { nodeOf } from './connection.ts';
import { hostScope } from './scope.ts';
import { told } from './told.ts';
import type { AnsibleTree } from './tree.ts';
import { ansibleWishes } from './wishes.ts';

/** An Ansible inventory that was read, as muster's own kind: nodes, flat groups, and what its variables wish for. */
export function inventoryOf(
  path: string,
  files: readonly string[],
  tree: AnsibleTree,
  notices: readonly Notice[],
): Inventory {
  const scope = hostScope(tree);
  const gathered = told();
  const names = [...tree.hosts.keys()].filter((host) => {
    const because = whyNotNodeName(host);
    if (because !== undefined) gathered.tell(JSON.stringify(host.slice(0, 60)), `left out: ${because}`);
    return because === undefined;
  });
  const known = new Map<string, NodeName>(names.map((name) => [name, nodeName(name)]));
  const groupNames = [...tree.groups.keys()].filter(
    (group) => group !== 'all' && group !== 'ungrouped' && group !== '__proto__' && scope.hostsOf(group).length > 0,
  );
  const groups = Object.fromEntries(
    groupNames.map((group) => {
      const members = new Set(scope.hostsOf(group));
      return [group, [...known].flatMap(([name, branded]) => (members.has(name) ? [branded] : []))];
    }),
  );
  const order = new Map(groupNames.map((group, index) => [group, index]));
  const groupsOf = (host: string): readonly string[] =>
    scope
      .groupsOf(host)
      .filter((group) => order.has(group))
      .toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
  const nodes = names.map((host) => nodeOf(host, groupsOf(host), scope, gathered));
  const { exports, mounts } = ansibleWishes([...known.values()], scope, gathered);
  return {
    name: fleetName(path),
    files,
    ansible: path,
    nodes,
    groups,
    volumes: [],
    exports,
    mounts,
    sharing: [],
    pollEveryMs: {},
    lateAfterMs: LATE_AFTER_MS,
    lostAfterMs: LOST_AFTER_MS,
    notices: [...notices, ...gathered.notices(path)],
  };
}
