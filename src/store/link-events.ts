import type { NodeName } from '../model/ids.ts';
import type { Link } from '../model/link.ts';
import { formatDuration } from '../model/units.ts';
import type { Happening } from './happenings.ts';
import type { FleetEventRow } from './state.ts';

const LOST = 'link lost';
const NEVER_UP = 'no link';
const REFUSED = 'refused';
const LATE = 'late';

/**
 * What is worth a row when the link of a node changed. Attempts in between are not: `last` is the node's newest link row, and a loss that
 * was told once is not told again until the node was back.
 */
export function whatLinkDid(
  node: NodeName,
  before: Link | undefined,
  after: Link,
  last: Happening | FleetEventRow | undefined,
  atMs: number,
): readonly Happening[] {
  const row = (severity: Happening['severity'], text: string): readonly Happening[] => [
    { atMs, node, kind: 'link', severity, text },
  ];
  if (after.kind === 'up') {
    if (before?.kind === 'up' || last === undefined || last.severity === 'good') return [];
    return row('good', `link back after ${formatDuration(atMs - last.atMs)}`);
  }
  const isKnownAs = (word: string): boolean => last?.text.startsWith(word) === true;
  const isKnownLost = isKnownAs(LOST) || isKnownAs(NEVER_UP);
  if (after.kind === 'lost' && !isKnownLost) {
    const word = before?.kind === 'up' || before?.kind === 'late' ? LOST : NEVER_UP;
    return row('critical', `${word}: ${after.because}`);
  }
  if (after.kind === 'refused' && last?.text !== `${REFUSED}: ${after.because}`) {
    return row('critical', `${REFUSED}: ${after.because}`);
  }
  // Late then lost are two rows; late after lost would only be noise of a link that struggles back.
  if (after.kind === 'late' && !isKnownAs(LATE) && !isKnownLost) {
    return row('warning', `${LATE}: nothing heard for ${formatDuration(atMs - after.lastHeardMs)}`);
  }
  return [];
}
