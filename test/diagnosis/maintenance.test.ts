// Nodes that somebody keeps out of work say so wherever findings are read.
import { expect, test } from 'vitest';
import { maintenance } from '../../src/probes/maintenance.ts';
import { factOf, failureOf, parse } from '../probes/support.ts';
import { answered, inventory, up } from '../store/builders.ts';
import { foundIn } from './support.ts';

test('equal notes are one finding with reason, author and time, and the way to take them away', () => {
  const note = { reason: 'new fans', author: 'ada', atMs: Date.UTC(2026, 10, 22, 10) };
  const seen = ['gpu01', 'gpu02'].flatMap((name) => [up(name), answered(name, 'maintenance', note)]);
  const found = foundIn(inventory(['gpu01', 'gpu02']), seen);
  expect(found.map(({ severity, title, nextMove }) => ({ severity, title, nextMove }))).toEqual([
    {
      severity: 'notice',
      title: 'maintenance on gpu[01-02]: new fans (ada since 2026-11-22 10:00 UTC)',
      nextMove: "When it is over: muster apply drain-note -l 'gpu[01-02]' --clear.",
    },
  ]);
});

test('a note without author or time is told, one without a reason is none, and no file is no note', () => {
  expect(factOf(maintenance, 'reason=new fans\nauthor=\nat=never\n')).toEqual({ reason: 'new fans' });
  expect(failureOf(() => parse(maintenance, 'author=ada\n'))).toMatch(/^maintenance: line 1/);
  expect(parse(maintenance, '')).toEqual({ kind: 'absent', because: 'no maintenance note' });
});
