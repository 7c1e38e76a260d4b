import type { FleetView, NodeView } from '../model/action.ts';
import { checked, type Need } from '../model/check.ts';
import type { EntriesWish } from '../model/condition.ts';
import { type Content, holdersOf, trashName } from '../model/contents.ts';
import { absolutePath } from '../model/ids.ts';
import { neutralise } from '../model/neutralise.ts';
import { foldNodes } from '../model/node-set.ts';
import type { Preview, Step } from '../model/plan.ts';
import { formatBytes } from '../model/units.ts';
import { sha256 } from '../storage/managed.ts';
import { entryList, purgeNowStep, purgeStep, setAsideStep } from '../storage/set-aside.ts';
import { type Aged, type Chosen, chosen, type FolderRules } from './cleanup-choice.ts';
import { clientsOf, isExported, whyNotHere, whyProtected } from './cleanup-place.ts';
import { type NodePlan, refused } from './node-plans.ts';

/** Entries of one plan and node; the others wait for the next one, so that a plan can be read. */
const MOST_TAKEN = 500;
/** Holders told of one entry. */
const MOST_HOLDERS = 2;

/** What to look at before anything in a directory is cleaned up: first where it lies, then what is in it, then who uses it elsewhere. */
export function folderNeeds(root: string, view: NodeView | undefined, fleet: FleetView): readonly Need[] {
  const base = (['privilege', 'mounts', 'exports'] as const).map((probe): Need => ({ kind: 'probe', probe }));
  if (view?.seen.facts.mounts === undefined || whyNotHere(root, view, fleet, 1) !== undefined) return base;
  return [
    ...base,
    ...(['contents', 'holders'] as const).map((check): Need => ({ kind: 'check', check, target: root })),
  ];
}

/** What to ask all other nodes: where the directory is exported, who has it mounted; and of those, who uses it. */
export function clientNeeds(
  root: string,
  view: NodeView,
  fleet: FleetView,
): ReadonlyMap<NodeView['name'], readonly Need[]> {
  if (!isExported(root, view)) return new Map();
  const clients = clientsOf(root, view, fleet);
  return new Map(
    fleet.inventory.nodes
      .filter(({ name, via }) => name !== view.name && via !== 'kubernetes')
      .map(({ name }): [NodeView['name'], readonly Need[]] => [
        name,
        [
          { kind: 'probe', probe: 'mounts' },
          ...clients.flatMap(({ node, path }): readonly Need[] =>
            node === name ? [{ kind: 'check', check: 'holders', target: path }] : [],
          ),
        ],
      ]),
  );
}

/** What goes from one directory of one node, and how. */
export function planFolder(rules: FolderRules, view: NodeView, fleet: FleetView, nodeCount: number): NodePlan {
  const { root } = rules;
  const { seen } = view;
  const here = whyNotHere(root, view, fleet, nodeCount);
  if (here !== undefined) return here;
  const contents = checked(seen, 'contents', root);
  if (contents === undefined) {
    const because = seen.failed.get(`contents ${root}`) ?? 'no answer';
    return refused(
      `what lies in ${root} is not known: ${because}`,
      'plan again when it answers, or name a smaller root',
    );
  }
  if (contents.kind === 'none') return refused(`there is no ${root}`, 'look at the name, or leave the node out');
  if (contents.kind === 'other') return refused(neutralise(contents.because), 'name the directory itself');
  if (contents.path !== root)
    return refused(`${root} is really ${neutralise(contents.path)}`, `name ${neutralise(contents.path)}`);
  const picked = chosen(rules, contents.entries, fleet.nowMs);
  const usable = withoutUsed(rules, picked, view, fleet);
  if ('because' in usable) return usable;
  const untold =
    contents.untold === 0 ? [] : [`not looked at, too many or with names that are no text: ${contents.untold}`];
  const taken = usable.taken.slice(0, MOST_TAKEN);
  const more = usable.taken.length - taken.length;
  const left = [
    ...usable.left,
    ...untold,
    ...(more === 0 ? [] : [`more than ${MOST_TAKEN} in one plan, for the next one: ${more}`]),
  ];
  if (taken.length === 0) {
    const why = left.length === 0 ? '' : ` (${left.join('; ')})`;
    return { kind: 'already', because: `nothing in ${root} is to be cleaned up${why}` };
  }
  const free = contents.freeBytes === undefined ? '' : `; ${formatBytes(contents.freeBytes)} free there now`;
  return { kind: 'steps', steps: stepsFor(rules, contents.id, { taken, left }, free, usable.warnings, fleet.nowMs) };
}

