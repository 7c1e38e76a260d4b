import { expect, test } from 'vitest';
import { type FileRun, fileRuns, secondRunLines, worthASecondRun } from './report.ts';

const result = (name: string, status: string, seconds: number, tests: readonly (readonly [string, string])[]) => ({
  ...{ name, status, startTime: 1_000, endTime: 1_000 + seconds * 1_000 },
  assertionResults: tests.map(([fullName, state]) => ({ fullName, status: state })),
});

const red = (file: string): FileRun => ({ file, isGreen: false, seconds: 1, failed: [] });

test('files of a report are told longest first, with the tests that failed', () => {
  const testResults = [
    result('/t/links.lab.test.ts', 'passed', 20, [['a cable', 'passed']]),
    result('/t/story.lab.test.ts', 'failed', 300, [
      ['a share', 'failed'],
      ['again', 'passed'],
    ]),
  ];
  expect(fileRuns(JSON.stringify({ testResults }))).toEqual([
    { file: '/t/story.lab.test.ts', isGreen: false, seconds: 300, failed: ['a share'] },
    { file: '/t/links.lab.test.ts', isGreen: true, seconds: 20, failed: [] },
  ]);
});

test.each(['', '{"testResults":[{"name":', '{}'])('a report that is not whole names no file: %j', (text) => {
  expect(fileRuns(text)).toEqual([]);
});

test('up to three files that failed are run again, and more are not', () => {
  const green = { ...red('/t/a'), isGreen: true };
  expect(worthASecondRun([green])).toEqual([]);
  expect(worthASecondRun([green, red('/t/b')])).toEqual([red('/t/b')]);
  expect(worthASecondRun(['/t/a', '/t/b', '/t/c'].map(red))).toEqual(['/t/a', '/t/b', '/t/c'].map(red));
  expect(worthASecondRun(['/t/a', '/t/b', '/t/c', '/t/d'].map(red))).toEqual([]);
});

test('each file that was run again is named with what failed and how it went', () => {
  const first = [{ ...red('/t/a.lab.test.ts'), failed: ['one', 'two'] }, red('/t/b.lab.test.ts')];
  const second = [{ ...red('/t/a.lab.test.ts'), isGreen: true }, red('/t/b.lab.test.ts')];
  expect(secondRunLines(first, second)).toEqual([
    'a.lab.test.ts needed a second run; the first failed in "one", "two"',
    'b.lab.test.ts failed twice; the first failed outside of its tests',
  ]);
  expect(secondRunLines(first, [])).toEqual([
    'a.lab.test.ts failed twice; the first failed in "one", "two"',
    'b.lab.test.ts failed twice; the first failed outside of its tests',
  ]);
});
