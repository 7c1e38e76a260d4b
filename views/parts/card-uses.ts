import { podName } from '../../src/model/gpu-pods.ts';
import { formatBytes } from '../../src/model/units.ts';
import { type CardUse, cardUses, processCounts, whyNoProcesses } from '../../src/store/selectors/card-uses.ts';
import type { SharingRow } from '../../src/store/selectors/sharing-rows.ts';
import type { State } from '../../src/store/state.ts';
import type { Section } from '../../src/ui/view.ts';
import { type Pair, sentencesSection } from './describe.ts';

type Place = Pick<SharingRow, 'cluster' | 'node'>;

/** `5, 2 of them in no pod`; empty where nobody told. */
export const countsText = ({ processes, outside }: Pick<SharingRow, 'processes' | 'outside'>): string =>
  processes === undefined ? '' : outside === 0 ? String(processes) : `${processes}, ${outside} in no pod`;

/** How many processes use the cards, beside what pods hold; or why that is not known. */
export function processesPair(state: State, place: Place): Pair {
  const counts = processCounts(cardUses(state, place));
  return [
    'processes',
    counts.processes === undefined
      ? [{ text: `not known: ${whyNoProcesses(state, place.node)}`, role: 'unknown' }]
      : countsText(counts),
  ];
}

/** Card by card the slices its pods hold, then a line a process: who runs it, how much memory, in which pod, what. */
export const cardUseSections = (state: State, place: Place): readonly Section[] =>
  sentencesSection('On its cards', (cardUses(state, place) ?? []).flatMap(useLines));

function useLines({ card, users, slices }: CardUse): readonly string[] {
  const pods = new Set(users.flatMap(({ pod }) => pod ?? [])).size;
  const held = pods === 0 ? 'no pod of this cluster' : `${pods === 1 ? 'one pod' : `${pods} pods`}, ${slices} held`;
  return [`${card}  ${held}`, ...users.map(userLine)];
}

function userLine({ process, pod }: CardUse['users'][number]): string {
  const { pid, name, command, user, memoryBytes } = process;
  const memory = memoryBytes === undefined ? '?' : formatBytes(memoryBytes);
  return `  ${pid} ${user ?? 'invisible'}  ${memory}  ${whereOf(process, pod)}  ${command ?? name}`;
}

function whereOf(
  { podUid, container }: CardUse['users'][number]['process'],
  pod: CardUse['users'][number]['pod'],
): string {
  if (pod !== undefined) return podName(pod);
  if (podUid !== undefined) return `in pod ${podUid}, which is gone`;
  return container === undefined ? 'in no pod' : `in no pod, container ${container}`;
}
