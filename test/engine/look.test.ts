// A single look asks each question once, however long the others take.
import { expect, test } from 'vitest';
import { createPoller } from '../../src/engine/poller.ts';
import { oncePeriods } from '../../src/engine/schedule.ts';
import { probes } from '../../src/probes/registry.ts';
import { N1 } from './poller-watch.ts';

test('with the periods of a single look nothing is asked again within a minute but the sign of life', () => {
  const asked: string[] = [];
  const poller = createPoller({
    node: N1,
    probes,
    everyMs: oncePeriods(probes),
    heartbeatMs: 5_000,
    firstSeq: 0,
    observe: () => {},
  });
  poller.begin(0);
  for (let nowMs = 0; nowMs < 60_000; nowMs += 100) {
    for (const [, id = '', name = ''] of poller.due(nowMs).matchAll(/^A (\d+) (\w+)/gm)) {
      asked.push(name);
      const stdout = name === 'privilege' ? 'root\n' : '';
      const exitCode = name === 'identity' ? 1 : 0;
      poller.take({ kind: 'answer', id: Number(id), exitCode, stdout, sum: '-', noise: '' }, nowMs + 10);
    }
  }
  // What is asked once per connection is tried again when it failed.
  const others = asked.filter((name) => name !== 'load' && name !== 'identity');
  const withoutTargets = Object.values(probes).flatMap(({ name, targets }) => (targets === undefined ? [name] : []));
  expect(others.toSorted()).toEqual(withoutTargets.filter((name) => name !== 'load' && name !== 'identity').sort());
  expect(asked.filter((name) => name === 'load').length).toBeGreaterThan(5);
});
