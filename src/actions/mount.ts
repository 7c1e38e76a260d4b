import type { Action, FleetView, Input, Needs } from '../model/action.ts';
import type { NodeName } from '../model/ids.ts';
import { remoteSource } from '../model/storage-source.ts';
import { nodeOfHost } from '../model/wishes.ts';
import { mountFields, mountWish } from './mount-fields.ts';
import { loginFields, loginIn, loginNeeds, loginSteps, withLogin } from './mount-login.ts';
import { mountNeeds, planMount, serverNeeds } from './mount-node.ts';
import { gather, joinedNeeds, needsOn, nodesIn, planOf, refused, stageOf } from './node-plans.ts';

/** Mounts a share or a filesystem, and keeps it mounted over boots. mount(8), systemd.mount(5), systemd.automount(5), fstab(5). */
export const mount = {
  name: 'mount',
  title: 'Mount a share',
  summary: 'Mounts on a node set, by systemd units, fstab or plainly; the server is looked at before its clients.',
  targets: [
    {
      view: 'mounts',
      fills: { nodes: 'nodes', target: 'target', source: 'source', type: 'fsType', options: 'options' },
    },
    { view: 'exports', fills: { source: 'source' } },
    { view: 'nodes', fills: { nodes: 'nodes' } },
  ],
  fields: {
    ...mountFields,
    target: { ...mountFields.target, shape: 'own-place' },
    ...loginFields,
    verify: {
      kind: 'flag',
      title: 'Verify',
      help: 'Use the mount once and see that it answers.',
      default: true,
    },
  },
  needs(input, fleet): Needs {
    const nodes = nodesIn(input['nodes'], fleet);
    const target = String(input['target']);
    return joinedNeeds(
      needsOn(nodes, (node) => [...mountNeeds(target, fleet.nodes.get(node)), ...loginNeeds(input)]),
      needsOn(serversOf(nodes, input, fleet), serverNeeds),
    );
  },
  plan(input, fleet) {
    const title = `mount ${String(input['target'])}`;
    const choices = { overwrite: input['overwrite'] === true, verify: input['verify'] === true };
    const gathered = gather(nodesIn(input['nodes'], fleet), fleet, (view) => {
      const wish = mountWish(input, fleet, view.name);
      if (wish === undefined) {
        return refused(
          `the inventory knows no mount at ${String(input['target'])} there`,
          'say what is to be mounted (source)',
        );
      }
      const login = loginIn(input, wish);
      if (login === undefined) return planMount(wish, choices, view, fleet);
      if ('because' in login) return login;
      const planned = planMount(withLogin(wish), choices, view, fleet);
      return planned.kind === 'steps'
        ? { kind: 'steps', steps: [...loginSteps(wish, login, view), ...planned.steps] }
        : planned;
    });
    return planOf(title, stageOf(title, gathered.jobs), gathered);
  },
} satisfies Action;

/** Nodes of the inventory that serve what is to be mounted. */
export function serversOf(nodes: readonly NodeName[], input: Input, fleet: FleetView): readonly NodeName[] {
  const servers = nodes.flatMap((node) => {
    const wish = mountWish(input, fleet, node);
    const remote = wish === undefined ? undefined : remoteSource(wish.source, wish.fsType);
    return remote === undefined ? [] : [nodeOfHost(fleet.inventory, remote.server)];
  });
  return [...new Set(servers.filter((server) => server !== undefined))];
}
