import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { clustersOf, clusterWidth, isWidthAgreed, textWidth } from '../../../src/ui/terminal/width.ts';

test('a character whose width is agreed is one cluster, as wide as string-width says, alone and beside any other such', () => {
  const agreed = Array.from({ length: 0xd800 }, (_, code) => String.fromCharCode(code)).filter(isWidthAgreed);
  expect(agreed.length).toBeGreaterThan(30_000);
  const segmenter = new Intl.Segmenter();
  for (const character of agreed) {
    expect(clusterWidth(character), character).toBe(stringWidth(character));
    if ([...segmenter.segment(`x${character}y`)].length !== 3) expect.fail(`${character} joins a neighbour`);
  }
});

test('text is as wide as its clusters, whatever is in it', () => {
  for (const text of ['gpu01', '漢字 x', 'e\u0301x', '● gpu ▇▇', '😀 ok', 'क्षि', '한국', '']) {
    expect(textWidth(text), text).toBe(clustersOf(text).reduce((sum, cluster) => sum + clusterWidth(cluster), 0));
    expect(clustersOf(text).join('')).toBe(text);
  }
});
