import { expect, test } from 'vitest';
import type { ServiceState } from '../../src/model/check.ts';
import type { Condition } from '../../src/model/condition.ts';
import { describeFailure } from '../../src/model/step-failure.ts';
import { unitWords, whyNotStarted } from '../../src/model/unit-log.ts';

const LOG = [
  'line 1: of the run before',
  'Starting try.service - A try...',
  'reading /etc/try.conf',
  'line 7: \u001b[31mno such key\u001b[0m: prot',
  'try.service: Main process exited, code=exited, status=3/NOTIMPLEMENTED',
  "try.service: Failed with result 'exit-code'.",
  'Failed to start try.service - A try.',
];

test('what a unit said when it was last started is told without what systemd says of every unit, harmless and short', () => {
  expect(unitWords({ lastLines: LOG })).toEqual(['reading /etc/try.conf', 'line 7: ␛[31mno such key␛[0m: prot']);
  const [one = ''] = unitWords({ lastLines: ['x'.repeat(400)] });
  expect([one.length, unitWords({ lastLines: ['a', 'b', 'c', 'd'] })]).toEqual([160, ['b', 'c', 'd']]);
});

test('where the unit never came to say anything, the reason systemd gives is told', () => {
  const why = 'try.service: Failed at step EXEC spawning /nowhere: No such file or directory';
  const lastLines = ['Starting try.service...', why, "try.service: Failed with result 'exit-code'."];
  expect(unitWords({ lastLines })).toEqual([why]);
});

test('a step that was to start a unit fails with the words of the unit, other steps with their own', () => {
  const state = (active: string): ServiceState => ({
    load: 'loaded',
    active,
    sub: '',
    result: '',
    fileState: '',
    killMode: '',
    mainPid: 0,
    invocationId: '',
    isStale: false,
    description: '',
    lastLines: LOG,
    neededBy: [],
  });
  const seen = (active: string) => ({
    atMs: 0,
    facts: {},
    checks: new Map([['service try.service', state(active)]]),
    failed: new Map(),
    absent: new Map(),
  });
  const started: readonly Condition[] = [{ kind: 'unit', unit: 'try.service', active: 'active' }];
  const unitWords = whyNotStarted(started, seen('failed'));
  expect(unitWords).toBe('try.service said: reading /etc/try.conf; line 7: ␛[31mno such key␛[0m: prot');
  expect(whyNotStarted(started, seen('active'))).toBe('');
  expect(whyNotStarted([{ kind: 'unit', unit: 'try.service', load: 'loaded' }], seen('failed'))).toBe('');
  const exit = { kind: 'exit', exitCode: 1, lastWords: 'See "systemctl status try.service"' } as const;
  expect(describeFailure({ ...exit, unitWords })).toBe(`exited 1: ${unitWords}`);
  expect(describeFailure(exit)).toBe('exited 1: See "systemctl status try.service"');
});
