// Many steps on the board: pictures of rollouts in which nodes stand at different places of a long row of steps.
import { describe, expect, test } from 'vitest';
import { rolloutView } from '../../views/rollout.ts';
import { emptyState } from '../ui/fake-fleet.ts';
import { ALREADY, CHANGED, type Course, FAILED, longRollout, OMITTED, playbook, times } from './a-long-rollout.ts';
import { rolloutOf } from './a-rollout.ts';
import { paintCanvas, textOfSections } from './paint.ts';

const COURSES: readonly (readonly [string, Course])[] = [
  ['gpu01', { outcomes: [...times(20, ALREADY), ...times(17, CHANGED)], isRunning: true }],
  ['gpu02', { outcomes: [...times(20, ALREADY), ...times(17, CHANGED)], isRunning: true }],
  ['gpu03', { outcomes: [...times(30, CHANGED), ...times(7, OMITTED), FAILED] }],
  ['gpu04', { outcomes: times(40, CHANGED) }],
  ['gpu05', { outcomes: times(100, ALREADY) }],
  ['gpu06', { outcomes: [] }],
];

const stateOf = (events: Parameters<typeof rolloutOf>[0]) => {
  const rollout = rolloutOf(events);
  return { ...emptyState, rollouts: new Map([[rollout.id, rollout]]) };
};

/** The stage: what follows the counts of the whole rollout. */
const stageOf = (picture: string): string => picture.slice(picture.indexOf('\n\n') + 2);

const board = (events: Parameters<typeof rolloutOf>[0], width: number, height: number, ascii = false): string =>
  stageOf(paintCanvas(rolloutView, stateOf(events), width, height, ascii));

const widest = (picture: string): number => Math.max(...picture.split('\n').map((line) => [...line].length));

