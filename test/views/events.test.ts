import { expect, test } from 'vitest';
import { nodeName } from '../../src/model/ids.ts';
import { filterRows } from '../../src/ui/filter-match.ts';
import { parseFilter } from '../../src/ui/filter-parse.ts';
import { eventsView } from '../../views/events.ts';
import { NOW_MS } from './fleet.ts';
import { fleet } from './small-fleet.ts';

test('what several nodes say within seconds is one event, found by each of their names', () => {
  const event = { kind: 'fact', severity: 'critical', text: '/data does not answer' } as const;
  const said: readonly (readonly [string, number])[] = [
    ['gpu01', 0],
    ['gpu02', 1],
    ['gpu03', 9],
    ['gpu01', 60],
  ];
  const events = said.map(([node, seconds], at) => ({
    ...event,
    id: `${at}`,
    node: nodeName(node),
    atMs: NOW_MS - 90_000 + seconds * 1_000,
  }));
  const state = { ...fleet, events };
  expect(eventsView.rows(state).map(({ nodes, atMs }) => [nodes.join(' '), NOW_MS - atMs])).toEqual([
    ['gpu01', 30_000],
    ['gpu01 gpu02 gpu03', 90_000],
  ]);
  const met = (text: string): number => {
    const parsed = parseFilter(text, eventsView.columns);
    return parsed.kind === 'ok'
      ? filterRows(parsed.filter, eventsView.rows(state), eventsView.columns, { nowMs: NOW_MS, state }).length
      : -1;
  };
  expect(['node=gpu03', 'node:gpu0', 'node!=gpu03', 'gpu02', '~^gpu02$', 'node~^gpu04'].map(met)).toEqual([
    1, 2, 1, 1, 1, 0,
  ]);
});
