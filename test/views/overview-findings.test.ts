// How many findings the overview shows, and where its cursor can stand.
import { describe, expect, test } from 'vitest';
import { overviewView } from '../../views/overview.ts';
import { finding, inventoryOf, NOW_MS, nodeOf, stateOf, UP } from './fleet.ts';
import { paintCanvas } from './paint.ts';

const names = Array.from({ length: 12 }, (_, index) => `n${String(index + 1).padStart(2, '0')}`);

const troubled = stateOf(
  inventoryOf(names.map((name) => nodeOf(name))),
  Object.fromEntries(names.map((name) => [name, { link: UP }])),
  names.map((name) => finding(`rule:${name}`, [name], { title: `${name} has a fault` })),
);

const shownAt = (height: number) => {
  const picture = paintCanvas(overviewView, troubled, 80, height);
  return { shown: picture.match(/has a fault/g)?.length, lines: picture.split('\n').length, picture };
};

describe('findings of the overview', () => {
  test('are all shown where there is room', () => {
    expect(shownAt(40)).toMatchObject({ shown: 12 });
    expect(shownAt(40).picture).not.toContain('more finding');
  });

  test('fill what the grid leaves, and the rest is counted', () => {
    const { shown, lines, picture } = shownAt(18);
    expect({ shown, lines }).toEqual({ shown: 7, lines: 18 });
    expect(picture).toContain('and 5 more findings: i shows all');
  });

  test('are at least five on a small screen', () => {
    const { shown, picture } = shownAt(8);
    expect(shown).toBe(5);
    expect(picture).toContain('and 7 more findings: i shows all');
  });

  test('have a place for the cursor each, the counted ones all on their line', () => {
    const context = { state: troubled, nowMs: NOW_MS, width: 80, height: 18, ascii: false };
    const { places } = overviewView.paint(overviewView.rows(troubled), context);
    expect(names.map((name) => places.get(`finding:rule:${name}`)?.y)).toEqual([
      3, 4, 5, 6, 7, 8, 9, 10, 10, 10, 10, 10,
    ]);
  });
});
