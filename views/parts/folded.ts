import type { CellContext } from '../../src/ui/view.ts';

type Room = Pick<CellContext, 'width' | 'isText'>;

/** A folded set in the width there is: whole, or cut at a comma with how many nodes it is, e.g. `gpu[01-04,…] 17 nodes`; a count where that is all that fits. */
export function foldedWithin(folded: string, nodeCount: number, { width, isText }: Room): string {
  if (isText === true || folded.length <= width || nodeCount < 2) return folded;
  const total = `${nodeCount} nodes`;
  const head = headWithin(folded, width - total.length - 1);
  return head === undefined ? total : `${head} ${total}`;
}

/** The beginning of a folded set up to a comma, with its bracket closed: `gpu[01-04,…]`. Undefined where not even the first range fits. */
export function headWithin(folded: string, width: number): string | undefined {
  if (folded.length <= width) return folded;
  for (let at = folded.lastIndexOf(',', width); at > 0; at = folded.lastIndexOf(',', at - 1)) {
    const head = folded.slice(0, at + 1);
    const end = head.lastIndexOf('[') > head.lastIndexOf(']') ? '…]' : '…';
    if (head.length + end.length <= width) return head + end;
  }
  return undefined;
}

/** A sentence that names a folded set: where it is too long, the set is told shorter, so that no range is cut in the middle. */
export function sentenceWithin(sentence: string, folded: string, nodeCount: number, { width, isText }: Room): string {
  if (isText === true || sentence.length <= width || folded === '' || !sentence.includes(folded)) return sentence;
  const room = Math.max(0, width - (sentence.length - folded.length));
  return sentence.replace(folded, () => foldedWithin(folded, nodeCount, { width: room }));
}
