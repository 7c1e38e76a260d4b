// Names that a node made up to break the screen do not move what stands beside them.
import { expect, test } from 'vitest';
import { matrixView } from '../../views/matrix.ts';
import { overviewView } from '../../views/overview.ts';
import { sized } from '../../views/parts/sized.ts';
import { inventoryOf, mount, nodeOf, ok, stateOf, usage } from './fleet.ts';
import { paintCanvas } from './paint.ts';

const HOSTILE = '/a\u001b[2J\u202eb\u200bc';

test('a text fits its width in either direction, whatever it is drawn as', () => {
  expect(sized('abc', 5, false)).toBe('abc  ');
  expect(sized('abcdef', 4, false)).toBe('abc…');
  expect(sized('abcdef', 4, true, 'end')).toBe('~def');
  expect(sized('\u001b[2J', 6, false)).toBe('␛[2J  ');
  expect(sized('日本語', 4, false)).toBe('日… ');
  expect([...sized('x'.repeat(1_000_000), 10, false)].length).toBe(10);
});

test('pictures hold their columns beside a hostile target', () => {
  const state = stateOf(inventoryOf([nodeOf('gpu01')]), {
    gpu01: {
      slots: { mounts: ok([mount(HOSTILE, `nfs-a:${HOSTILE}`), mount('/data', 'nfs-a:/export/data')]) },
      usage: { '/data': ok(usage('/data', 1, 4)), [HOSTILE]: ok(usage(HOSTILE, 1, 2)) },
    },
  });
  const shares = paintCanvas(overviewView, state, 80, 20).split('\n').slice(1, 3);
  expect(shares).toMatchInlineSnapshot(`
    [
      "STORAGE  …:/a␛[2J<U+202E>b<U+200B>c  █████       50%  1B free of 2B  on 1",
      "         nfs-a:/export/data          ██▌         25%  3B free of 4B  on 1",
    ]
  `);
  expect(paintCanvas(matrixView, state, 60, 20).split('\n').slice(0, 3)).toMatchInlineSnapshot(`
    [
      "NODE    …U+202E>b<U+200B>c /data",
      "        1/1                1/1",
      "● gpu01 ■                  ■",
    ]
  `);
});