function stepsFor(
  rules: FolderRules,
  folderId: string,
  { taken, left }: Chosen,
  free: string,
  warnings: readonly string[],
  nowMs: number,
): readonly Step[] {
  const { root, kind, atOnce } = rules;
  const wish: EntriesWish = {
    folder: absolutePath(root),
    folderId,
    entries: taken.map(({ content: { name, id } }) => ({ name, id })),
  };
  const total = `${taken.length} ${NOUNS[kind][taken.length === 1 ? 0 : 1]}, ${totalOf(taken)}`;
  const trash = trashName(nowMs);
  const preview = (after: string): Preview => ({
    kind: 'items',
    head: `${total}, in ${root}${free}`,
    items: taken.map(({ content: { name, owner, sizeBytes }, ageMs }) => ({
      name,
      owner,
      ageMs,
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
    })),
    after,
    left,
  });
  if (kind === 'set-aside')
    return [purgeStep(wish, `delete ${total} from ${root}`, preview('deleted for good'), warnings)];
  const kept = `until they are purged, which frees the space: ${trash}`;
  const aside = setAsideStep(
    wish,
    trash,
    `set ${total} aside in ${root}`,
    preview(atOnce ? 'deleted by the next step' : kept),
    warnings,
  );
  if (!atOnce) return [aside];
  return [
    { ...aside, undo: { never: 'what is deleted is gone' } },
    purgeNowStep(wish, trash, sha256(entryList(wish.entries)), `delete ${total} from ${root}`),
  ];
}

const NOUNS = {
  tarballs: ['tarball', 'tarballs'],
  directories: ['directory', 'directories'],
  'set-aside': ['folder of what was set aside', 'folders of what was set aside'],
} as const;

function totalOf(taken: readonly Aged[]): string {
  const bytes = taken.reduce((sum, { content: { sizeBytes = 0 } }) => sum + sizeBytes, 0);
  return `${taken.some(({ content: { sizeBytes } }) => sizeBytes === undefined) ? 'at least ' : ''}${formatBytes(bytes)}`;
}

interface Usable extends Chosen {
  readonly warnings: readonly string[];
}

/** What is in use, mounted, exported or wished stays, each with its reason. */
function withoutUsed(
  rules: FolderRules,
  { taken, left }: Chosen,
  view: NodeView,
  fleet: FleetView,
): Usable | ReturnType<typeof refused> {
  const { root, kind, atOnce } = rules;
  const holders = checked(view.seen, 'holders', root);
  if (holders === undefined) {
    const because = view.seen.failed.get(`holders ${root}`) ?? 'no answer';
    return refused(`who uses ${root} is not known: ${because}`, 'plan again when it answers');
  }
  const clients = isExported(root, view) ? clientsOf(root, view, fleet) : [];
  const unasked = isExported(root, view) ? unaskedClients(view, fleet, clients) : [];
  if (unasked.length > 0 && atOnce)
    return refused(
      `${foldNodes(unasked)} did not say who uses ${root} there`,
      'set aside first, which can be undone, or plan again when they answer',
    );
  const reasons = new Map<Content, string>();
  for (const { content } of taken) {
    const because =
      whyProtected(root, content, kind, view, fleet) ??
      whyHeld(content, holders, '') ??
      clients
        .map(({ node, path }) => whyHeld(content, checkedOn(node, path, fleet), ` on ${node}`))
        .find((each) => each !== undefined);
    if (because !== undefined) reasons.set(content, neutralise(`${content.name}: ${because}`));
  }
  return {
    taken: taken.filter(({ content }) => !reasons.has(content)),
    left: [...reasons.values(), ...left],
    warnings:
      unasked.length === 0 || kind === 'set-aside' ? [] : [`${foldNodes(unasked)} did not say who uses ${root} there`],
  };
}

const checkedOn = (node: NodeView['name'], path: string, { nodes }: FleetView) => {
  const view = nodes.get(node);
  return view === undefined ? [] : (checked(view.seen, 'holders', path) ?? []);
};

function whyHeld(content: Content, holders: Parameters<typeof holdersOf>[1], where: string): string | undefined {
  const found = holdersOf(content, holders);
  if (found.length === 0) return undefined;
  const named = found.slice(0, MOST_HOLDERS).map(({ pid, user, command }) => `${pid} ${user} ${command}`.trim());
  const more = found.length > MOST_HOLDERS ? ` and ${found.length - MOST_HOLDERS} more` : '';
  return `in use${where} by ${named.join('; ')}${more}`;
}

/** Nodes that gave no mount table, or have it mounted and did not say who uses it. */
function unaskedClients(
  view: NodeView,
  { inventory, nodes }: FleetView,
  clients: ReturnType<typeof clientsOf>,
): readonly NodeView['name'][] {
  return inventory.nodes
    .filter(({ name, via }) => name !== view.name && via !== 'kubernetes')
    .map(({ name }) => name)
    .filter((name) => {
      const seen = nodes.get(name)?.seen;
      if (seen?.facts.mounts === undefined) return true;
      return clients.some(({ node, path }) => node === name && checked(seen, 'holders', path) === undefined);
    });
}
