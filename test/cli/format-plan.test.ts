import { expect, test } from 'vitest';
import { planLines } from '../../src/cli/format-plan.ts';
import { cmd } from '../../src/model/command.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import { aStep } from '../engine/a-step.ts';

const step = (title: string, ...argv: readonly [string, ...string[]]): Step =>
  aStep(title, { run: cmd(...argv), undo: [] });

const planOf = (first: Step, ...more: readonly Step[]): Plan => ({
  kind: 'change',
  title: 'write two files',
  stages: [{ title: 'files', jobs: [{ node: nodeName('one'), steps: [first, ...more] }] }],
  already: [],
  refused: [],
});

test('a script of several lines stands at the end of a plan, once, and its steps name it with their own arguments', () => {
  const script = 'set -eu\n\ncat >"$1"';
  expect(
    planLines(
      planOf(
        step('write a', 'sh', '-c', script, 'muster-write', '/a b'),
        step('write b', 'sh', '-c', script, 'muster-write', '/b'),
        step('look', 'sh', '-c', 'ls "$1"', 'sh', '/'),
      ),
    ),
  ).toEqual([
    'write two files',
    '  one',
    '    write a [changes]',
    "      # sh -c SCRIPT-1 muster-write '/a b'",
    '    write b [changes]',
    '      # sh -c SCRIPT-1 muster-write /b',
    '    look [changes]',
    `      # sh -c 'ls "$1"' sh /`,
    'SCRIPT-1, word for word:',
    '  set -eu',
    '',
    '  cat >"$1"',
  ]);
});