describe('many steps', () => {
  test('a row of 100 steps is folded to counts and the present step, and state, time and words stay on a screen of 80', () => {
    const picture = board(longRollout(100, COURSES), 80, 24);
    expect(widest(picture)).toBeLessThanOrEqual(80);
    expect(picture).toMatchInlineSnapshot(`
      "the site
      ✗ 38/100 write the unit of the exporter  gpu03
      ▸ 38/100 write the unit of the exporter  gpu[01-02]
      gpu01  ○20 ●17 ▸ 38/100 write th…  running   377d slow
      gpu02  ○20 ●17 ▸ 38/100 write th…  running   377d slow
      gpu03  ●30 -7 ✗1 38/100 write th…  failed     75s  exited 100: E: unable to loc…
      gpu04  ●40 · 41/100 install pack…  running    79s
      gpu05  ○100                        done        3m
      gpu06  ·100                        queued"
    `);
  });

  test('the same on a screen of 200 has room for the words of the steps', () => {
    expect(board(longRollout(100, COURSES), 200, 50)).toMatchInlineSnapshot(`
      "the site
      ✗ 38/100 write the unit of the exporter  gpu03
      ▸ 38/100 write the unit of the exporter  gpu[01-02]
      gpu01  ○20 ●17 ▸ 38/100 write the unit of the expo…  running   377d slow
      gpu02  ○20 ●17 ▸ 38/100 write the unit of the expo…  running   377d slow
      gpu03  ●30 -7 ✗1 38/100 write the unit of the expo…  failed     75s  exited 100: E: unable to locate package
      gpu04  ●40 · 41/100 install packages                 running    79s
      gpu05  ○100                                          done        3m
      gpu06  ·100                                          queued"
    `);
  });

  test('plain ASCII tells the same', () => {
    const picture = board(longRollout(100, COURSES), 80, 24, true);
    expect(picture).toMatch(/^[\x20-\x7e\n]*$/);
    expect(picture).toMatchInlineSnapshot(`
      "the site
      X 38/100 write the unit of the exporter  gpu03
      > 38/100 write the unit of the exporter  gpu[01-02]
      gpu01  o20 *17 > 38/100 write th~  running   377d slow
      gpu02  o20 *17 > 38/100 write th~  running   377d slow
      gpu03  *30 -7 X1 38/100 write th~  failed     75s  exited 100: E: unable to loc~
      gpu04  *40 . 41/100 install pack~  running    79s
      gpu05  o100                        done        3m
      gpu06  .100                        queued"
    `);
  });

  test('steps that fit in a third of the width stay glyphs, and one more folds them', () => {
    const rows = (count: number): string | undefined =>
      board(longRollout(count, [['gpu01', { outcomes: times(count, CHANGED) }]]), 80, 24)
        .split('\n')
        .at(-1);
    expect([rows(26), rows(27)]).toMatchInlineSnapshot(`
      [
        "gpu01  ●●●●●●●●●●●●●●●●●●●●●●●●●●  done       51s",
        "gpu01  ●27                         done       53s",
      ]
    `);
  });

  test('a legend of few steps is wrapped and loses none', () => {
    expect(board(longRollout(4, [['gpu01', { outcomes: [] }]]), 80, 24)).toMatchInlineSnapshot(`
      "the site
      1 install packages  2 write the unit of the exporter  3 restart the exporter
      4 look whether it answers
      gpu01  ····  queued"
    `);
  });

  test('a legend that would fill the screen names the steps that run or failed', () => {
    const picture = board(longRollout(24, [['gpu01', { outcomes: times(9, CHANGED), isRunning: true }]]), 80, 24);
    expect(picture).toMatchInlineSnapshot(`
      "the site
      ▸ 10/24 write the unit of the exporter  gpu01
      gpu01  ●●●●●●●●●▸··············  running   377d"
    `);
  });

  test('nodes in many different steps do not fill the screen with their names', () => {
    const courses = Array.from({ length: 9 }, (_, index): readonly [string, Course] => [
      `gpu0${index + 1}`,
      { outcomes: times(index, CHANGED), isRunning: true },
    ]);
    expect(board(longRollout(100, courses), 80, 24)).toMatchInlineSnapshot(`
      "the site
      ▸ 1/100 install packages  gpu01
      ▸ 2/100 write the unit of the exporter  gpu02
      ▸ 3/100 restart the exporter  gpu03
      ▸ 4/100 look whether it answers  gpu04
        and 5 other steps
      gpu01  ▸ 1/100 install packages    running   377d
      gpu02  ●1 ▸ 2/100 write the unit…  running   377d
      gpu03  ●2 ▸ 3/100 restart the ex…  running   377d
      gpu04  ●3 ▸ 4/100 look whether i…  running   377d
      gpu05  ●4 ▸ 5/100 install packag…  running   377d
      gpu06  ●5 ▸ 6/100 write the unit…  running   377d
      gpu07  ●6 ▸ 7/100 restart the ex…  running   377d
      gpu08  ●7 ▸ 8/100 look whether i…  running   377d
      gpu09  ●8 ▸ 9/100 install packag…  running   377d"
    `);
  });

  test('a playbook tells its tasks: no total, because nobody knows how many come, and not the command that plays it', () => {
    const courses: readonly (readonly [string, Course])[] = [
      ['gpu01', { outcomes: times(40, ALREADY), isRunning: true }],
      ['gpu02', { outcomes: [...times(38, ALREADY), FAILED] }],
      ['gpu03', { outcomes: [], isRunning: true }],
    ];
    expect(board(playbook(courses), 80, 24)).toMatchInlineSnapshot(`
      "the site
      ✗ 40 restart the exporter  gpu02
      ▸ 42 install packages  gpu01
      ▸ 2 install packages  gpu03
      gpu01  ○40 ▸ 42 install packages   running   377d
      gpu02  ○38 ✗1 40 restart the exp…  failed      2m  exited 100: E: unable to loc…
      gpu03  ▸ 2 install packages        running   377d"
    `);
  });

  test('where not even the counts have room, what failed is told before what went well', () => {
    const outcomes = [...times(30, ALREADY), ...times(30, CHANGED), ...times(30, OMITTED), FAILED];
    expect(board(longRollout(100, [['gpu01', { outcomes }]]), 40, 24)).toMatchInlineSnapshot(`
      "the site
      ✗ 91/100 restart the exporter  gpu01
      gpu01  ●30 -30 ✗1 9…  failed      3m  exited 10…"
    `);
  });

  test('an enormous or hostile title of a step neither widens the board nor reaches it raw', () => {
    for (const count of [2, 100]) {
      const events = longRollout(count, COURSES.slice(0, 1), `\x1b[2J${'x'.repeat(100_000)}`);
      const picture = board(events, 80, 24);
      expect(picture).not.toContain('\x1b');
      expect(widest(picture)).toBeLessThanOrEqual(80);
      expect(picture.split('\n').length).toBeLessThanOrEqual(6);
    }
  });

  test('the describe pane lists every step of a folded row', () => {
    const state = stateOf(longRollout(100, COURSES));
    const row = rolloutView.rows(state)[2];
    if (row === undefined) throw new Error('the board is empty');
    const text = textOfSections(rolloutView.describe(row));
    expect(text.match(/^\[\d+ .*\]$/gm)).toHaveLength(100);
    expect(text).toContain('[38 write the unit of the exporter]\nfailed');
  });
});
