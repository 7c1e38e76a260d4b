import type { Action, FleetView, Input, NodeView } from '../model/action.ts';
import type { Need } from '../model/check.ts';
import { cmd } from '../model/command.ts';
import { describeDifferences } from '../model/comparison.ts';
import type { Mount } from '../model/facts.ts';
import { isNfs } from '../model/filesystem-types.ts';
import { absolutePath, type NodeName } from '../model/ids.ts';
import { compareOptions } from '../model/mount-options.ts';
import { automountAt, stackedAt } from '../model/mounts.ts';
import type { Step } from '../model/plan.ts';
import { remoteSource } from '../model/storage-source.ts';
import { nodeOfHost } from '../model/wishes.ts';
import { CHANGE } from '../storage/local-steps.ts';
import { mountedAs, mountSteps, NOT_KEPT, touchStep } from '../storage/mount-steps.ts';
import { isLive, type MountWish, plainOptions } from '../storage/mount-wish.ts';
import { keepLogin, whyNoLogin } from './cifs-login.ts';
import { type KeptMount, keptBy, keptWords } from './kept-mount.ts';
import { serversOf } from './mount.ts';
import { mountFields, mountWish, textOf } from './mount-fields.ts';
import { groundOf, isSameMount, mountNeeds, serverNeeds, whyNotServed } from './mount-node.ts';
import {
  already,
  gather,
  joinedNeeds,
  type NodePlan,
  needsOn,
  nodesIn,
  planOf,
  refused,
  stageOf,
} from './node-plans.ts';
import { unmountChoices, unmountFields } from './unmount.ts';
import { takingSteps, type UnmountChoices, unmountNeeds, whyNotUnmounted } from './unmount-node.ts';

/** Changes the options of a mount, or brings a hung or stale one back, without ever stacking one mount upon another. */
export const remount = {
  name: 'remount',
  title: 'Remount',
  summary:
    'Changes options or mends a hung, stale or stacked mount: live where the kernel can, else unmounted and mounted again.',
  targets: [{ view: 'mounts', fills: { nodes: 'nodes', target: 'target' } }],
  fields: {
    nodes: mountFields.nodes,
    target: mountFields.target,
    options: mountFields.options,
    how: mountFields.how,
    idle: mountFields.idle,
    overwrite: mountFields.overwrite,
    ...unmountFields,
  },
  needs(input, fleet) {
    const target = String(input['target']);
    const nodes = nodesIn(input['nodes'], fleet);
    return joinedNeeds(
      needsOn(nodes, (node) => [
        ...mountNeeds(target, fleet.nodes.get(node)),
        ...unmountNeeds(target),
        ...usageNeeds(target, fleet.nodes.get(node)),
      ]),
      needsOn(serversNow(nodes, input, fleet), serverNeeds),
    );
  },
  plan(input, fleet) {
    const target = String(input['target']);
    const gathered = gather(nodesIn(input['nodes'], fleet), fleet, (view) => {
      const wish = wishOn(input, fleet, view);
      return planRemount(wish, { ...unmountChoices(input), overwrite: input['overwrite'] === true }, view, fleet);
    });
    return planOf(`remount ${target}`, stageOf(`remount ${target}`, gathered.jobs), gathered);
  },
} satisfies Action;

/** Servers of what is mounted now count as well: the inventory need not know the mount. */
function serversNow(nodes: readonly NodeName[], input: Input, fleet: FleetView): readonly NodeName[] {
  const present = nodes.flatMap((node) => {
    const view = fleet.nodes.get(node);
    const wish = view === undefined ? undefined : wishOn(input, fleet, view);
    const remote = wish === undefined ? undefined : remoteSource(wish.source, wish.fsType);
    return remote === undefined ? [] : [nodeOfHost(fleet.inventory, remote.server)];
  });
  return [...new Set([...serversOf(nodes, input, fleet), ...present.filter((server) => server !== undefined)])];
}

/** Whether it answers is asked only where something is mounted: an automount that waits is left to wait. */
function usageNeeds(target: string, view: NodeView | undefined): readonly Need[] {
  const layers = stackedAt(view?.seen.facts.mounts ?? [], target);
  return layers.some(({ fsType }) => fsType !== 'autofs') ? [{ kind: 'probe', probe: 'usage', target }] : [];
}

/** The mount as it should be; where neither fields nor inventory say, as it is. */
function wishOn(input: Input, fleet: FleetView, view: NodeView): MountWish | undefined {
  const target = String(input['target']);
  const wish = mountWish(input, fleet, view.name);
  if (wish !== undefined) return wish;
  const mounts = view.seen.facts.mounts ?? [];
  const present = stackedAt(mounts, target).findLast(({ fsType }) => fsType !== 'autofs');
  if (present === undefined) return undefined;
  const text = textOf(input, 'options');
  const isAutomounted = automountAt(mounts, target)?.mount.target === target;
  const seen = mountWish({ ...input, source: present.source, type: present.fsType }, fleet, view.name);
  if (seen === undefined) return undefined;
  const unsaid = isAutomounted ? 'automount' : text === undefined ? 'plain' : howKept(input, present, view);
  const how = input['how'] === 'as-declared' ? unsaid : seen.how;
  return { ...seen, options: text === undefined ? optionsOf(present) : seen.options, how };
}

