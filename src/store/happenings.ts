import type { Gpu, Mount } from '../model/facts.ts';
import { isStorageFilesystem } from '../model/filesystem-types.ts';
import type { NodeName } from '../model/ids.ts';
import { goodValueOf, type NodeFacts, type Slot } from '../model/observation.ts';
import { formatDuration } from '../model/units.ts';
import type { FleetEventRow } from './state.ts';

/** A row of the event log before it has its number. */
export type Happening = Omit<FleetEventRow, 'id'>;

/** More of one kind in one answer become one row: a node that reboots mounts everything at once. */
const ROWS_PER_ANSWER = 4;

/** What is worth a row in the event log when one question of a node went from one slot to another. */
export function whatHappened(
  node: NodeName,
  question: string,
  before: Slot<unknown> | undefined,
  after: Slot<unknown> | undefined,
  atMs: number,
): readonly Happening[] {
  if (after === undefined || before === after) return [];
  const about = question.startsWith('usage:') ? question.slice('usage:'.length) : question.replace(':', ' of ');
  const row = (severity: Happening['severity'], text: string): Happening => ({
    atMs,
    node,
    kind: 'fact',
    severity,
    text,
  });
  if (after.kind === 'hung' && before?.kind !== 'hung') return [row('critical', `${about} does not answer`)];
  if (before?.kind === 'hung' && (after.kind === 'ok' || after.kind === 'absent')) {
    return [row('good', `${about} answers again after ${formatDuration(atMs - before.sinceMs)}`)];
  }
  return [];
}

/** What is worth a row when the facts of a node changed: mounts, GPUs and boots that came and went. */
export function whatChanged(before: NodeFacts, after: NodeFacts, atMs: number): readonly Happening[] {
  // Most changes are of the load and of what cards do, five hundred times a second.
  if (isQuiet(before.slots, after.slots)) return NOTHING;
  return [
    ...whatRebooted(before, after, atMs),
    ...cameAndWent(after.name, atMs, mountsOf(before), mountsOf(after), 'mounted', 'no longer mounted', 'notice'),
    ...cameAndWent(after.name, atMs, gpusOf(before), gpusOf(after), 'GPU appeared', 'GPU vanished', 'critical'),
  ];
}

const NOTHING: readonly Happening[] = [];

function isQuiet(before: NodeFacts['slots'], after: NodeFacts['slots']): boolean {
  if (before.identity !== after.identity || before.mounts !== after.mounts) return false;
  return before.gpus === after.gpus || haveSameCards(before.gpus, after.gpus);
}

/** The same cards in the same order, all of them working, whatever they do. */
function haveSameCards(before: NodeFacts['slots']['gpus'], after: NodeFacts['slots']['gpus']): boolean {
  if (before?.kind !== 'ok' || after?.kind !== 'ok' || before.value.length !== after.value.length) return false;
  return before.value.every((card, at) => {
    const now = after.value[at];
    return card.uuid === now?.uuid && card.error === undefined && now.error === undefined;
  });
}

function whatRebooted(before: NodeFacts, after: NodeFacts, atMs: number): readonly Happening[] {
  const old = goodValueOf(before.slots.identity);
  const now = goodValueOf(after.slots.identity);
  if (old === undefined || now === undefined || old.bootId === now.bootId) return [];
  const kernel = old.kernel === now.kernel ? `kernel ${now.kernel}` : `kernel ${now.kernel}, before ${old.kernel}`;
  return [{ atMs, node: after.name, kind: 'fact', severity: 'warning', text: `rebooted: ${kernel}` }];
}

type Things = ReadonlyMap<string, string>;
const keptMounts = new WeakMap<readonly Mount[], Things>();
const keptGpus = new WeakMap<readonly Gpu[], Things>();

/** Storage mounts by target and source; undefined while nothing is known, which is no reason to say that things appeared. */
function mountsOf(node: NodeFacts): Things | undefined {
  const mounts = goodValueOf(node.slots.mounts);
  if (mounts === undefined) return undefined;
  return kept(keptMounts, mounts, () => {
    const storage = mounts.filter((mount) => isStorageFilesystem(mount.fsType));
    return new Map(
      storage.map((mount) => [`${mount.target}\n${mount.source}`, `${mount.target} from ${mount.source}`]),
    );
  });
}

function gpusOf(node: NodeFacts): Things | undefined {
  const slot = node.slots.gpus;
  if (slot?.kind === 'absent') return new Map();
  const gpus = goodValueOf(slot);
  if (gpus === undefined) return undefined;
  return kept(
    keptGpus,
    gpus,
    () =>
      new Map(gpus.filter((gpu) => gpu.error === undefined).map((gpu) => [gpu.uuid, `gpu${gpu.index} (${gpu.name})`])),
  );
}

function kept<K extends object>(cache: WeakMap<K, Things>, key: K, make: () => Things): Things {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made);
  return made;
}

function cameAndWent(
  node: NodeName,
  atMs: number,
  before: Things | undefined,
  after: Things | undefined,
  cameWord: string,
  wentWord: string,
  wentSeverity: Happening['severity'],
): readonly Happening[] {
  if (before === undefined || after === undefined || before === after) return [];
  const rows = (word: string, severity: Happening['severity'], names: readonly string[]): readonly Happening[] =>
    gathered(names).map((text) => ({ atMs, node, kind: 'fact', severity, text: `${word}: ${text}` }));
  return [
    ...rows(cameWord, 'notice', missingIn(before, after)),
    ...rows(wentWord, wentSeverity, missingIn(after, before)),
  ];
}

function missingIn(here: Things, there: Things): readonly string[] {
  return [...there].filter(([key]) => !here.has(key)).map(([, name]) => name);
}

function gathered(names: readonly string[]): readonly string[] {
  if (names.length <= ROWS_PER_ANSWER) return names;
  return [`${names.slice(0, ROWS_PER_ANSWER).join(', ')} and ${names.length - ROWS_PER_ANSWER} more`];
}
