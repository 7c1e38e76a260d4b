import { describe, expect, test } from 'vitest';
import { foldedWithin, headWithin, sentenceWithin } from '../../views/parts/folded.ts';

const FOLDED = 'gpu[01-04,07-09,11,13,15-20,22],nfs-a';

describe('a folded set in a width', () => {
  test.each([
    [40, FOLDED],
    [36, 'gpu[01-04,07-09,11,13,…] 17 nodes'],
    [21, 'gpu[01-04,…] 17 nodes'],
    [20, '17 nodes'],
  ])('of %i columns is whole, or ends at a comma with a count', (width, drawn) => {
    expect(foldedWithin(FOLDED, 17, { width })).toBe(drawn);
  });

  test('has no bracket to close between two families', () => {
    expect(headWithin('gpu01,nfs-a,nfs-b', 13)).toBe('gpu01,nfs-a,…');
  });

  test('is left as it is in a text that nobody cuts, and where it is one node', () => {
    expect(foldedWithin(FOLDED, 17, { width: 10, isText: true })).toBe(FOLDED);
    expect(foldedWithin('a-very-long-name', 1, { width: 8 })).toBe('a-very-long-name');
  });

  test('is the part of a sentence that is told shorter', () => {
    const sentence = `2 mounts from nfs-a hang on ${FOLDED}`;
    expect(sentenceWithin(sentence, FOLDED, 17, { width: 52 })).toBe(
      '2 mounts from nfs-a hang on gpu[01-04,…] 17 nodes',
    );
  });
});