/** Options that were asked for go where a boot would take others from, where that may be rewritten. */
function howKept(input: Input, { source, target }: Mount, view: NodeView): MountWish['how'] {
  const kept = keptBy(target, view);
  const isRewritten = kept?.source === source && (kept.isOurs || input['overwrite'] === true);
  return kept !== undefined && isRewritten ? kept.how : 'plain';
}

/** What was asked of it, as far as the table tells: flags of the mount, and of NFS what is negotiated no further. */
const optionsOf = ({ options, superOptions }: Mount): readonly string[] => [
  ...options,
  ...superOptions.filter((option) => /^(vers|proto|hard|soft|softerr|timeo|retrans|sec|nconnect)(=|$)/.test(option)),
];

/** Plans the way from the mount as it is to the mount as it should be. */
export function planRemount(
  asked: MountWish | undefined,
  choices: UnmountChoices & { readonly overwrite: boolean },
  view: NodeView,
  fleet: FleetView,
): NodePlan {
  const mounts = view.seen.facts.mounts ?? [];
  const layers = asked === undefined ? [] : stackedAt(mounts, asked.target).filter(({ fsType }) => fsType !== 'autofs');
  const present = layers.at(-1);
  const wish = asked === undefined ? undefined : keepLogin(asked, present, view);
  if (wish === undefined || present === undefined) return refused('nothing is mounted there', 'mount it');
  if (!isSameMount(wish, present, view, fleet)) {
    return refused(`${present.source} is mounted at ${wish.target}, not ${wish.source}`, 'unmount it first');
  }
  const ill = whyIll(wish, layers, view);
  const ground = groundOf(wish.target, view, choices.overwrite);
  const bringing = mountSteps(wish, ground, fleet.render);
  if (bringing.kind === 'refused') return bringing;
  const kept = wish.how === 'plain' ? keptBy(wish.target, view) : undefined;
  const { differences } = compareOptions(wish.options, present);
  if (ill === undefined && differences.length === 0) return already(`${wish.target} is mounted as it should be`);
  const changed = differences.map(({ wished }) => wished);
  const writes = bringing.steps.filter(isWriting);
  if (ill === undefined && isLive(wish.fsType, changed)) {
    const live = liveStep(wish, present, describeDifferences(differences));
    return { kind: 'steps', steps: [saying(live, kept), ...writes] };
  }
  const because = whyNoLogin(wish) ?? whyNotYet(wish, fleet) ?? whyNotUnmounted(wish.target, choices, view);
  if (because !== undefined) return because;
  const { source, fsType } = wish;
  const unless = { source, fsType, options: wish.options, answers: ill !== undefined };
  return {
    kind: 'steps',
    steps: [
      ...writes,
      ...takingSteps(wish.target, choices, view, layers, unless),
      ...bringing.steps.filter((step) => !isWriting(step)).map((step) => saying(step, kept)),
      touchStep(wish),
    ],
  };
}

/** A plain mount that something on the node mounts as well says with which options that stays. */
function saying(step: Step, kept: KeptMount | undefined): Step {
  if (kept === undefined || !step.run.argv.includes('mount')) return step;
  return { ...step, warnings: [...step.warnings.filter((warning) => warning !== NOT_KEPT), keptWords(kept)] };
}

const isWriting = (step: Step): boolean =>
  step.preview.some(({ kind }) => kind === 'file') || step.run.argv.includes('daemon-reload');

/** What is wrong with a mount that has the right options: stacked, hung, stale, or without its automount. */
function whyIll(wish: MountWish, layers: readonly Mount[], { seen }: NodeView): string | undefined {
  if (layers.length > 1) return `${layers.length} mounts lie upon each other`;
  const silent = seen.failed.get(`usage ${wish.target}`) ?? seen.failed.get('usage');
  if (silent !== undefined) return silent;
  const isWaiting = automountAt(seen.facts.mounts ?? [], wish.target)?.mount.target === wish.target;
  return wish.how === 'automount' && !isWaiting ? 'it has no automount' : undefined;
}

/** A client is not touched before its server serves: a hard mount goes on by itself once the server is back. */
function whyNotYet({ source, fsType }: MountWish, fleet: FleetView): ReturnType<typeof whyNotServed> {
  const remote = remoteSource(source, fsType);
  const server = remote === undefined ? undefined : nodeOfHost(fleet.inventory, remote.server);
  return server === undefined || remote === undefined || !isNfs(fsType)
    ? undefined
    : whyNotServed(server, remote.path, fleet);
}

/** Options that a mount takes while it is in use. */
function liveStep(wish: MountWish, present: Mount, differences: string): Step {
  const before = present.options.filter((option) => !option.startsWith('x-'));
  return {
    ...CHANGE,
    title: `change the options of ${wish.target} in place`,
    run: cmd('mount', '-o', ['remount', ...plainOptions(wish)].join(','), '--', wish.target),
    done: [mountedAs(wish), { kind: 'stacked', target: absolutePath(wish.target), most: 1 }],
    preview: [{ kind: 'state', now: differences, after: wish.options.join(',') }],
    undo: [
      {
        ...CHANGE,
        title: `give ${wish.target} its options back`,
        run: cmd('mount', '-o', ['remount', ...before].join(','), '--', wish.target),
        done: [{ kind: 'mounted', target: present.target, options: before }],
        preview: [],
        undo: { never: 'it is an undo itself' },
      },
    ],
  };
}
